import { type CommandUnknownOpts, Option } from '@commander-js/extra-typings';
import type { ClientSettings } from '../../lambda/adapters/aws/sdk';
import { DEFAULT_PARAMETERS } from '../../lambda/detection/rule';
import { UsageError } from '../../lambda/errors';
import { formatInstant } from '../../lambda/util/values';
import { PARTIAL, unlessInterrupted } from '../cli/interruption';
import { type AddCommand, type Console, ExitCode } from '../cli/io';
import {
  AWS_REGION,
  accountIds,
  choice,
  clientSettings,
  decimal,
  examples,
  moment,
  PROFILE,
  positiveInteger,
} from '../cli/options';
import { formatMany } from '../cli/progress';
import { isS3Uri, parseS3Uri } from '../inputs/model';
import { DEFAULT_REGIONS, REGIONS } from '../synthetic-trail/deliveries';
import { accountId, IDENTITY_KINDS, type IdentityKind } from '../synthetic-trail/identities';
import type { SweepSpec } from '../synthetic-trail/sweeps';
import { TOOLS } from '../synthetic-trail/tools';
import { type ExpectedResult, generateTrail, type Trail, type TrailSpec } from '../synthetic-trail/trail';
import { type TrailTarget, toFolder, writeTrail } from './write-trail';

export const addSimulate: AddCommand = (program, run) => {
  commandOf(program).action(
    run(async (console, options) => {
      const { out, through, wait, account } = options;
      if (wait && through === undefined) throw new UsageError('--wait requires --through STACK');
      if (account !== undefined && account.length > 1) throw new UsageError('--account: expected one account');
      const simulation = { ...options, start: options.start?.(console.time()), account: account?.[0] };
      if (out !== undefined && through === undefined) return simulateTo(out, simulation, console);
      if (out === undefined && through !== undefined) return simulateThrough(through, simulation, console);
      throw new UsageError('expected one of --out FOLDER, --out s3://BUCKET/PREFIX and --through STACK');
    }),
  );
};

function commandOf(program: CommandUnknownOpts) {
  return program
    .command('simulate')
    .description('Generate a trail with one sweep through regions, and say what the detector should find in it.')
    .option('--out <target>', 'write the trail to this folder, or to s3://BUCKET/PREFIX')
    .option('--through <stack>', 'send it through the test bucket and the queue of this deployed detector')
    .option('--wait', 'with --through: wait for its alert')
    .addOption(new Option('--actor <kind>', 'identity that sweeps (default: iam-user)').choices(IDENTITY_KINDS))
    .option('--regions <n>', 'number of regions', positiveInteger, 12)
    .option('--pace <seconds>', 'time from one region to the next', decimal(0, 999_999), 1)
    .addOption(choice('--tool <name>', 'tool in the user agent', TOOLS, 'boto3'))
    .option('--denied <share>', 'share of the regions that deny the call, 0 to 1', decimal(0, 1), 0)
    .option('--benign <n>', 'other records per minute', decimal(0, 999_999), 30)
    .option('--straddle', 'half of the sweep before the edge of a window, half after it')
    .option('--session-per-region', 'a role with another session name in each region')
    .option('--start <time>', 'time of the sweep, or how long ago it was (default: 20m)', moment)
    .option('--seed <text>', 'the same seed and start generate the same trail', 'simulation')
    .option('--account <id>', 'account of the trail (default: 111122223333)', accountIds)
    .addOption(PROFILE)
    .addOption(AWS_REGION)
    .addHelpText(
      ...examples({
        'regionsweep simulate --through regionsweep --wait': 'a first alert in your inbox',
        'regionsweep simulate --out ./trail --straddle': 'a sweep that only sliding windows find',
        'regionsweep simulate --out s3://my-test-bucket/trail --regions 17': 'to replay from S3',
      }),
    );
}

type Options = ReturnType<ReturnType<typeof commandOf>['opts']>;

/** What is simulated, at a UTC epoch second. */
interface Simulation extends Omit<Options, 'start' | 'account'> {
  readonly start?: number | undefined;
  readonly account?: string | undefined;
}

/** Writes a trail to a folder or an S3 URI, and shows the expected detections. */
async function simulateTo(out: string, simulation: Simulation, console: Console): Promise<ExitCode> {
  const trail = generateTrail(specOf(simulation, console.time()), simulation.seed);
  const target = await targetOf(out, await clientSettings(simulation, console), console);
  const written = await writeTrail(trail, target, console.interrupted);
  const isPartial = console.interrupted.aborted;
  const partial = isPartial ? `${PARTIAL}: ` : '';
  console.stderr.write(`${partial}${formatMany(written.length, 'object')} written to ${out}\n`);
  if (isPartial) return ExitCode.Interrupted;
  writeAnswer(trail, simulation, console);
  console.stderr.write(REAL_SWEEP);
  return ExitCode.Ok;
}

/** Sends a trail through a stack's test bucket as a replay, which does not touch live state. */
async function simulateThrough(stackName: string, simulation: Simulation, console: Console): Promise<ExitCode> {
  const { findDeployed } = await import('../inputs/deployed-stack.js');
  const { DEFAULT_RATE, newReplayId, sendObjects, writeReplayId } = await import('./replay-deployed.js');
  const { followReplay } = await import('./watch-replay.js');
  const trail = generateTrail(specOf(simulation, console.time()), simulation.seed);
  const client = await clientSettings(simulation, console);
  const deployed = await findDeployed(stackName, client, console);
  const startedAt = console.time();
  const replayId = newReplayId(startedAt);
  const target = `s3://${deployed.testBucket}/simulation/${replayId}/`;
  const written = await writeTrail(trail, await targetOf(target, client, console), console.interrupted);
  let sent = 0;
  await sendObjects(written, { replayId, rate: DEFAULT_RATE, queue: deployed.queue }, console, async (batch) => {
    sent += batch.length;
  });
  if (console.interrupted.aborted) {
    console.stderr.write(`${PARTIAL}: ${formatMany(sent, 'object')} in ${target} on the queue\n`);
    return ExitCode.Interrupted;
  }
  writeReplayId(replayId, deployed, true, console);
  console.stderr.write(`${formatMany(sent, 'object')} in ${target} and on the queue\n`);
  writeAnswer(trail, simulation, console);
  const expected = trail.answer().detections.length > 0;
  console.stderr.write(
    (expected ? 'Expect the alert within about a minute if the detector has the default rule.\n' : '') +
      `List it later with: regionsweep alerts --stack ${stackName} --replay ${replayId}\n${REAL_SWEEP}`,
  );
  if (simulation.wait !== true) return ExitCode.Ok;
  return followReplay({ ...deployed, replayId, sent, startedAt }, console);
}

async function targetOf(target: string, client: ClientSettings, { env, interrupted }: Console): Promise<TrailTarget> {
  if (!isS3Uri(target)) return toFolder(target);
  const { bucket, prefix } = parseS3Uri(target);
  const { s3Client, uploadObject } = await import('../../lambda/adapters/aws/s3.js');
  const s3 = s3Client(client, env);
  const folder = prefix === '' || prefix.endsWith('/') ? prefix : `${prefix}/`;
  return async (key, body) => {
    const object = { bucket, key: `${folder}${key}` };
    await unlessInterrupted(() => uploadObject(s3, object, body), interrupted);
    return object;
  };
}

/** The expected detections: text on a terminal, otherwise a line of JSON for each. */
function writeAnswer(trail: Trail, simulation: Simulation, { stdout, stderr }: Console): void {
  const answer = trail.answer();
  const { records, matchedCalls } = answer.totals;
  stderr.write(`${formatMany(records, 'record')}, ${matchedCalls} of them DescribeInstances\n`);
  const isText = stdout.isTTY === true;
  for (const { windowStart, actor, regions, calls } of answer.detections) {
    const window_start = formatInstant(windowStart);
    const extent = `${formatMany(regions.length, 'region')} (${formatMany(calls, 'call')})`;
    const line = isText
      ? `expected: ${actor} in ${extent}, window ${window_start}`
      : JSON.stringify({ window_start, actor, regions, call_count: calls });
    stdout.write(`${line}\n`);
  }
  if (isText && answer.detections.length === 0) stdout.write('expected: no match in 30 s windows by ARN\n');
  const hint = hintOf(answer, simulation);
  if (hint !== undefined) stderr.write(`${hint}\n`);
}

/** Why the default rule finds nothing, and what would find the sweep. */
function hintOf({ detections }: ExpectedResult, simulation: Simulation): string | undefined {
  const { actor, straddle = false, sessionPerRegion = false, regions, pace } = simulation;
  if (detections.length > 0) return undefined;
  if (actor === 'aws-service' || actor === 'untyped') {
    return 'A service calling by itself has no identity to alert on: its calls are counted as calls without an identity.';
  }
  const { minRegions, windowSeconds } = DEFAULT_PARAMETERS;
  if (regions < minRegions || (minRegions - 1) * pace > windowSeconds - 1) {
    return 'No 30 s window has ten regions: increase --regions or reduce --pace.';
  }
  if (sessionPerRegion) {
    const sliding = straddle ? ' with --windowing sliding' : '';
    return `Each region has its own session and so its own ARN: --group-by issuer${sliding} finds the sweep, --group-by arn does not.`;
  }
  return 'The sweep crosses the edge of a window: --windowing sliding finds it.';
}

/** A shell loop of calls that change nothing and are free. */
const REAL_SWEEP = `
To make a real sweep with your current credentials (read-only calls, free of charge, and the detector alerts on them):
  for r in $(aws ec2 describe-regions --query 'Regions[].RegionName' --output text); do
    aws ec2 describe-instances --region "$r" --max-items 1 --query 'length(Reservations)' --output text &
  done; wait
CloudTrail delivers such calls within about 3 to 10 minutes; the alert follows the tenth region's log file by seconds.
`;

/** Seconds before now at which the trail ends: even late records would have been delivered. */
const AGO_SECONDS = 20 * 60;

/** Everyday traffic before the sweep and after it. */
const MARGIN_SECONDS = 300;

const MAX_TRAIL_SECONDS = 86_400;

const ROLES: readonly IdentityKind[] = ['assumed-role', 'console-session', 'cross-account-role'];

/** Names of identities show that they are invented, except those of services. */
const NAMES: Partial<Record<IdentityKind, string>> = { 'aws-service': 'autoscaling', untyped: 'kms' };

/**
 * The trail of a simulation.
 * @param now UTC epoch second
 * @throws UsageError for an impossible simulation
 */
export function specOf(simulation: Omit<Simulation, 'seed'>, now: number): TrailSpec {
  const { regions, pace, tool, account = accountId(0), straddle = false, sessionPerRegion = false } = simulation;
  const actor = simulation.actor ?? (sessionPerRegion ? 'assumed-role' : 'iam-user');
  const margin = Math.ceil(regions * pace) + MARGIN_SECONDS;
  if (regions > REGIONS.length) throw new UsageError(`--regions ${regions}: there are only ${REGIONS.length} regions`);
  if (sessionPerRegion && !ROLES.includes(actor)) {
    throw new UsageError(`--session-per-region: only a role has sessions; use --actor ${ROLES.join(' or ')}`);
  }
  if (2 * margin > MAX_TRAIL_SECONDS) {
    throw new UsageError(`--pace ${pace}: the sweep would take hours; use fewer --regions or less --pace`);
  }
  const wanted = simulation.start ?? now - AGO_SECONDS;
  const edge = wanted - (wanted % DEFAULT_PARAMETERS.windowSeconds);
  // By default a quick sweep is within one window.
  const start = straddle ? edge : (simulation.start ?? edge + 5);
  const sweep: SweepSpec = {
    ...{ account, actor, tool, regions, start, pace },
    name: NAMES[actor] ?? 'regionsweep-simulation',
    beforeStart: straddle ? Math.floor(regions / 2) : 0,
    deniedShare: simulation.denied,
    preamble: true,
    sessions: sessionPerRegion ? 'per-region' : 'one',
  };
  return {
    start: start - margin,
    seconds: 2 * margin,
    accounts: [account],
    regions: DEFAULT_REGIONS,
    recordsPerMinute: simulation.benign,
    identitiesPerAccount: 14,
    describeInstancesShare: 0.01,
    sweeps: [sweep],
  };
}
