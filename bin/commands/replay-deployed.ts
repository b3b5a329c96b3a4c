import { randomBytes } from 'node:crypto';
import { AbandonedError, UsageError } from '../../lambda/errors';
import { REPLAY_ID, writeControlMessage } from '../../lambda/messages/control-message';
import type { ObjectRef } from '../../lambda/ports';
import { progressKey } from '../../lambda/state/history';
import type { StateStore } from '../../lambda/state/store';
import { formatInstant } from '../../lambda/util/values';
import { later, PARTIAL, pause, unlessInterrupted, untilInterrupted } from '../cli/interruption';
import { type Console, ExitCode } from '../cli/io';
import { formatMany, StatusLine } from '../cli/progress';
import { type Deployed, findDeployed } from '../inputs/deployed-stack';
import {
  distinctUris,
  type InputObject,
  isS3Uri,
  type KeyFilter,
  parseS3Uri,
  type S3Uri,
  type TrailPaths,
} from '../inputs/model';
import { openS3Objects } from '../inputs/s3';
import { StateFile } from '../inputs/state-file';
import { SkippedFiles } from './replay-summary';
import { followReplay } from './watch-replay';

/** The options of a replay through a deployed detector. */
interface DeployedReplay {
  readonly stack: string;
  readonly replayId?: string | undefined;
  /** objects per second */
  readonly rate?: number | undefined;
  readonly wait?: boolean | undefined;
  readonly state?: string | undefined;
}

/** Sends keys of S3 objects to the queue of a deployed detector, so that the real function, table and topic do the work. */
export async function replayDeployed(trail: TrailPaths, options: DeployedReplay, console: Console): Promise<ExitCode> {
  const { state, wait = false } = options;
  const local = trail.paths.find((path) => !isS3Uri(path));
  if (local !== undefined) {
    throw new UsageError(`${local} cannot be used with --through: the deployed detector reads only from S3`);
  }
  const uris = distinctUris(trail.paths.map(parseS3Uri));
  const deployed = await findDeployed(options.stack, trail.client, console);
  const run = await openRun(options, { uris, ...trail.keyFilter }, deployed.store, console);
  try {
    writeReplayId(run.replayId, deployed, wait, console);
    const skipped = new SkippedFiles();
    // The function skips other keys.
    const keyFilter = { ...trail.keyFilter, anyKey: false };
    const inputs = openS3Objects(uris, keyFilter, trail.client, console).list(run.before.last);
    const rest = { ...run, queue: deployed.queue, rate: options.rate ?? DEFAULT_RATE };
    const sent = await sendRest(inputs, skipped, rest, console);
    const lines = [`${formatMany(sent, 'object')} on the queue`, ...skipped.lines()];
    console.stderr.write(`${lines.join('\n')}\n`);
    if (console.interrupted.aborted) {
      const again = state === undefined ? 'use --state FILE to' : `run the same command again to`;
      console.stderr.write(`${PARTIAL}; ${again} continue from ${state ?? 'where a replay stopped'}\n`);
      return ExitCode.Interrupted;
    }
    if (sent === 0) {
      console.stderr.write('no log files found: give the S3 prefix of a trail\n');
      return ExitCode.Incomplete;
    }
    if (skipped.failures === 0) await run.file?.append({ sent, isOver: true } satisfies Progress);
    const sending = skipped.unread > 0 ? ExitCode.Incomplete : ExitCode.Ok;
    if (!wait) return sending;
    const following = await followReplay({ ...deployed, ...run, sent }, console);
    return following === ExitCode.Ok ? sending : following;
  } finally {
    await run.file?.close();
  }
}

/** Sends the objects that earlier runs did not, and returns the number sent so far. */
async function sendRest(
  inputs: AsyncIterable<InputObject>,
  skipped: SkippedFiles,
  { before, file, ...sending }: Run & Sending,
  console: Console,
): Promise<number> {
  let { sent } = before;
  if (before.isOver === true) return sent;
  const status = new StatusLine(console, () => `${formatMany(sent, 'object')} on the queue`);
  const { interrupted } = console;
  const logs = skipped.logs(untilInterrupted(inputs, interrupted), interrupted, (line) => status.line(line));
  const objects = async function* () {
    for await (const { object } of logs) {
      // The next run continues after the last object sent, and would skip objects of a failed listing.
      if (skipped.failures > 0) return;
      yield object;
    }
  };
  try {
    await sendObjects(objects(), sending, console, async (batch) => {
      sent += batch.length;
      await file?.append({ sent, last: batch.at(-1)! } satisfies Progress);
    });
    return sent;
  } finally {
    status.end();
  }
}

/** Writes the replay's id to standard output, unless that is for alerts. */
export function writeReplayId(
  replayId: string,
  { queueUrl, topicArn }: Deployed,
  isFollowed: boolean,
  console: Console,
): void {
  if (!isFollowed) console.stdout.write(`${replayId}\n`);
  console.stderr.write(
    `replay ${replayId}: sending to ${queueUrl}\nalerts are published to ${topicArn}, marked [REPLAY ${replayId}]\n`,
  );
}

/** After Ctrl-C an answer of SQS is waited for so long. */
const ANSWER_MS = 5000;

/** Most messages in one SQS request. */
const BATCH_SIZE = 10;

/**
 * Default objects per second. The live detector reads the same queue, so a replay that outpaces the function delays live
 * alerts.
 */
export const DEFAULT_RATE = 100;

interface Sending extends Pick<Deployed, 'queue'> {
  readonly replayId: string;
  /** objects per second */
  readonly rate: number;
}

/**
 * Sends objects to the function's queue, in order, at most at the rate, until all are sent or Ctrl-C.
 * @param onSent called after each batch
 * @throws ServiceError
 */
export async function sendObjects(
  objects: AsyncIterable<ObjectRef> | Iterable<ObjectRef>,
  { replayId, rate, queue }: Sending,
  { interrupted, now }: Pick<Console, 'interrupted' | 'now'>,
  onSent: (batch: readonly ObjectRef[]) => Promise<void>,
): Promise<void> {
  let sent = 0;
  let batch: ObjectRef[] = [];
  const startedAt = now();
  // SQS may have taken what it did not answer yet, and the next run would send it again.
  const unanswered = later(interrupted, ANSWER_MS);
  const send = async () => {
    const messages = batch.map(({ bucket, key }) => writeControlMessage({ kind: 'object', replayId, bucket, key }));
    await unlessInterrupted(() => queue.sendBatch(messages), unanswered);
    sent += batch.length;
    await onSent(batch);
    batch = [];
    await pause(startedAt + (sent * 1000) / rate - now(), interrupted);
  };
  try {
    for await (const object of objects) {
      batch.push(object);
      if (batch.length === BATCH_SIZE) await send();
    }
    if (batch.length > 0) await send();
  } catch (error) {
    if (!(error instanceof AbandonedError)) throw error;
  }
}

/** A new id: the time, and a random part. */
export function newReplayId(time: number): string {
  const stamp = formatInstant(time).replace(/[-:]/g, '').replace('T', '-').replace('Z', '');
  return `${stamp}-${randomBytes(3).toString('hex')}`;
}

/** The progress of a replay: the last object sent, or that all were. */
interface Progress {
  readonly sent: number;
  readonly last?: ObjectRef;
  readonly isOver?: true;
}

type Run = Awaited<ReturnType<typeof openRun>>;

/**
 * One replay over any number of runs of the command; `before` is what earlier ones did.
 * @throws UsageError for a state file of another run, or a replay id that cannot be used
 */
async function openRun(
  { stack, replayId, state }: DeployedReplay,
  { uris, accounts, regions, since, until }: KeyFilter & { readonly uris: readonly S3Uri[] },
  store: StateStore,
  { time, interrupted }: Pick<Console, 'time' | 'interrupted'>,
) {
  if (replayId !== undefined && !REPLAY_ID.test(replayId)) {
    throw new UsageError(
      `--replay-id ${replayId}: expected up to 64 letters, digits, hyphens and underscores, starting with a letter or digit`,
    );
  }
  const begin = async () => {
    if (replayId !== undefined) await unlessInterrupted(() => requireUnused(replayId, store), interrupted);
    return { replayId: replayId ?? newReplayId(time()), startedAt: time() };
  };
  let before: Progress = { sent: 0 };
  if (state === undefined) return { ...(await begin()), before, file: undefined };
  const header = {
    regionsweep: 'replay through a stack',
    v: 1,
    stack,
    paths: uris.map(({ bucket, prefix }) => `s3://${bucket}/${prefix}`).join(' '),
    accounts: accounts?.join() ?? null,
    regions: regions?.join() ?? null,
    since: since ?? null,
    until: until ?? null,
  };
  const file = await StateFile.open(state, header, (line) => (before = line as Progress), begin);
  const own = String(file.header.replayId);
  if (replayId !== undefined && replayId !== own) {
    await file.close();
    throw new UsageError(
      `--state ${state} is of replay ${own}, not ${replayId}: omit --replay-id, or give another file`,
    );
  }
  return { replayId: own, startedAt: Number(file.header.startedAt), before, file };
}

/** State is kept by replay id: a second replay of that id would not publish its alerts again. */
async function requireUnused(replayId: string, store: StateStore): Promise<void> {
  for await (const _ of store.entries(progressKey(replayId), '', '~')) {
    throw new UsageError(
      `--replay-id ${replayId} was used before, and its alerts are not published again; omit it or give another`,
    );
  }
}
