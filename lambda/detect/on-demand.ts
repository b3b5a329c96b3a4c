/**
 * Code that few invocations need, each loaded when the first one does: the function pays at each start for every byte that
 * it loads then. The bundle keeps it in files of its own.
 */

/** What turns a claimed hit into a published alert. */
export const telling = () => import('./telling.js');

/** What our own messages ask for. */
export const ownMessages = () => import('./own-messages.js');

/** What reads a document of exceptions. */
export const exceptions = () => import('../rule/exceptions.js');
