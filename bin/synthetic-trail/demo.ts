import { DEFAULT_REGIONS } from './deliveries';
import { accountId } from './identities';
import type { SweepSpec } from './sweeps';
import type { TrailSpec } from './trail';

/** The demo's seed: with it the demo's figures are the same everywhere. */
export const DEMO_SEED = 'regionsweep-demo';

/** The demo's first second, 2026-11-24T04:00:00Z. */
export const DEMO_START = 1_795_492_800;

const ACCOUNT = accountId(0);

const MINUTE = 60;

/**
 * An hour of one account: one sweep, and beside it everything that comes close to one.
 * @param start epoch second; brought down to a whole five minutes, because the near misses sit at window edges
 */
export function demoTrail(start: number = DEMO_START): TrailSpec {
  const from = start - (start % (5 * MINUTE));
  return {
    start: from,
    seconds: 60 * MINUTE,
    accounts: [ACCOUNT],
    regions: DEFAULT_REGIONS,
    recordsPerMinute: 90,
    identitiesPerAccount: 14,
    describeInstancesShare: 0.01,
    sweeps: [theSweep(from + 24 * MINUTE), ...nearMisses(from)],
  };
}

/** Seventeen regions in twelve seconds with a long-lived key, a third of them refused. */
function theSweep(window: number): SweepSpec {
  return {
    account: ACCOUNT,
    actor: 'iam-user',
    name: 'ci-deploy',
    tool: 'boto3',
    regions: DEFAULT_REGIONS,
    start: window + 5,
    pace: 0.75,
    deniedShare: 0.3,
    preamble: true,
  };
}

/** What must not be a hit in windows of thirty seconds; each says why. */
function nearMisses(from: number): SweepSpec[] {
  const rounds = [...DEFAULT_REGIONS, ...DEFAULT_REGIONS, ...DEFAULT_REGIONS];
  const common = { account: ACCOUNT, regions: DEFAULT_REGIONS, pace: 0.75 };
  return [
    // One region short.
    { ...common, actor: 'iam-user', name: 'erin', tool: 'aws-cli', regions: 9, start: from + 8 * MINUTE + 4 },
    // Ten regions in ten seconds, five on either side of a window's edge: sliding windows find it.
    {
      ...common,
      actor: 'iam-user',
      name: 'frank',
      tool: 'boto3',
      regions: 10,
      start: from + 15 * MINUTE,
      pace: 1,
      beforeStart: 5,
    },
    // Every region, a minute apart, three times over.
    {
      ...common,
      actor: 'assumed-role',
      name: 'monitoring',
      tool: 'sdk-go',
      regions: rounds,
      start: from + 90,
      pace: MINUTE,
    },
    // Names the call in a policy document only.
    {
      ...common,
      actor: 'iam-user',
      name: 'grace',
      tool: 'terraform',
      regions: ['us-east-1'],
      start: from + 31 * MINUTE,
      call: 'PutRolePolicy',
    },
    // An AWS service by itself: nobody to attribute it to.
    {
      ...common,
      actor: 'aws-service',
      name: 'autoscaling',
      tool: 'aws-service',
      start: from + 38 * MINUTE + 3,
    },
    // A session per region, so an ARN per region: grouping by the role finds it.
    {
      ...common,
      actor: 'assumed-role',
      name: 'inventory-export',
      tool: 'prowler',
      start: from + 46 * MINUTE + 6,
      sessions: 'per-region',
    },
    // Every region at once, but another call.
    {
      ...common,
      actor: 'assumed-role',
      name: 'backup',
      tool: 'boto3',
      start: from + 52 * MINUTE + 2,
      call: 'DescribeVolumes',
    },
  ];
}
