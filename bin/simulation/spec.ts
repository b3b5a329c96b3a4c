import { accountId, type IdentityKind } from '../../generator/identities';
import { DEFAULT_REGIONS, REGIONS } from '../../generator/regions';
import type { SweepSpec } from '../../generator/sweeps';
import type { TrailSpec } from '../../generator/trail';
import { UsageError } from '../../lambda/errors';
import type { SimulateOptions } from '../commands/simulate';

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
    throw new UsageError(
      `--pace ${sweep.pace}: the sweep would take hours; have fewer regions or less time between`,
    );
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
    throw new UsageError(
      `--session-per-region: only a role has sessions; take --actor ${[...ROLES].join(' or ')}`,
    );
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
