import type { Call, CallSite } from './calls';
import type { Json } from './json';
import type { Random } from './random';

const ACTIONS: readonly string[] = [
  'ec2:DescribeInstances',
  'ec2:DescribeRegions',
  'ec2:DescribeSnapshots',
  'ec2:DescribeInstanceStatus',
  's3:ListAllMyBuckets',
  's3:GetBucketLocation',
  'iam:ListUsers',
  'rds:DescribeDBInstances',
  'logs:CreateLogStream',
  'logs:PutLogEvents',
];

/** Calls whose parameters are policy documents: text in JSON in text, and it names the call that is looked for. */
export const POLICY_CALLS: readonly Call[] = [
  policyCall('CreatePolicy', 0.6, (_, random) => ({
    policyName: `inventory-${random.hex(6)}`,
    description: `Read access for "inventory" & 'audit'`,
    policyDocument: policyDocument(random),
  })),
  policyCall('PutRolePolicy', 0.6, (_, random) => ({
    roleName: `inventory-${random.hex(6)}`,
    policyName: 'inline',
    policyDocument: policyDocument(random),
  })),
  policyCall('SimulatePrincipalPolicy', 0.3, (site, random) => ({
    policySourceArn: `arn:aws:iam::${site.account}:user/inventory-${random.hex(4)}`,
    actionNames: ['ec2:DescribeInstances', 'ec2:RunInstances'],
  })),
];

function policyCall(
  name: string,
  weight: number,
  parameters: (site: CallSite, random: Random) => Json,
): Call {
  return {
    source: 'iam.amazonaws.com',
    name,
    readOnly: name === 'SimulatePrincipalPolicy',
    weight,
    global: true,
    details: (site, random) => ({ requestParameters: parameters(site, random), responseElements: null }),
  };
}

function policyDocument(random: Random): string {
  const statement = (): Json => ({
    Effect: 'Allow',
    Action: [ACTIONS[0]!, ...random.shuffle(ACTIONS.slice(1)).slice(0, random.integer(1, 6))],
    Resource: '*',
    Condition: { StringEquals: { 'aws:RequestedRegion': ['us-east-1', 'eu-west-1'] } },
  });
  // AWS keeps the document as it was sent, and most are sent pretty-printed.
  return JSON.stringify(
    { Version: '2012-10-17', Statement: Array.from({ length: random.integer(1, 4) }, statement) },
    null,
    random.pick([0, 2, 4]),
  );
}
