import type { Call, CallSite } from './calls';
import type { Kind } from './inventory';
import type { Json } from './json';
import type { Random } from './random';
import { ROLES, USERS } from './resources';

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

/** The same documents are put again and again, whether they have changed or not. */
const DOCUMENTS: Kind<string> = { name: 'policy document', count: 8, global: true, make: policyDocument };

/** Calls whose parameters are policy documents: text in JSON in text, and it names the call that is looked for. */
export const POLICY_CALLS: readonly Call[] = [
  policyCall('CreatePolicy', 1, (site, random) => ({
    policyName: `inventory-${random.hex(6)}`,
    description: `Read access for "inventory" & 'audit'`,
    policyDocument: site.one(DOCUMENTS),
  })),
  policyCall('PutRolePolicy', 1, (site) => ({
    roleName: site.one(ROLES).name,
    policyName: 'inline',
    policyDocument: site.one(DOCUMENTS),
  })),
  policyCall('SimulatePrincipalPolicy', 0.3, (site) => ({
    policySourceArn: `arn:aws:iam::${site.account}:user/${site.one(USERS)}`,
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
