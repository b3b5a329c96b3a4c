/**
 * Calls `work` for each item, at most `limit` at a time, and takes an item only when it can start.
 * @throws the first error of `items` or `work`, once all started work has ended; no further item is started
 */
export async function inParallel<T>(
  items: AsyncIterable<T> | Iterable<T>,
  limit: number,
  work: (item: T) => Promise<void>,
): Promise<void> {
  const iterator = Symbol.asyncIterator in items ? items[Symbol.asyncIterator]() : items[Symbol.iterator]();
  let isOver = false;
  let failure: { error: unknown } | undefined;
  const workOff = async () => {
    try {
      while (!isOver) {
        const next = await iterator.next();
        if (next.done === true) isOver = true;
        // Other work may have failed meanwhile.
        else if (failure === undefined) await work(next.value);
      }
    } catch (error) {
      isOver = true;
      failure ??= { error };
    }
  };
  await Promise.all(Array.from({ length: limit }, workOff));
  if (failure === undefined) return;
  await iterator.return?.();
  throw failure.error;
}

/** Between pieces of work, however short: lets the process do other things now and then. What it throws ends the work. */
export type Turn = () => Promise<void>;

export const NO_TURN: Turn = async () => undefined;
