/**
 * Code that few invocations need, loaded on first use: each start pays for every byte loaded then. Few entry points,
 * because each splits the code that the others share.
 */

let failure: { readonly cause: unknown } | undefined;

/** Set once a part could not be loaded. Node caches that failure, so the process must end. */
export function failureToLoad(): { readonly cause: unknown } | undefined {
  return failure;
}

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

export const alerting = onDemand(() => import('../notify/alerting.js'));
export const exceptions = onDemand(() => import('../detection/exception-document.js'));
