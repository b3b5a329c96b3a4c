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
const MAX_WAITING = 256;

/**
 * Calls `work` for each item, at most `limit` at a time, and `tell` with each outcome, one after the other in the order
 * of the items.
 * @throws the first error of `items`, `work` or `tell`, once the work under way has ended; no further item is begun
 */
export async function inOrder<T, R>(
  items: AsyncIterable<T>,
  limit: number,
  work: (item: T) => Promise<R>,
  tell: (outcome: R) => Promise<void>,
): Promise<void> {
  const outcomes = new Map<number, { readonly outcome: R }>();
  let begun = 0;
  let told = 0;
  let failed = false;
  let notification = Promise.resolve();
  let wake = (): void => {};

  const tellReady = async () => {
    for (let next = outcomes.get(told); next !== undefined; next = outcomes.get(told)) {
      outcomes.delete(told);
      await tell(next.outcome);
      told += 1;
      wake();
    }
  };
  const paced = async function* () {
    for await (const item of items) {
      while (begun - told >= MAX_WAITING + limit && !failed) {
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
      yield item;
    }
  };
  await inParallel(paced(), limit, async (item) => {
    const index = begun;
    begun += 1;
    try {
      outcomes.set(index, { outcome: await work(item) });
      notification = notification.then(tellReady);
      await notification;
    } catch (error) {
      failed = true;
      wake();
      throw error;
    }
  });
}
