import type { ClientSettings } from '../../lambda/adapters/clients';
import type { ObjectRef } from '../../lambda/ports';
import type { Console } from '../console';
import { ExitCode } from '../exit-code';
import type { Found } from '../objects/found';
import type { Narrowing } from '../objects/narrowing';
import { openS3Objects } from '../objects/s3';
import { distinctPlaces, parseS3Path } from '../objects/s3-place';
import { PassedOverFiles } from '../replay-summary';
import { StatusLine } from '../status-line';
import { formatMany } from '../units';
import { type Deployed, findDeployed } from './deployed';
import { followReplay } from './following';
import { DEFAULT_RATE, sendObjects } from './sending';
import type { Through } from './through-options';
import { ThroughRun } from './through-run';

/** Puts S3 objects through the queue of a deployed detector, so that the real function, table and topic are at work. */
export async function replayThrough(
  paths: readonly string[],
  narrowing: Narrowing,
  options: Through,
  settings: ClientSettings,
  console: Console,
): Promise<ExitCode> {
  const places = distinctPlaces(paths.map(parseS3Path));
  const deployed = await findDeployed(options.through, settings, console);
  const run = await ThroughRun.open(places, narrowing, options, deployed.ledger, console);
  try {
    const { replayId, startedAt, before } = run;
    tellReplay(replayId, deployed, options.wait === true, console);
    const files = new PassedOverFiles();
    const found = openS3Objects(places, narrowing, settings, console).find(before.last);
    const sent =
      before.isOver === true ? before.sent : await send(found, files, run, options, deployed, console);
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
export function tellReplay(
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
  files: PassedOverFiles,
  run: ThroughRun,
  { rate = DEFAULT_RATE }: Through,
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
  files: PassedOverFiles,
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

function sendingCode(sent: number, { failures }: PassedOverFiles, console: Console): ExitCode {
  if (sent > 0) return failures > 0 ? ExitCode.Incomplete : ExitCode.Ok;
  console.stderr.write('nothing to replay was found: give a prefix of a trail in S3\n');
  return ExitCode.Incomplete;
}

function stopped({ state }: Through, console: Console): ExitCode {
  console.stderr.write(
    state === undefined
      ? 'stopped; a replay with --state FILE can go on where it was stopped\n'
      : `stopped; the same command goes on from here, by ${state}\n`,
  );
  return ExitCode.Interrupted;
}
