import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { progressKey } from '../../lambda/detect/replay-progress';
import { UsageError } from '../../lambda/errors';
import type { Ledger, ObjectRef } from '../../lambda/ports';
import { formatInstant } from '../../lambda/time';
import { REPLAY_ID, writeOwnMessage } from '../../lambda/trail/own-message';
import type { Console } from '../console';

/** SQS takes so many messages in one request. */
const BATCH_SIZE = 10;

/** The live detector reads the same queue: a replay faster than the function delays live alerts. */
export const DEFAULT_RATE = 100;

export interface Sending {
  readonly replayId: string;
  /** objects a second */
  readonly rate: number;
  readonly queue: { sendBatch(bodies: readonly string[]): Promise<void> };
  /** told when a batch is on the queue: how many are by now, and the last of them */
  readonly onSent: (sent: number, last: ObjectRef) => Promise<void>;
}

/**
 * Puts objects on the function's queue, in order, no faster than the rate, until all are sent or Ctrl-C.
 * @param sentBefore by an earlier run
 * @returns how many are sent by now
 * @throws SendError
 */
export async function sendObjects(
  objects: AsyncIterable<ObjectRef>,
  sentBefore: number,
  { replayId, rate, queue, onSent }: Sending,
  { interrupted, now }: Pick<Console, 'interrupted' | 'now'>,
): Promise<number> {
  let sent = sentBefore;
  const startedAt = now();
  for await (const batch of batchesOf(objects)) {
    if (interrupted.aborted) break;
    await queue.sendBatch(
      batch.map(({ bucket, key }) => writeOwnMessage({ kind: 'object', replayId, bucket, key })),
    );
    sent += batch.length;
    await onSent(sent, batch.at(-1)!);
    await pause(startedAt + ((sent - sentBefore) * 1000) / rate - now(), interrupted);
  }
  return sent;
}

/** Waits so many milliseconds, or until Ctrl-C. */
export async function pause(milliseconds: number, interrupted: AbortSignal): Promise<void> {
  if (milliseconds <= 0 || interrupted.aborted) return;
  // Ctrl-C ends the wait, and is seen by whoever waited.
  await sleep(milliseconds, undefined, { signal: interrupted }).catch(() => undefined);
}

async function* batchesOf(objects: AsyncIterable<ObjectRef>): AsyncIterable<ObjectRef[]> {
  let batch: ObjectRef[] = [];
  for await (const object of objects) {
    batch.push(object);
    if (batch.length < BATCH_SIZE) continue;
    yield batch;
    batch = [];
  }
  if (batch.length > 0) yield batch;
}

/** A name nobody has used: the time, and what tells two of the same second apart. */
export function newReplayId(time: number): string {
  const stamp = formatInstant(time).replace(/[-:]/g, '').replace('T', '-').replace('Z', '');
  return `${stamp}-${randomBytes(3).toString('hex')}`;
}

/** @throws UsageError for what is no name of a replay */
export function checkReplayId(replayId: string): void {
  if (!REPLAY_ID.test(replayId)) {
    throw new UsageError(
      `--replay-id ${replayId}: up to 64 letters, digits, hyphens and underscores, the first no sign`,
    );
  }
}

/**
 * Under a name that was used before, what was told is not told again, and what failed counts as failed.
 * @throws UsageError for a name used before
 */
export async function checkUnused(replayId: string, ledger: Ledger): Promise<void> {
  for await (const _ of ledger.entries(progressKey(replayId), '', '~')) {
    throw new UsageError(
      `--replay-id ${replayId} was used before: what it told is not told again. Take another name, or none`,
    );
  }
}
