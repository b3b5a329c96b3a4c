import { DEFAULT_REGIONS } from '../../bin/synthetic-trail/deliveries';
import { accountId, type IdentityKind } from '../../bin/synthetic-trail/identities';
import type { SweepSpec } from '../../bin/synthetic-trail/sweeps';
import type { Tool } from '../../bin/synthetic-trail/tools';
import type { TrailSpec } from '../../bin/synthetic-trail/trail';

const ACCOUNTS = [0, 1, 2, 3, 4].map(accountId);

/** Organisation id of the corpus: `o-` and ten letters and digits. */
const ORGANIZATION = 'o-exampleorg';

const RECORDS_PER_MINUTE = 80;

/** Measured: megabytes of JSON per hour of this spec. */
const MEGABYTES_PER_HOUR = 43;

const HOUR = 3600;

/** Sweeps begin at the same places of their windows, however far apart they are. */
const WINDOW = 30;

/** Who sweeps, in turn; the last kind has no identity that a detection could name. */
const SWEEPERS: readonly (readonly [IdentityKind, Tool])[] = [
  ['iam-user', 'boto3'],
  ['console-session', 'console'],
  ['assumed-role', 'prowler'],
  ['cross-account-role', 'terraform'],
  ['federated-user', 'aws-cli'],
  ['root', 'console'],
  ['iam-user', 'scoutsuite'],
  ['aws-account', 'sdk-go'],
  ['aws-service', 'aws-service'],
];

/** From one sweep to the next: four an hour or one in ten megabytes, whichever is less. */
function usualPause(busyness: number): number {
  return Math.ceil(HOUR / 4 / Math.min(busyness, 1) / WINDOW) * WINDOW;
}

/**
 * The trail of an organisation of some size, for measuring: everyday traffic, and sweeps of 8 to 17 regions at several
 * paces.
 * @param megabytes about how much JSON it comes to, 10 times the busyness or more
 * @param start epoch second; brought down to a whole hour
 * @param busyness traffic of a busier organisation, 2 for twice the usual: its objects are larger, its hours fewer
 * @param pause seconds from one sweep to the next, a multiple of the window
 */
export function corpusTrail(megabytes: number, start: number, busyness = 1, pause = usualPause(busyness)): TrailSpec {
  const from = start - (start % HOUR);
  const seconds = Math.ceil((megabytes / (MEGABYTES_PER_HOUR * busyness)) * HOUR);
  const sweeps: SweepSpec[] = [];
  for (let second = 200; second + 100 < seconds; second += pause) {
    sweeps.push(sweepAt(from + second, sweeps.length));
  }
  return {
    start: from,
    seconds,
    accounts: ACCOUNTS,
    regions: DEFAULT_REGIONS,
    recordsPerMinute: RECORDS_PER_MINUTE * busyness,
    identitiesPerAccount: 28,
    describeInstancesShare: 0.01,
    sweeps,
    organization: ORGANIZATION,
  };
}

/** The index-th sweep; its figures go round at lengths without a common divisor, so that all mixtures come. */
function sweepAt(start: number, index: number): SweepSpec {
  const [actor, tool] = SWEEPERS[index % SWEEPERS.length]!;
  return {
    account: ACCOUNTS[index % ACCOUNTS.length]!,
    actor,
    tool,
    name: actor === 'aws-service' ? 'autoscaling' : `sweeper-${index % 7}`,
    // The first are detections, so that a small corpus has one as well.
    regions: 8 + ((index + 6) % 10),
    // 200 s into the hour is 20 s into a window.
    start: start - 20 + (index % 4) * 5,
    pace: [0, 0.5, 1, 2, 5][index % 5]!,
    jitter: index % 3,
    callsPerRegion: 1 + (index % 2),
    deniedShare: (index % 4) / 4,
    refusal: index % 3 === 0 ? 'throttled' : 'denied',
    preamble: index % 2 === 0,
  };
}
