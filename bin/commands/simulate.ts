import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import type { S3Client } from '@aws-sdk/client-s3';
import { type Command, Option } from 'commander';
import { s3Client } from '../../lambda/adapters/aws';
import { uploadObject } from '../../lambda/adapters/aws/s3';
import { ObjectWriteError, reasonOf, UsageError } from '../../lambda/errors';
import type { ObjectRef } from '../../lambda/ports';
import { inParallel } from '../../lambda/util/concurrency';
import { formatInstant } from '../../lambda/util/values';
import { type Console, ExitCode, type Exits } from '../cli/io';
import {
  type AwsOptions,
  accountIds,
  addAwsOptions,
  clientSettings,
  decimal,
  instant,
  positiveInteger,
  share,
} from '../cli/options';
import { formatMany } from '../cli/progress';
import { findDeployed } from '../inputs/deployed-stack';
import { isS3Path, parseS3Path, type S3Place } from '../inputs/model';
import { DEFAULT_REGIONS, REGIONS } from '../synthetic-trail/deliveries';
import type { ExpectedDetection, ExpectedResult } from '../synthetic-trail/expected';
import { accountId, IDENTITY_KINDS, type IdentityKind } from '../synthetic-trail/identities';
import type { SweepSpec } from '../synthetic-trail/sweeps';
import { TOOLS, type Tool } from '../synthetic-trail/tools';
import { generateTrail, type Trail, type TrailSpec } from '../synthetic-trail/trail';
import { DEFAULT_RATE, newReplayId, sendObjects, writeResult } from './replay-deployed';
import { followReplay } from './watch-replay';

export interface SimulateOptions extends AwsOptions {
  readonly out?: string;
  readonly through?: string;
  readonly wait?: boolean;
  readonly actor?: IdentityKind;
  readonly regions?: number;
  readonly pace?: number;
  readonly tool?: Tool;
  readonly denied?: number;
  readonly benign?: number;
  readonly straddle?: boolean;
  readonly sessionPerRegion?: boolean;
  readonly start?: number;
  readonly seed?: string;
  readonly account?: readonly string[];
}

export function addSimulateCommand(program: Command, console: Console, exits: Exits): void {
  const command = program
    .command('simulate')
    .description('Make a trail with one sweep through regions, to see the detector find it.')
    .option('--out <place>', 'write the trail to this folder, or to s3://BUCKET/PREFIX')
    .option('--through <stack>', "put it into this deployed detector's test bucket and queue")
    .option('--wait', 'with --through: follow it until its alert is told')
    .addOption(new Option('--actor <kind>', 'who sweeps (default: iam-user)').choices(IDENTITY_KINDS))
    .option('--regions <n>', 'how many regions (default: 12)', positiveInteger)
    .option('--pace <seconds>', 'from one region to the next (default: 1)', decimal)
    .addOption(new Option('--tool <name>', 'what it sweeps with (default: boto3)').choices(TOOLS))
    .option('--denied <share>', 'share of the regions that refuse, 0 to 1 (default: 0)', share)
    .option('--benign <n>', 'records a minute of everyday traffic beside it (default: 30)', decimal)
    .option('--straddle', 'half before the edge of a window, half behind it')
    .option('--session-per-region', 'a role that takes a session of another name in each region')
    .option('--start <time>', 'time of the sweep, UTC (default: 20 minutes ago)', instant)
    .option('--seed <text>', 'the same seed and start make the same trail (default: simulation)')
    .option('--account <id>', 'the account of the trail (default: 111122223333)', accountIds);
  addAwsOptions(command).action(exits((options: SimulateOptions) => runSimulate(options, console)));
}

export function runSimulate(options: SimulateOptions, console: Console): Promise<ExitCode> {
  if ((options.out === undefined) === (options.through === undefined)) {
    throw new UsageError('simulate takes --out DIR, --out s3://BUCKET/PREFIX or --through STACK: one of them');
  }
  if (options.wait === true && options.through === undefined) throw new UsageError('--wait goes with --through STACK');
  return simulate(options, console);
}

const OBJECTS_AT_A_TIME = 16;

/** Makes a trail where it is asked to, and says what is to be found in it. */
export async function simulate(options: SimulateOptions, console: Console): Promise<ExitCode> {
  const trail = generateTrail(specOf(options, console.time()), options.seed ?? DEFAULT_SEED);
  if (options.through !== undefined) return simulateDeployed(trail, options, options.through, console);
  const out = options.out!;
  const place = isS3Path(out)
    ? inBucket(s3Client(clientSettings(options), console.env), parseS3Path(out))
    : inFolder(out);
  const written = await write(trail, place, console);
  if (console.interrupted.aborted) return ExitCode.Interrupted;
  console.stderr.write(`${formatMany(written.length, 'object')} written to ${out}\n`);
  tell(trail, options, console);
  console.stderr.write(REAL_SWEEP);
  return ExitCode.Ok;
}

/** By the stack's own test bucket, and as a replay: what is live stays untouched. */
async function simulateDeployed(
  trail: Trail,
  options: SimulateOptions,
  stackName: string,
  console: Console,
): Promise<ExitCode> {
  const settings = clientSettings(options);
  const deployed = await findDeployed(stackName, settings, console);
  const { queue, testBucket } = deployed;
  const replayId = newReplayId(console.time());
  const startedAt = console.time();
  const folder = { bucket: testBucket, prefix: `simulation/${replayId}/` };
  const written = await write(trail, inBucket(s3Client(settings, console.env), folder), console);
  const sending = { replayId, rate: DEFAULT_RATE, queue, onSent: async () => undefined };
  const sent = await sendObjects(each(written), 0, sending, console);
  if (console.interrupted.aborted) return ExitCode.Interrupted;
  writeResult(replayId, deployed, true, console);
  console.stderr.write(`${formatMany(sent, 'object')} in s3://${testBucket}/${folder.prefix} and on the queue\n`);
  tell(trail, options, console);
  console.stderr.write(
    "The alert comes within about a minute, if the detector's rule is the default one.\n" +
      `Later: regionsweep alerts --stack ${stackName} --replay ${replayId}\n${REAL_SWEEP}`,
  );
  return options.wait === true ? followReplay({ ...deployed, replayId, sent, startedAt }, console) : ExitCode.Ok;
}

/** Gives the names in any order. */
async function write(trail: Trail, place: TrailPlace, { interrupted }: Console): Promise<ObjectRef[]> {
  const written: ObjectRef[] = [];
  const begun = (function* () {
    for (const object of trail.objects) {
      if (interrupted.aborted) return;
      yield object;
    }
  })();
  await inParallel(begun, OBJECTS_AT_A_TIME, async ({ key, body }) => {
    written.push(await place(key, gzipSync(body)));
  });
  return written;
}

async function* each<T>(items: Iterable<T>): AsyncIterable<T> {
  yield* items;
}

function tell(trail: Trail, options: SimulateOptions, console: Console): void {
  const answer = trail.answer();
  const { records, matchedCalls } = answer.totals;
  console.stderr.write(`${formatMany(records, 'record')}, ${matchedCalls} of them DescribeInstances\n`);
  tellAnswer(answer, console);
  for (const hint of hintsOf(answer, options)) console.stderr.write(`${hint}\n`);
}

/** What is to be found: for people on a terminal, else a line of JSON for each hit. */
export function tellAnswer({ detections }: ExpectedResult, { stdout }: Pick<Console, 'stdout'>): void {
  for (const detection of detections) {
    stdout.write(
      stdout.isTTY === true ? `to be found: ${sentenceOf(detection)}\n` : `${JSON.stringify(machineForm(detection))}\n`,
    );
  }
  if (detections.length === 0 && stdout.isTTY === true)
    stdout.write('to be found: nothing, in windows of 30 s by the ARN\n');
}

function sentenceOf({ windowStart, actor, regions, calls }: ExpectedDetection): string {
  return `${actor} in ${formatMany(regions.length, 'region')} (${formatMany(calls, 'call')}), window ${formatInstant(windowStart)}`;
}

function machineForm({ windowStart, actor, regions, calls }: ExpectedDetection) {
  return { window_start: formatInstant(windowStart), actor, regions, call_count: calls };
}

/** Why there is nothing to find, or where else to look. */
export function hintsOf({ detections }: ExpectedResult, options: SimulateOptions): string[] {
  if (options.sessionPerRegion === true) {
    return ['Each region has a session, so an ARN, of its own: grouping by issuer finds the sweep, by ARN does not.'];
  }
  if (detections.length > 0) return [];
  if (options.actor === 'aws-service' || options.actor === 'untyped') {
    return [
      'A service calling for itself has no identity that a hit could name: such calls are counted as unattributed.',
    ];
  }
  if (options.straddle === true)
    return ['Half of the sweep lies on either side of a window’s edge: sliding windows find it.'];
  return ['No window of 30 s has ten regions: have more --regions, or less --pace.'];
}

/** How to make a real one: a loop whose calls change nothing and cost nothing. */
export const REAL_SWEEP = `
A real one, with the credentials at hand (read-only calls, which cost nothing; the sweep is told like anybody's):
  for r in $(aws ec2 describe-regions --query 'Regions[].RegionName' --output text); do
    aws ec2 describe-instances --region "$r" --max-items 1 --query 'length(Reservations)' --output text &
  done; wait
CloudTrail delivers such calls within about 3 to 10 minutes; the alert comes seconds after the tenth region's file.
`;

export const DEFAULT_SEED = 'simulation';

/** So long ago that even what CloudTrail delivers late would lie in the bucket by now. */
const AGO_SECONDS = 20 * 60;

const WINDOW_SECONDS = 30;

/** Everyday traffic before the sweep and behind it. */
const MARGIN_SECONDS = 300;

const LONGEST_SECONDS = 86_400;

const ROLES: ReadonlySet<IdentityKind> = new Set(['assumed-role', 'console-session', 'cross-account-role']);

/** Services have the names they have; whoever reads of the rest shall see that it was made up. */
const NAMES: Partial<Record<IdentityKind, string>> = { 'aws-service': 'autoscaling', untyped: 'kms' };

const NAME = 'regionsweep-simulation';

/**
 * The trail that the options ask for.
 * @param now UTC epoch second
 * @throws UsageError for what cannot be simulated
 */
export function specOf(options: SimulateOptions, now: number): TrailSpec {
  const sweep = sweepOf(options, now);
  const regions = sweep.regions as number;
  const reach = Math.ceil(regions * sweep.pace);
  const start = sweep.start - reach - MARGIN_SECONDS;
  const seconds = 2 * (reach + MARGIN_SECONDS);
  if (seconds > LONGEST_SECONDS) {
    throw new UsageError(`--pace ${sweep.pace}: the sweep would take hours; have fewer regions or less time between`);
  }
  return {
    start,
    seconds,
    accounts: [sweep.account],
    regions: DEFAULT_REGIONS,
    recordsPerMinute: options.benign ?? 30,
    identitiesPerAccount: 14,
    describeInstancesShare: 0.01,
    sweeps: [sweep],
  };
}

function sweepOf(options: SimulateOptions, now: number): SweepSpec {
  const { regions = 12, straddle = false, sessionPerRegion = false } = options;
  const actor = options.actor ?? (sessionPerRegion ? 'assumed-role' : 'iam-user');
  if (regions > REGIONS.length) {
    throw new UsageError(`--regions ${regions}: there are ${REGIONS.length}; have at most so many`);
  }
  if (sessionPerRegion && !ROLES.has(actor)) {
    throw new UsageError(`--session-per-region: only a role has sessions; take --actor ${[...ROLES].join(' or ')}`);
  }
  const accounts = options.account ?? [accountId(0)];
  if (accounts.length > 1) throw new UsageError('--account: one account only');
  return {
    account: accounts[0]!,
    actor,
    name: NAMES[actor] ?? NAME,
    tool: options.tool ?? 'boto3',
    regions,
    start: startOf(options, straddle, now),
    pace: options.pace ?? 1,
    beforeStart: straddle ? Math.floor(regions / 2) : 0,
    deniedShare: options.denied ?? 0,
    preamble: true,
    sessions: sessionPerRegion ? 'per-region' : 'one',
  };
}

/** Of the first call, or of the edge: by default such that a quick sweep lies within one window. */
function startOf({ start }: SimulateOptions, straddle: boolean, now: number): number {
  const wanted = start ?? now - AGO_SECONDS;
  const edge = wanted - (wanted % WINDOW_SECONDS);
  if (straddle) return edge;
  return start ?? edge + 5;
}

/** Where the objects of a simulated trail go. Gives each one's name there. */
export type TrailPlace = (key: string, body: Uint8Array) => Promise<ObjectRef>;

export function inFolder(folder: string): TrailPlace {
  return async (key, body) => {
    const file = join(folder, key);
    try {
      await mkdir(dirname(file), { recursive: true });
      await writeFile(file, body);
    } catch (cause) {
      throw new ObjectWriteError(`${file}: cannot be written: ${reasonOf(cause)}`, { cause });
    }
    return { bucket: '', key: file };
  };
}

export function inBucket(client: S3Client, { bucket, prefix }: S3Place): TrailPlace {
  const folder = prefix === '' || prefix.endsWith('/') ? prefix : `${prefix}/`;
  return async (key, body) => {
    const object = { bucket, key: `${folder}${key}` };
    await uploadObject(client, object, body);
    return object;
  };
}
