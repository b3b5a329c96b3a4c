/**
 * Code that few invocations need, loaded when the first one does: the function pays at each start for every byte that it
 * loads then, and the bundle keeps this in files of its own. Few doors: each more splits what the others share.
 */

let failure: { readonly cause: unknown } | undefined;

/** Set once a part could not be loaded. Node remembers that, and will say so ever after: such a process is to be ended. */
export function failureToLoad(): { readonly cause: unknown } | undefined {
  return failure;
}

/** What loads a part, and remembers when it could not be. */
export function onDemand<T>(load: () => Promise<T>): () => Promise<T> {
  let part: { readonly loaded: T } | undefined;
  return async () => {
    try {
      part ??= { loaded: await load() };
      return part.loaded;
    } catch (cause) {
      failure = { cause };
      throw cause;
    }
  };
}

/** What tells alerts, and what reads and handles our own messages. */
export const alerting = onDemand(() => import('../notify/alerting.js'));

/** What reads a document of exceptions. */
export const exceptions = onDemand(() => import('../detection/exception-document.js'));
