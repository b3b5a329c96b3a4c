import { randomBytes } from 'node:crypto';
import type { ClientSettings } from '../../lambda/adapters/aws';
import { UsageError } from '../../lambda/errors';
import { REPLAY_ID, writeControlMessage } from '../../lambda/messages/control-message';
import { progressKey } from '../../lambda/pipeline/replay-progress';
import type { ObjectRef } from '../../lambda/ports';
import type { StateStore } from '../../lambda/state/store';
import { formatInstant } from '../../lambda/util/values';
import { type Console, ExitCode, pause } from '../cli/io';
import type { DeployedTarget } from '../cli/options';
import { formatMany, StatusLine } from '../cli/progress';
import { type Deployed, findDeployed } from '../inputs/deployed-stack';
import { distinctPlaces, type Found, type KeyFilter, parseS3Path, type S3Place } from '../inputs/model';
import { StateFile } from '../inputs/replay-state';
import { openS3Objects } from '../inputs/s3';
import { SkippedFiles } from './replay-local';
import { followReplay } from './watch-replay';

/** Puts S3 objects through the queue of a deployed detector, so that the real function, table and topic are at work. */
export async function replayDeployed(
  paths: readonly string[],
  keyFilter: KeyFilter,
  options: DeployedTarget,
  settings: ClientSettings,
  console: Console,
): Promise<ExitCode> {
  const places = distinctPlaces(paths.map(parseS3Path));
  const deployed = await findDeployed(options.through, settings, console);
  const run = await DeployedRun.open(places, keyFilter, options, deployed.store, console);
  try {
    const { replayId, startedAt, before } = run;
    writeResult(replayId, deployed, options.wait === true, console);
    const files = new SkippedFiles();
    const found = openS3Objects(places, keyFilter, settings, console).find(before.last);
    const sent = before.isOver === true ? before.sent : await send(found, files, run, options, deployed, console);
    const summary = [`${formatMany(sent, 'object')} on the queue`, ...files.lines()];
    for (const line of summary) console.stderr.write(`${line}\n`);
    if (console.interrupted.aborted) return stopped(options, console);
    if (files.failures === 0 && sent > 0) await run.noteOver(sent);
    const sending = sendingCode(sent, files, console);
    if (options.wait !== true || sent === 0) return sending;
    const following = await followReplay({ ...deployed, replayId, startedAt, sent }, console);
    return following === ExitCode.Ok ? sending : following;
  } finally {
    await run.close();
  }
}

/** Says what the replay is called: on standard output, unless that is kept for its alerts. */
export function writeResult(
  replayId: string,
  { queueUrl, topicArn }: Deployed,
  isFollowed: boolean,
  console: Console,
): void {
  if (!isFollowed) console.stdout.write(`${replayId}\n`);
  console.stderr.write(
    `replay ${replayId}: through ${queueUrl}\nits alerts come by ${topicArn}, marked [REPLAY ${replayId}]\n`,
  );
}

async function send(
  found: AsyncIterable<Found>,
  files: SkippedFiles,
  run: DeployedRun,
  { rate = DEFAULT_RATE }: DeployedTarget,
  { queue }: Deployed,
  console: Console,
): Promise<number> {
  let sent = run.before.sent;
  const status = new StatusLine(console, () => `${formatMany(sent, 'object')} on the queue`);
  try {
    const logs = logsOf(found, files, (line) => status.line(line), console);
    const onSent = async (count: number, last: ObjectRef) => {
      sent = count;
      await run.noteSent(count, last);
    };
    return await sendObjects(logs, sent, { replayId: run.replayId, rate, queue, onSent }, console);
  } finally {
    status.end();
  }
}

async function* logsOf(
  objects: AsyncIterable<Found>,
  files: SkippedFiles,
  tell: (line: string) => void,
  { interrupted }: Console,
): AsyncIterable<ObjectRef> {
  for await (const found of objects) {
    if (interrupted.aborted) return;
    if (found.kind === 'log') yield found.object;
    else if (found.kind === 'passed-over') files.add(found.as);
    else {
      // No further: the next run goes on behind the last object sent, and would pass over what is missing here.
      files.fail(found.error, tell);
      return;
    }
  }
}

function sendingCode(sent: number, { failures }: SkippedFiles, console: Console): ExitCode {
  if (sent > 0) return failures > 0 ? ExitCode.Incomplete : ExitCode.Ok;
  console.stderr.write('nothing to replay was found: give a prefix of a trail in S3\n');
  return ExitCode.Incomplete;
}

function stopped({ state }: DeployedTarget, console: Console): ExitCode {
  console.stderr.write(
    state === undefined
      ? 'stopped; a replay with --state FILE can go on where it was stopped\n'
      : `stopped; the same command goes on from here, by ${state}\n`,
  );
  return ExitCode.Interrupted;
}

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
      batch.map(({ bucket, key }) => writeControlMessage({ kind: 'object', replayId, bucket, key })),
    );
    sent += batch.length;
    await onSent(sent, batch.at(-1)!);
    await pause(startedAt + ((sent - sentBefore) * 1000) / rate - now(), interrupted);
  }
  return sent;
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
export async function checkUnused(replayId: string, store: StateStore): Promise<void> {
  for await (const _ of store.entries(progressKey(replayId), '', '~')) {
    throw new UsageError(
      `--replay-id ${replayId} was used before: what it told is not told again. Take another name, or none`,
    );
  }
}

/** How far a run is: the last object that is on the queue, or that all are. */
interface Line {
  readonly sent: number;
  readonly last?: ObjectRef;
  readonly isOver?: true;
}

/** One replay through a stack, over as many runs of the command as it takes. */
export class DeployedRun {
  private constructor(
    readonly replayId: string,
    /** UTC epoch second */
    readonly startedAt: number,
    /** what earlier runs sent */
    readonly before: Line,
    private readonly file: StateFile | undefined,
  ) {}

  /** @throws UsageError for a state file of another run, or a replay id used before */
  static async open(
    places: readonly S3Place[],
    keyFilter: KeyFilter,
    { through, replayId, state }: DeployedTarget,
    store: StateStore,
    { time }: Pick<Console, 'time'>,
  ): Promise<DeployedRun> {
    if (replayId !== undefined) checkReplayId(replayId);
    const begin = async () => {
      if (replayId !== undefined) await checkUnused(replayId, store);
      return { replayId: replayId ?? newReplayId(time()), startedAt: time() };
    };
    if (state === undefined) {
      const fresh = await begin();
      return new DeployedRun(fresh.replayId, fresh.startedAt, { sent: 0 }, undefined);
    }
    const header = headerOf(places, keyFilter, through);
    let before: Line = { sent: 0 };
    const { file, begun } = await StateFile.open(state, header, (line) => (before = line as Line), begin);
    const run = new DeployedRun(String(begun.replayId), Number(begun.startedAt), before, file);
    if (replayId !== undefined && replayId !== run.replayId) {
      await file.close();
      throw new UsageError(
        `--state ${state} is of replay ${run.replayId}, not ${replayId}: leave --replay-id out, or take another file`,
      );
    }
    return run;
  }

  /** Notes that so many are on the queue, up to this one. @throws ObjectWriteError */
  async noteSent(sent: number, last: ObjectRef): Promise<void> {
    await this.file?.append({ sent, last } satisfies Line);
  }

  async noteOver(sent: number): Promise<void> {
    await this.file?.append({ sent, isOver: true } satisfies Line);
  }

  async close(): Promise<void> {
    await this.file?.close();
  }
}

function headerOf(places: readonly S3Place[], { accounts, regions, since, until }: KeyFilter, stack: string) {
  return {
    regionsweep: 'replay through a stack',
    v: 1,
    stack,
    paths: places.map(({ bucket, prefix }) => `s3://${bucket}/${prefix}`).join(' '),
    accounts: accounts?.join() ?? null,
    regions: regions?.join() ?? null,
    since: since ?? null,
    until: until ?? null,
  };
}
