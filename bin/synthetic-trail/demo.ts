import { DEFAULT_REGIONS } from './deliveries';
import { accountId } from './identities';
import type { TrailSpec } from './trail';

/** With this seed the demo has the same bytes everywhere. */
export const DEMO_SEED = 'regionsweep-demo';

/** The demo's first second, 2026-11-24T04:00:00Z. */
export const DEMO_START = 1_795_492_800;

const ACCOUNT = accountId(0);

const MINUTE = 60;

/** An hour of one account with one sweep and every kind of near miss. */
export function demoTrail(): TrailSpec {
  const at = (minute: number, second: number) => DEMO_START + minute * MINUTE + second;
  const common = { account: ACCOUNT, regions: DEFAULT_REGIONS, pace: 0.75 };
  const user = { ...common, actor: 'iam-user' } as const;
  const role = { ...common, actor: 'assumed-role' } as const;
  return {
    start: DEMO_START,
    seconds: 60 * MINUTE,
    accounts: [ACCOUNT],
    regions: DEFAULT_REGIONS,
    recordsPerMinute: 90,
    identitiesPerAccount: 14,
    describeInstancesShare: 0.01,
    sweeps: [
      // The sweep: seventeen regions in twelve seconds with a long-lived key, a third of them refused.
      { ...user, name: 'ci-deploy', tool: 'boto3', start: at(24, 5), deniedShare: 0.3, preamble: true },
      // One region short.
      { ...user, name: 'erin', tool: 'aws-cli', regions: 9, start: at(8, 4) },
      // Ten regions in ten seconds, five on either side of a window's edge: sliding windows find it.
      { ...user, name: 'frank', tool: 'boto3', regions: 10, start: at(15, 0), pace: 1, beforeStart: 5 },
      // Every region, a minute apart, three times over.
      {
        ...role,
        name: 'monitoring',
        tool: 'sdk-go',
        regions: [...DEFAULT_REGIONS, ...DEFAULT_REGIONS, ...DEFAULT_REGIONS],
        start: at(1, 30),
        pace: MINUTE,
      },
      // Names the call in a policy document only.
      { ...user, name: 'grace', tool: 'terraform', regions: ['us-east-1'], start: at(31, 0), call: 'PutRolePolicy' },
      // An AWS service calling for itself: an unattributed call.
      { ...common, actor: 'aws-service', name: 'autoscaling', tool: 'aws-service', start: at(38, 3) },
      // A session per region, so an ARN per region: grouping by the role finds it.
      { ...role, name: 'inventory-export', tool: 'prowler', start: at(46, 6), sessions: 'per-region' },
      // Every region at once, but another call.
      { ...role, name: 'backup', tool: 'boto3', start: at(52, 2), call: 'DescribeVolumes' },
    ],
  };
}
