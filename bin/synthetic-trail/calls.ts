import type { JsonObject } from '../../lambda/util/values';
import { type Kind, newId, type Resource, type Site } from './inventory';
import type { Random } from './random';

/** The place and time of a call, and the resources there. */
export interface CallSite extends Site {
  /** UTC epoch second */
  readonly second: number;
  readonly requestId: string;
  readonly random: Random;
  /** one of the resources of a kind */
  one<K extends Kind>(kind: K): Resource<K>;
}

/** The content of a record besides identity, time and place. */
interface CallDetails {
  readonly requestParameters: unknown;
  readonly responseElements?: unknown;
  readonly additionalEventData?: JsonObject;
  readonly resources?: readonly JsonObject[];
}

/** A kind of API call, and how it is made and recorded. */
export interface Call {
  /** as in an IAM policy, `ec2` */
  readonly service: string;
  readonly name: string;
  readonly details: Details;
  /** relative frequency in benign traffic */
  readonly weight: number;
  /** a write call, whose record is not `readOnly` */
  readonly writes?: boolean;
  /** recorded in us-east-1 only */
  readonly global?: boolean;
  /** made by AWS services themselves, not by people and programs */
  readonly by?: 'services';
  readonly eventType?: 'AwsConsoleSignIn' | 'AwsServiceEvent';
  /** its records have `=`, `&`, `<`, `>` and `'` as `\u003d` and so on */
  readonly escaped?: boolean;
}

type Details = (site: CallSite) => CallDetails;

/** Only the weight if nothing else is special. */
type Traits = number | Omit<Call, 'service' | 'name' | 'details'>;

/** @param action as in an IAM policy, `ec2:DescribeVpcs` */
function call(action: string, traits: Traits, details: Details): Call {
  const [service, name] = action.split(':') as [string, string];
  return { service, name, ...(typeof traits === 'number' ? { weight: traits } : traits), details };
}

/** A call whose record has only its parameters. */
function ask(action: string, traits: Traits, parameters: JsonObject | null | ((site: CallSite) => unknown)): Call {
  return call(action, traits, (site) => {
    return { requestParameters: typeof parameters === 'function' ? parameters(site) : parameters };
  });
}

/** The rule's call. A trail's spec has its frequency in benign traffic. */
export const DESCRIBE_INSTANCES = ask('ec2:DescribeInstances', 0, ({ random }) =>
  random.pick([
    { instancesSet: {}, filterSet: {} },
    { maxResults: 1000, instancesSet: {}, filterSet: {} },
    { maxResults: 1000, instancesSet: {}, filterSet: filters({ 'instance-state-name': 'running' }) },
  ]),
);

/** Every other call. Some have names similar to the rule's call, some mention it where it does not count. */
export const BENIGN_CALLS: readonly Call[] = [
  ask('ec2:DescribeInstanceStatus', 5, { instancesSet: {}, filterSet: {}, includeAllInstances: false }),
  ask('ec2:DescribeInstanceTypes', 4, ({ random }) => {
    const InstanceType = [{ tag: 1, content: random.pick(['t3.micro', 'm7g.large', 'c6i.xlarge']) }];
    return { DescribeInstanceTypesRequest: { InstanceType, MaxResults: 100 } };
  }),
  ask('ec2:DescribeInstanceAttribute', 2, ({ one }) => {
    return { instanceId: one('i'), attribute: 'disableApiTermination' };
  }),
  ask('ec2:DescribeVolumes', 6, { volumeSet: {}, filterSet: {}, maxResults: 500 }),
  ask('ec2:DescribeVpcs', 5, ({ one }) => ({ vpcSet: { items: [{ vpcId: one('vpc') }] }, filterSet: {} })),
  ask('ec2:DescribeSubnets', 5, ({ one }) => ({ subnetSet: {}, filterSet: filters({ 'vpc-id': one('vpc') }) })),
  ask('ec2:DescribeRouteTables', 6, ({ one }) => {
    return { routeTableIdSet: {}, filterSet: filters({ 'association.main': 'true', 'vpc-id': one('vpc') }) };
  }),
  ask('ec2:DescribeSecurityGroups', 5, ({ one }) => {
    const securityGroupIdSet = { items: [{ groupId: one('sg') }, { groupId: one('sg') }] };
    return { securityGroupSet: {}, securityGroupIdSet, filterSet: {} };
  }),
  ask('ec2:DescribeNetworkInterfaces', 5, ({ one }) => {
    return { networkInterfaceIdSet: {}, filterSet: filters({ 'group-id': one('sg') }) };
  }),
  ask('ec2:DescribeTags', 4, ({ one }) => {
    return { filterSet: filters({ 'resource-id': one('i'), 'resource-type': 'instance' }), maxResults: 1000 };
  }),
  ask('ec2:DescribeImages', 3, ({ one, account, random }) => {
    const items = Array.from({ length: random.integer(1, 9) }, () => ({ imageId: one('ami') }));
    return { executableBySet: {}, imagesSet: { items }, ownersSet: { items: [{ owner: account }] }, filterSet: {} };
  }),
  ask('ec2:DescribeRegions', 2, { regionSet: {}, allRegions: true }),
  call('ec2:RunInstances', { weight: 4, writes: true }, runInstances),
  ask('sts:GetCallerIdentity', 5, null),
  ask('ssm:DescribeInstanceInformation', 4, { maxResults: 50, filters: [] }),
  ask('ssm:GetParameter', 6, ({ random }) => {
    const name = `/service/${random.pick(['billing', 'search', 'mail'])}/credentials-${random.integer(1, 40)}`;
    return { name, withDecryption: true };
  }),
  ask('rds:DescribeDBInstances', 4, { maxRecords: 100, filters: [] }),
  ask('autoscaling:DescribeAutoScalingInstances', 3, { maxRecords: 50 }),
  ask('opsworks:DescribeInstances', 0.4, ({ one }) => ({ stackId: one('stack') })),
  ask('logs:DescribeLogStreams', 4, ({ one }) => {
    const logGroupName = `/aws/lambda/${one('function')}`;
    return { logGroupName, orderBy: 'LastEventTime', descending: true, limit: 50 };
  }),
  ask('monitoring:DescribeAlarms', 3, { maxRecords: 100, alarmTypes: ['MetricAlarm'] }),
  ask('cloudtrail:LookupEvents', 1.5, ({ second, random }) => {
    const attributeValue = random.pick(['DescribeInstances', 'ConsoleLogin', 'AssumeRole']);
    const lookupAttributes = [{ attributeKey: 'EventName', attributeValue }];
    return { lookupAttributes, startTime: second - 86_400, maxResults: 50 };
  }),
  ask('lambda:GetFunction20150331v2', 3, ({ one }) => ({ functionName: one('function') })),
  ask('elasticloadbalancing:DescribeTargetHealth', { weight: 4, escaped: true }, ({ one }) => {
    const { arn, marker } = one('target group');
    return { targetGroupArn: arn, marker };
  }),
  ask('iam:ListAttachedRolePolicies', { weight: 8, global: true }, ({ one }) => ({ roleName: one('role').name })),
  ask('iam:GetUser', { weight: 4, global: true }, null),
  call('s3:GetBucketAcl', 5, bucket('acl')),
  call('s3:GetBucketPublicAccessBlock', 3, bucket('publicAccessBlock')),
  call('kms:Decrypt', 8, decrypt),
  call('kms:GenerateDataKey', 4, decrypt),
  call('s3:GetBucketAcl', { weight: 6, by: 'services' }, bucket('acl')),
  call('kms:GenerateDataKey', { weight: 6, by: 'services' }, decrypt),
  ask('monitoring:PutMetricAlarm', { weight: 1, writes: true }, ({ one, random }) => ({
    alarmName: one('alarm'),
    threshold: random.integer(10, 180) / 2,
    comparisonOperator: 'GreaterThanThreshold',
    evaluationPeriods: 3,
    dimensions: [{ name: 'InstanceId', value: one('i') }],
    insufficientDataActions: [],
  })),
  call(
    'signin:ConsoleLogin',
    { weight: 0.6, writes: true, global: true, eventType: 'AwsConsoleSignIn', escaped: true },
    consoleLogin,
  ),
  ask('iam:CreatePolicy', { weight: 1, writes: true, global: true }, ({ one, random }) => ({
    policyName: `inventory-${random.hex(6)}`,
    description: `Read access for "inventory" & 'audit'`,
    policyDocument: one('policy document'),
  })),
  ask('iam:PutRolePolicy', { weight: 1, writes: true, global: true }, ({ one }) => {
    return { roleName: one('role').name, policyName: 'inline', policyDocument: one('policy document') };
  }),
  ask('iam:SimulatePrincipalPolicy', { weight: 0.3, global: true }, ({ one, account }) => ({
    policySourceArn: `arn:aws:iam::${account}:user/${one('user')}`,
    actionNames: ['ec2:DescribeInstances', 'ec2:RunInstances'],
  })),
  call('sts:AssumeRole', { weight: 14, by: 'services' }, assumeRole),
  call(
    'kms:RotateKey',
    { weight: 1, writes: true, by: 'services', eventType: 'AwsServiceEvent' },
    ({ one, account }) => ({ requestParameters: null, resources: [resource(account, 'KMS::Key', one('key'))] }),
  ),
  // Not everyday calls: only in sweeps that name them.
  ask('iam:ListUsers', { weight: 0, global: true }, null),
  ask('iam:CreateAccessKey', { weight: 0, writes: true, global: true }, ({ one }) => ({ userName: one('user') })),
  ask('secretsmanager:GetSecretValue', { weight: 0 }, { secretId: 'prod/billing/database' }),
  ask('cloudtrail:StopLogging', { weight: 0, writes: true }, { name: 'organization' }),
  ask('ec2:CreateSnapshot', { weight: 0, writes: true }, ({ random }) => ({ volumeId: `vol-0${random.hex(16)}` })),
  ask('ec2:StopInstances', { weight: 0, writes: true }, ({ one }) => {
    return { instancesSet: { items: [{ instanceId: one('i') }] }, force: false };
  }),
];

/**
 * A call by its name.
 * @param name as `DescribeInstances`; where services share a name, the EC2 one
 * @throws RangeError for an unknown name
 */
export function callNamed(name: string): Call {
  const found = [DESCRIBE_INSTANCES, ...BENIGN_CALLS].find((each) => each.name === name);
  if (found === undefined) throw new RangeError(`no call is named ${name}`);
  return found;
}

/** EC2's filter set from values by name. */
function filters(values: Readonly<Record<string, string>>) {
  return { items: Object.entries(values).map(([name, value]) => ({ name, valueSet: { items: [{ value }] } })) };
}

function resource(account: string, type: 'IAM::Role' | 'KMS::Key' | 'S3::Bucket', arn: string): JsonObject {
  return { accountId: account, type: `AWS::${type}`, ARN: arn };
}

/** A long record: the response repeats every started instance. */
function runInstances({ one, second, region, account, requestId, random }: CallSite): CallDetails {
  const count = 1 + Math.floor(random.small() * 4);
  const imageId = one('ami');
  const subnetId = one('subnet');
  const instance = () => ({
    instanceId: newId('i', random),
    imageId,
    instanceState: { code: 0, name: 'pending' },
    instanceType: 't3.medium',
    launchTime: second * 1000,
    placement: { availabilityZone: `${region}a`, tenancy: 'default' },
    monitoring: { state: 'disabled' },
    subnetId,
    privateIpAddress: `10.0.${random.integer(0, 15)}.${random.integer(4, 250)}`,
    stateReason: { code: 'pending', message: 'pending' },
    architecture: 'x86_64',
    rootDeviceType: 'ebs',
    rootDeviceName: '/dev/xvda',
    blockDeviceMapping: {},
    virtualizationType: 'hvm',
    hypervisor: 'xen',
    groupSet: { items: [{ groupId: one('sg'), groupName: 'workers' }] },
    sourceDestCheck: true,
    ebsOptimized: false,
    cpuOptions: { coreCount: 1, threadsPerCore: 2 },
  });
  return {
    requestParameters: {
      instancesSet: { items: [{ imageId, minCount: 1, maxCount: count }] },
      instanceType: 't3.medium',
      blockDeviceMapping: {},
      monitoring: { enabled: false },
      clientToken: random.uuid(),
    },
    responseElements: {
      requestId,
      reservationId: newId('r', random),
      ownerId: account,
      groupSet: {},
      instancesSet: { items: Array.from({ length: count }, instance) },
    },
  };
}

function bucket(aspect: string): Details {
  return ({ account, region, random }) => {
    const bucketName = `data-${account}-${random.pick(['logs', 'media', 'backup'])}`;
    return {
      requestParameters: { bucketName, Host: `${bucketName}.s3.${region}.amazonaws.com`, [aspect]: '' },
      additionalEventData: {
        SignatureVersion: 'SigV4',
        CipherSuite: 'TLS_AES_128_GCM_SHA256',
        bytesTransferredIn: 0,
        AuthenticationMethod: 'AuthHeader',
        'x-amz-id-2': `${random.alphanumeric(75)}=`,
        bytesTransferredOut: random.integer(120, 900),
      },
      resources: [resource(account, 'S3::Bucket', `arn:aws:s3:::${bucketName}`)],
    };
  };
}

function decrypt({ one, account }: CallSite): CallDetails {
  const { arn, version, key } = one('secret');
  const encryptionContext = { SecretARN: arn, SecretVersionId: version };
  return {
    requestParameters: { encryptionContext, encryptionAlgorithm: 'SYMMETRIC_DEFAULT' },
    resources: [resource(account, 'KMS::Key', key)],
  };
}

function consoleLogin({ random }: CallSite): CallDetails {
  const console = 'https://console.aws.amazon.com/console/home?hashArgs=%23&isauthcode=true&state=';
  return {
    requestParameters: null,
    responseElements: { ConsoleLogin: 'Success' },
    additionalEventData: { LoginTo: `${console}${random.hex(24)}`, MobileVersion: 'No', MFAUsed: 'Yes' },
  };
}

function assumeRole({ one, account, random }: CallSite): CallDetails {
  const role = one('role');
  const session = one('i');
  const arn = `arn:aws:iam::${account}:role/service-role/${role.name}`;
  return {
    requestParameters: { roleArn: arn, roleSessionName: session, durationSeconds: 3600 },
    responseElements: {
      credentials: { accessKeyId: `ASIA${random.base32(9)}EXAMPLE`, sessionToken: random.alphanumeric(500) },
      assumedRoleUser: {
        assumedRoleId: `${role.id}:${session}`,
        arn: `arn:aws:sts::${account}:assumed-role/${role.name}/${session}`,
      },
    },
    resources: [resource(account, 'IAM::Role', arn)],
  };
}
