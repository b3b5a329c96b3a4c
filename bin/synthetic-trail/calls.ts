import { Random } from './random';

/** The other calls of EC2; several have names close to the one that is looked for. */
export const EC2_CALLS: readonly Call[] = [
  describe('DescribeInstanceStatus', 5, () => ({
    instancesSet: {},
    filterSet: {},
    includeAllInstances: false,
  })),
  describe('DescribeInstanceTypes', 4, (_, random) => ({
    DescribeInstanceTypesRequest: {
      InstanceType: [{ tag: 1, content: random.pick(['t3.micro', 'm7g.large', 'c6i.xlarge']) }],
      MaxResults: 100,
    },
  })),
  describe('DescribeInstanceAttribute', 2, (site) => ({
    instanceId: site.one(INSTANCES),
    attribute: 'disableApiTermination',
  })),
  describe('DescribeVolumes', 6, () => ({ volumeSet: {}, filterSet: {}, maxResults: 500 })),
  describe('DescribeVpcs', 5, (site) => ({
    vpcSet: { items: [{ vpcId: site.one(VPCS) }] },
    filterSet: {},
  })),
  describe('DescribeSubnets', 5, (site) => ({
    subnetSet: {},
    filterSet: filters('vpc-id', site.one(VPCS)),
  })),
  describe('DescribeRouteTables', 6, (site) => ({
    routeTableIdSet: {},
    filterSet: filters('association.main', 'true', 'vpc-id', site.one(VPCS)),
  })),
  describe('DescribeSecurityGroups', 5, (site) => ({
    securityGroupSet: {},
    securityGroupIdSet: {
      items: [{ groupId: site.one(SECURITY_GROUPS) }, { groupId: site.one(SECURITY_GROUPS) }],
    },
    filterSet: {},
  })),
  describe('DescribeNetworkInterfaces', 5, (site) => ({
    networkInterfaceIdSet: {},
    filterSet: filters('group-id', site.one(SECURITY_GROUPS)),
  })),
  describe('DescribeTags', 4, (site) => ({
    filterSet: filters('resource-id', site.one(INSTANCES), 'resource-type', 'instance'),
    maxResults: 1000,
  })),
  describe('DescribeImages', 3, (site, random) => ({
    executableBySet: {},
    imagesSet: {
      items: Array.from({ length: random.integer(1, 9) }, () => ({ imageId: site.one(IMAGES) })),
    },
    ownersSet: { items: [{ owner: site.account }] },
    filterSet: {},
  })),
  describe('DescribeRegions', 2, () => ({ regionSet: {}, allRegions: true })),
  {
    source: 'ec2.amazonaws.com',
    name: 'RunInstances',
    readOnly: false,
    weight: 4,
    details: runInstances,
  },
];

function describe(name: string, weight: number, parameters: (site: CallSite, random: Random) => Json): Call {
  return {
    source: 'ec2.amazonaws.com',
    name,
    readOnly: true,
    weight,
    details: (site, random) => ({ requestParameters: parameters(site, random) }),
  };
}

/** EC2's filter set from names and values in turn. */
function filters(...namesAndValues: readonly string[]): Json {
  const items: Json[] = [];
  for (let index = 0; index < namesAndValues.length; index += 2) {
    items.push({
      name: namesAndValues[index]!,
      valueSet: { items: [{ value: namesAndValues[index + 1]! }] },
    });
  }
  return { items };
}

/** The long kind of record: the response repeats every instance that was started. */
function runInstances(site: CallSite, random: Random): CallDetails {
  const count = 1 + Math.floor(random.small() * 4);
  const imageId = site.one(IMAGES);
  const subnetId = site.one(SUBNETS);
  const instance = (): Json => ({
    instanceId: newId('i', random),
    imageId,
    instanceState: { code: 0, name: 'pending' },
    instanceType: 't3.medium',
    launchTime: site.second * 1000,
    placement: { availabilityZone: `${site.region}a`, tenancy: 'default' },
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
    groupSet: { items: [{ groupId: site.one(SECURITY_GROUPS), groupName: 'workers' }] },
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
      requestId: site.requestId,
      reservationId: newId('r', random),
      ownerId: site.account,
      groupSet: {},
      instancesSet: { items: Array.from({ length: count }, instance) },
    },
  };
}

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

function policyCall(name: string, weight: number, parameters: (site: CallSite, random: Random) => Json): Call {
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

/** Calls that AWS services make by themselves, with no principal of the account behind them. */
export const SERVICE_OWN_CALLS: readonly Call[] = [
  {
    source: 'sts.amazonaws.com',
    name: 'AssumeRole',
    readOnly: true,
    weight: 14,
    by: 'services',
    details: (site, random) => {
      const role = site.one(ROLES);
      const session = site.one(INSTANCES);
      const arn = `arn:aws:iam::${site.account}:role/service-role/${role.name}`;
      return {
        requestParameters: { roleArn: arn, roleSessionName: session, durationSeconds: 3600 },
        responseElements: {
          credentials: {
            accessKeyId: `ASIA${random.base32(9)}EXAMPLE`,
            sessionToken: random.alphanumeric(500),
          },
          assumedRoleUser: {
            assumedRoleId: `${role.id}:${session}`,
            arn: `arn:aws:sts::${site.account}:assumed-role/${role.name}/${session}`,
          },
        },
        resources: [{ accountId: site.account, type: 'AWS::IAM::Role', ARN: arn }],
      };
    },
  },
  {
    source: 'kms.amazonaws.com',
    name: 'RotateKey',
    readOnly: false,
    weight: 1,
    by: 'services',
    eventType: 'AwsServiceEvent',
    details: (site) => ({
      requestParameters: null,
      resources: [{ accountId: site.account, type: 'AWS::KMS::Key', ARN: site.one(KEYS) }],
    }),
  },
];

/** Calls of services other than EC2; a few carry the name that is looked for where it does not count. */
export const SERVICE_CALLS: readonly Call[] = [
  read('sts', 'GetCallerIdentity', 5, () => null),
  read('ssm', 'DescribeInstanceInformation', 4, () => ({ maxResults: 50, filters: [] })),
  read('ssm', 'GetParameter', 6, (_, random) => ({
    name: `/service/${random.pick(['billing', 'search', 'mail'])}/credentials-${random.integer(1, 40)}`,
    withDecryption: true,
  })),
  read('rds', 'DescribeDBInstances', 4, () => ({ maxRecords: 100, filters: [] })),
  read('autoscaling', 'DescribeAutoScalingInstances', 3, () => ({ maxRecords: 50 })),
  read('opsworks', 'DescribeInstances', 0.4, (site) => ({ stackId: site.one(STACKS) })),
  read('logs', 'DescribeLogStreams', 4, (site) => ({
    logGroupName: `/aws/lambda/${site.one(FUNCTIONS)}`,
    orderBy: 'LastEventTime',
    descending: true,
    limit: 50,
  })),
  read('monitoring', 'DescribeAlarms', 3, () => ({ maxRecords: 100, alarmTypes: ['MetricAlarm'] })),
  read('cloudtrail', 'LookupEvents', 1.5, (site, random) => ({
    lookupAttributes: [
      {
        attributeKey: 'EventName',
        attributeValue: random.pick(['DescribeInstances', 'ConsoleLogin', 'AssumeRole']),
      },
    ],
    startTime: site.second - 86_400,
    maxResults: 50,
  })),
  read('lambda', 'GetFunction20150331v2', 3, (site) => ({ functionName: site.one(FUNCTIONS) })),
  {
    ...read('elasticloadbalancing', 'DescribeTargetHealth', 4, (site) => {
      const { arn, marker } = site.one(TARGET_GROUPS);
      return { targetGroupArn: arn, marker };
    }),
    escaped: true,
  },
  {
    ...read('iam', 'ListAttachedRolePolicies', 8, (site) => ({ roleName: site.one(ROLES).name })),
    global: true,
  },
  { ...read('iam', 'GetUser', 4, () => null), global: true },
  bucket('GetBucketAcl', 'acl', 5),
  bucket('GetBucketPublicAccessBlock', 'publicAccessBlock', 3),
  kms('Decrypt', 8),
  kms('GenerateDataKey', 4),
  { ...bucket('GetBucketAcl', 'acl', 6), by: 'services' },
  { ...kms('GenerateDataKey', 6), by: 'services' },
  {
    source: 'monitoring.amazonaws.com',
    name: 'PutMetricAlarm',
    readOnly: false,
    weight: 1,
    details: (site, random) => ({
      requestParameters: {
        alarmName: site.one(ALARMS),
        threshold: random.integer(10, 180) / 2,
        comparisonOperator: 'GreaterThanThreshold',
        evaluationPeriods: 3,
        dimensions: [{ name: 'InstanceId', value: site.one(INSTANCES) }],
        insufficientDataActions: [],
      },
      responseElements: null,
    }),
  },
  {
    source: 'signin.amazonaws.com',
    name: 'ConsoleLogin',
    readOnly: false,
    weight: 0.6,
    global: true,
    eventType: 'AwsConsoleSignIn',
    escaped: true,
    details: (_, random) => ({
      requestParameters: null,
      responseElements: { ConsoleLogin: 'Success' },
      additionalEventData: {
        LoginTo: `https://console.aws.amazon.com/console/home?hashArgs=%23&isauthcode=true&state=${random.hex(24)}`,
        MobileVersion: 'No',
        MFAUsed: 'Yes',
      },
    }),
  },
  ...POLICY_CALLS,
  ...SERVICE_OWN_CALLS,
];

function read(
  service: string,
  name: string,
  weight: number,
  parameters: (site: CallSite, random: Random) => Json,
): Call {
  return {
    source: `${service}.amazonaws.com`,
    name,
    readOnly: true,
    weight,
    details: (site, random) => ({ requestParameters: parameters(site, random) }),
  };
}

function bucket(name: string, aspect: string, weight: number): Call {
  return {
    source: 's3.amazonaws.com',
    name,
    readOnly: true,
    weight,
    details: (site, random) => {
      const bucketName = `data-${site.account}-${random.pick(['logs', 'media', 'backup'])}`;
      return {
        requestParameters: {
          bucketName,
          Host: `${bucketName}.s3.${site.region}.amazonaws.com`,
          [aspect]: '',
        },
        additionalEventData: {
          SignatureVersion: 'SigV4',
          CipherSuite: 'TLS_AES_128_GCM_SHA256',
          bytesTransferredIn: 0,
          AuthenticationMethod: 'AuthHeader',
          'x-amz-id-2': `${random.alphanumeric(75)}=`,
          bytesTransferredOut: random.integer(120, 900),
        },
        resources: [
          { accountId: site.account, type: 'AWS::S3::Bucket', ARN: `arn:aws:s3:::${bucketName}` },
        ] satisfies readonly JsonObject[],
      };
    },
  };
}

function kms(name: string, weight: number): Call {
  return {
    source: 'kms.amazonaws.com',
    name,
    readOnly: true,
    weight,
    details: (site) => {
      const { arn, version, key } = site.one(SECRETS);
      return {
        requestParameters: {
          encryptionContext: { SecretARN: arn, SecretVersionId: version },
          encryptionAlgorithm: 'SYMMETRIC_DEFAULT',
        },
        resources: [{ accountId: site.account, type: 'AWS::KMS::Key', ARN: key }],
      };
    },
  };
}

/** Where and when a call is made, and what there is to ask for. */
export interface CallSite extends Site {
  /** Epoch second. */
  readonly second: number;
  readonly requestId: string;
  /** One of the things of a kind that are there. */
  one<T>(kind: Kind<T>): T;
}

/** What one call's record carries beside who, when and where. */
export interface CallDetails {
  readonly requestParameters: Json;
  readonly responseElements?: Json;
  readonly additionalEventData?: JsonObject;
  readonly resources?: readonly JsonObject[];
}

/** A kind of API call. */
export interface Call {
  /** As `ec2.amazonaws.com`. */
  readonly source: string;
  readonly name: string;
  readonly readOnly: boolean;
  /** How often benign traffic makes it, against the others. */
  readonly weight: number;
  /** `global` calls are recorded in us-east-1 only. */
  readonly global?: boolean;
  /** Who makes it: people and programs when absent, or AWS services by themselves. */
  readonly by?: 'services';
  readonly eventType?: 'AwsConsoleSignIn' | 'AwsServiceEvent';
  /** The writer of this record escapes `=`, `&`, `<`, `>` and `'` as `\u003d` and so on. */
  readonly escaped?: boolean;
  details(site: CallSite, random: Random): CallDetails;
}

/** The call the rule is about; benign traffic makes it as often as a trail's spec says, so it has no weight here. */
export const DESCRIBE_INSTANCES: Call = {
  source: 'ec2.amazonaws.com',
  name: 'DescribeInstances',
  readOnly: true,
  weight: 0,
  details: (_, random) => ({ requestParameters: random.pick(DESCRIBE_INSTANCES_PARAMETERS) }),
};

const DESCRIBE_INSTANCES_PARAMETERS: readonly Json[] = [
  { instancesSet: {}, filterSet: {} },
  { maxResults: 1000, instancesSet: {}, filterSet: {} },
  {
    maxResults: 1000,
    instancesSet: {},
    filterSet: { items: [{ name: 'instance-state-name', valueSet: { items: [{ value: 'running' }] } }] },
  },
];

/** Every other call of the catalogue. */
export const BENIGN_CALLS: readonly Call[] = [...EC2_CALLS, ...SERVICE_CALLS];

/**
 * A call by its name.
 * @param name as `DescribeInstances`; where services share a name, the EC2 one
 * @throws RangeError when the catalogue has none of that name
 */
export function callNamed(name: string): Call {
  const found = [DESCRIBE_INSTANCES, ...BENIGN_CALLS].find((call) => call.name === name);
  if (found === undefined) throw new RangeError(`the catalogue of calls has no ${name}`);
  return found;
}

/** An account and a region: what CloudTrail writes objects for. */
export interface Site {
  readonly account: string;
  readonly region: string;
}

export const INSTANCES = ids('i', 60);

export const VPCS = ids('vpc', 3);

export const SUBNETS = ids('subnet', 12);

export const SECURITY_GROUPS = ids('sg', 30);

export const IMAGES = ids('ami', 15);

/** Names of functions. */
export const FUNCTIONS: Kind<string> = {
  name: 'function',
  count: 30,
  make: (random) => `worker-${random.hex(8)}`,
};

/** Names of CloudWatch alarms. */
export const ALARMS: Kind<string> = { name: 'alarm', count: 30, make: (random) => `cpu-${random.hex(6)}` };

/** Ids of OpsWorks stacks. */
export const STACKS: Kind<string> = { name: 'stack', count: 2, make: (random) => random.uuid() };

/** Names of users that only policies are about. */
export const USERS: Kind<string> = {
  name: 'user',
  count: 6,
  global: true,
  make: (random) => `inventory-${random.hex(4)}`,
};

export interface Role {
  readonly name: string;
  /** `AROA…` */
  readonly id: string;
}

export const ROLES: Kind<Role> = {
  name: 'role',
  count: 40,
  global: true,
  make: (random) => ({ name: `worker-${random.hex(6)}`, id: `AROA${random.base32(10)}EXAMPLE` }),
};

/** ARNs of KMS keys. */
export const KEYS: Kind<string> = {
  name: 'key',
  count: 8,
  make: (random, { account, region }) => `arn:aws:kms:${region}:${account}:key/${random.uuid()}`,
};

export interface Secret {
  readonly arn: string;
  readonly version: string;
  /** ARN of the KMS key it is encrypted with. */
  readonly key: string;
}

export const SECRETS: Kind<Secret> = {
  name: 'secret',
  count: 30,
  make: (random, inventory) => {
    const { account, region } = inventory;
    return {
      arn: `arn:aws:secretsmanager:${region}:${account}:secret:app-${random.alphanumeric(6)}`,
      version: random.uuid(),
      key: inventory.pick(KEYS, random),
    };
  },
};

export interface TargetGroup {
  readonly arn: string;
  /** Where the second page of its targets begins. */
  readonly marker: string;
}

export const TARGET_GROUPS: Kind<TargetGroup> = {
  name: 'target group',
  count: 12,
  make: (random, { account, region }) => ({
    arn: `arn:aws:elasticloadbalancing:${region}:${account}:targetgroup/web/${random.hex(16)}`,
    marker: `${random.alphanumeric(43)}=`,
  }),
};

/** EC2's ids of one kind. */
function ids(prefix: string, count: number): Kind<string> {
  return { name: prefix, count, make: (random) => newId(prefix, random) };
}

/** An id of EC2's that nothing has had before, as `i-0123456789abcdef0`. */
export function newId(prefix: string, random: Random): string {
  return `${prefix}-0${random.hex(16)}`;
}

/** A kind of thing that an account has. */
export interface Kind<T> {
  /** No two kinds have the same. */
  readonly name: string;
  /** How many there are; 1 or more. */
  readonly count: number;
  /** The account has them once, not in each of its regions. */
  readonly global?: boolean;
  make(random: Random, inventory: Inventory): T;
}

/** What an account has in one region: calls ask for the same few things over and over. */
export class Inventory implements Site {
  private readonly shelves = new Map<Kind<unknown>, readonly unknown[]>();

  constructor(
    private readonly seed: string | number,
    readonly account: string,
    readonly region: string,
  ) {}

  /** One of a kind, the first ones much more often than the last. */
  pick<T>(kind: Kind<T>, random: Random): T {
    return random.favour(this.all(kind));
  }

  /** Everything of a kind: the same for the same seed and site. */
  all<T>(kind: Kind<T>): readonly T[] {
    let shelf = this.shelves.get(kind) as readonly T[] | undefined;
    if (shelf === undefined) {
      const region = kind.global === true ? 'everywhere' : this.region;
      const random = Random.seeded(this.seed, kind.name, this.account, region);
      shelf = Array.from({ length: kind.count }, () => kind.make(random, this));
      this.shelves.set(kind, shelf);
    }
    return shelf;
  }
}

/** Any JSON value. */
export type Json = null | boolean | number | string | readonly Json[] | JsonObject;

/** A JSON object; its keys are written in the order they were set. */
export interface JsonObject {
  readonly [key: string]: Json;
}
