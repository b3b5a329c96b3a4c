/**
 * Code that few invocations need, loaded when the first one does: the function pays at each start for every byte that it
 * loads then, and the bundle keeps this in files of its own. Few doors: each more splits what the others share.
 */

let failure: { readonly cause: unknown } | undefined;

/** Set once a part could not be loaded. Node remembers that for the life of the process, which is then to be ended. */
export function failureToLoad(): { readonly cause: unknown } | undefined {
  return failure;
}

/** Loads a part when it is called first. */
export function onDemand<T>(load: () => Promise<T>): () => Promise<T> {
  let part: Promise<T> | undefined;
  return () => {
    part ??= load().catch((cause: unknown) => {
      failure = { cause };
      throw cause;
    });
    return part;
  };
}

/** What publishes alerts, and what reads and handles control messages. */
export const alerting = onDemand(() => import('../notify/alerting.js'));

/** What reads a document of exceptions. */
export const exceptions = onDemand(() => import('../detection/exception-document.js'));
