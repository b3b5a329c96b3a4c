import type { ClientSettings } from '../../lambda/adapters/aws/sdk';
import { UsageError } from '../../lambda/errors';
import { formatInstant } from '../../lambda/util/values';
import { PARTIAL, unlessInterrupted } from '../cli/interruption';
import { type Console, ExitCode } from '../cli/io';
import { formatMany } from '../cli/progress';
import { isS3Uri, parseS3Uri } from '../inputs/model';
import { DEFAULT_REGIONS, REGIONS } from '../synthetic-trail/deliveries';
import type { ExpectedResult } from '../synthetic-trail/expected';
import { accountId, type IdentityKind } from '../synthetic-trail/identities';
import type { SweepSpec } from '../synthetic-trail/sweeps';
import type { Tool } from '../synthetic-trail/tools';
import { generateTrail, type Trail, type TrailSpec } from '../synthetic-trail/trail';
import { type TrailTarget, toFolder, writeTrail } from './write-trail';

/** What is simulated; seconds are UTC epoch. */
interface Simulation {
  /** default: a role if each region has a session, otherwise a user */
  readonly actor?: IdentityKind | undefined;
  readonly regions: number;
  /** seconds from one region to the next */
  readonly pace: number;
  readonly tool: Tool;
  /** share of the regions, 0 to 1 */
  readonly denied: number;
  /** records per minute */
  readonly benign: number;
  readonly straddle?: boolean | undefined;
  readonly sessionPerRegion?: boolean | undefined;
  readonly start?: number | undefined;
  readonly account?: string | undefined;
  readonly seed: string;
}

/** Writes a trail to a folder or an S3 URI, and shows the expected detections. */
export async function simulateTo(
  out: string,
  simulation: Simulation,
  client: ClientSettings,
  console: Console,
): Promise<ExitCode> {
  const trail = generateTrail(specOf(simulation, console.time()), simulation.seed);
  const written = await writeTrail(trail, await targetOf(out, client, console), console.interrupted);
  const isPartial = console.interrupted.aborted;
  const partial = isPartial ? `${PARTIAL}: ` : '';
  console.stderr.write(`${partial}${formatMany(written.length, 'object')} written to ${out}\n`);
  if (isPartial) return ExitCode.Interrupted;
  writeAnswer(trail, simulation, console);
  console.stderr.write(REAL_SWEEP);
  return ExitCode.Ok;
}

/** Sends a trail through a stack's test bucket as a replay, which does not touch live state. */
export async function simulateThrough(
  { stackName, wait }: { readonly stackName: string; readonly wait: boolean },
  simulation: Simulation,
  client: ClientSettings,
  console: Console,
): Promise<ExitCode> {
  const { findDeployed } = await import('../inputs/deployed-stack.js');
  const { DEFAULT_RATE, newReplayId, sendObjects, writeReplayId } = await import('./replay-deployed.js');
  const { followReplay } = await import('./watch-replay.js');
  const trail = generateTrail(specOf(simulation, console.time()), simulation.seed);
  const deployed = await findDeployed(stackName, client, console);
  const startedAt = console.time();
  const replayId = newReplayId(startedAt);
  const target = `s3://${deployed.testBucket}/simulation/${replayId}/`;
  const written = await writeTrail(trail, await targetOf(target, client, console), console.interrupted);
  let sent = 0;
  const logs = written.map((object) => ({ object }));
  await sendObjects(logs, { replayId, rate: DEFAULT_RATE, queue: deployed.queue }, console, async (batch) => {
    sent += batch.length;
  });
  if (console.interrupted.aborted) {
    console.stderr.write(`${PARTIAL}: ${formatMany(sent, 'object')} in ${target} on the queue\n`);
    return ExitCode.Interrupted;
  }
  writeReplayId(replayId, deployed, true, console);
  console.stderr.write(`${formatMany(sent, 'object')} in ${target} and on the queue\n`);
  writeAnswer(trail, simulation, console);
  console.stderr.write(
    'Expect the alert within about a minute if the detector has the default rule.\n' +
      `List it later with: regionsweep alerts --stack ${stackName} --replay ${replayId}\n${REAL_SWEEP}`,
  );
  return wait ? followReplay({ ...deployed, replayId, sent, startedAt }, console) : ExitCode.Ok;
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

/** Why the default rule finds nothing. */
function hintOf({ detections }: ExpectedResult, { actor, straddle, sessionPerRegion }: Simulation): string | undefined {
  if (sessionPerRegion === true) {
    return 'Each region has its own session and so its own ARN: --group-by issuer finds the sweep, --group-by arn does not.';
  }
  if (detections.length > 0) return undefined;
  if (actor === 'aws-service' || actor === 'untyped') {
    return 'A service calling by itself has no identity to alert on: its calls are counted as calls without an identity.';
  }
  if (straddle === true) {
    return 'Half of the sweep lies on either side of a window edge: --windowing sliding finds it.';
  }
  return 'No 30 s window has ten regions: increase --regions or reduce --pace.';
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

const WINDOW_SECONDS = 30;

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
  const edge = wanted - (wanted % WINDOW_SECONDS);
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
