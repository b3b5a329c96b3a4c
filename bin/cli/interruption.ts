/** Ctrl-C: what waits or stalls ends with it. */

import { once, setMaxListeners } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { AbandonedError } from '../../lambda/errors';

/** Settles at Ctrl-C. */
export async function interruption(interrupted: AbortSignal): Promise<void> {
  if (!interrupted.aborted) await once(interrupted, 'abort');
}

/** The same Ctrl-C, some time after it. */
export function later(interrupted: AbortSignal, milliseconds: number): AbortSignal {
  const controller = new AbortController();
  void interruption(interrupted)
    .then(() => sleep(milliseconds, undefined, { ref: false }))
    .then(() => controller.abort());
  return controller.signal;
}

/** What is said where something is left out. */
export const PARTIAL = 'PARTIAL, stopped before the end';

/**
 * Does something that may stall, unless Ctrl-C comes first.
 * @throws AbandonedError then, with that message
 */
export async function unlessInterrupted<T>(
  work: () => Promise<T>,
  interrupted: AbortSignal,
  message: string = PARTIAL,
): Promise<T> {
  const one = (async function* () {
    yield await work();
  })();
  for await (const result of untilInterrupted(one, interrupted, new AbandonedError(message))) return result;
  throw new AbandonedError(message);
}

/** The same until Ctrl-C, however long what comes next takes. @param atEnd what it ends with; by default nothing */
export async function* untilInterrupted<T>(
  items: AsyncIterable<T>,
  interrupted: AbortSignal,
  atEnd?: Error,
): AsyncGenerator<T> {
  const rest = items[Symbol.asyncIterator]();
  // Many are read at a time.
  setMaxListeners(0, interrupted);
  const over = new AbortController();
  const stopped = once(interrupted, 'abort', { signal: over.signal }).then(
    () => undefined,
    () => undefined,
  );
  let isOver = false;
  try {
    while (true) {
      const next = interrupted.aborted ? undefined : await Promise.race([rest.next(), stopped]);
      isOver = next?.done === true;
      if (next === undefined && atEnd !== undefined) throw atEnd;
      if (next === undefined || isOver) return;
      yield next.value;
    }
  } finally {
    over.abort();
    // Nobody waits for it: it may stall.
    if (!isOver) rest.return?.().catch(() => undefined);
  }
}

/** Waits, at most until Ctrl-C. */
export async function pause(milliseconds: number, interrupted: AbortSignal): Promise<void> {
  if (milliseconds <= 0 || interrupted.aborted) return;
  // The caller checks for Ctrl-C.
  await sleep(milliseconds, undefined, { signal: interrupted }).catch(() => undefined);
}
