/**
 * Calls `work` for each item, at most `limit` at a time, taking the next item only when there is room for it.
 * @throws the first error of `items` or `work`, once the work under way has ended; no further item is begun
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

/** Outcomes that wait for an earlier one: then no further item is begun. */
const MAX_WAITING = 64;

/**
 * Calls `work` for each item, at most `limit` at a time, and `take` with each outcome, one after the other in the order
 * of the items.
 * @throws the first error of `items`, `work` or `take`, once the work under way has ended; soon no further item is begun
 */
export async function inOrder<T, R>(
  items: AsyncIterable<T>,
  limit: number,
  work: (item: T) => Promise<R>,
  take: (outcome: R) => Promise<void>,
): Promise<void> {
  /** settles when the last outcome so far is taken */
  let last = Promise.resolve();
  const waiting: Promise<void>[] = [];
  const paced = async function* () {
    for await (const item of items) {
      if (waiting.length >= limit + MAX_WAITING) await waiting.shift();
      yield item;
    }
  };
  await inParallel(paced(), limit, async (item) => {
    const before = last;
    const outcome = work(item);
    last = Promise.all([outcome, before]).then(([value]) => take(value));
    // Whoever waits for it, at the latest the line below, hears of its failure.
    last.catch(() => undefined);
    waiting.push(last);
    await outcome;
  });
  await last;
}
