/**
 * Code that few invocations need, loaded when the first one does: the function pays at each start for every byte that it
 * loads then, and the bundle keeps this in files of its own. Few doors: each more splits what the others share.
 */

/** What tells alerts, and what reads and handles our own messages. */
export const alerting = () => import('./alerting.js');

/** What reads a document of exceptions. */
export const exceptions = () => import('../rule/exceptions.js');
