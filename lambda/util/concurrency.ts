/**
 * Calls `work` for each item, at most `limit` at a time, and takes an item only when it can start.
 * @throws the first error of `items` or `work`, once all started work has ended; no further item is started
 */
export async function inParallel<T>(
  items: AsyncIterable<T> | Iterable<T>,
  limit: number,
  work: (item: T) => Promise<void>,
): Promise<void> {
  const underWay = new Set<Promise<void>>();
  let failure: { error: unknown } | undefined;
  try {
    for await (const item of items) {
      const task = work(item)
        .catch((error: unknown) => {
          failure ??= { error };
        })
        .finally(() => underWay.delete(task));
      underWay.add(task);
      if (underWay.size >= limit) await Promise.race(underWay);
      if (failure !== undefined) break;
    }
  } finally {
    await Promise.all(underWay);
  }
  if (failure !== undefined) throw failure.error;
}

/** Between pieces of work, however short: lets the process do other things now and then. What it throws ends the work. */
export type Turn = () => Promise<void>;
