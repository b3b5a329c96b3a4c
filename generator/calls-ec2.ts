import type { Call, CallDetails, CallSite } from './calls';
import type { Json } from './json';
import type { Random } from './random';

/** The other calls of EC2; several have names close to the one that is looked for. */
export const EC2_CALLS: readonly Call[] = [
  describe('DescribeInstanceStatus', 5, () => ({
    instancesSet: {},
    filterSet: {},
    includeAllInstances: false,
  })),
  describe('DescribeInstanceTypes', 4, (random) => ({
    DescribeInstanceTypesRequest: {
      InstanceType: [{ tag: 1, content: random.pick(['t3.micro', 'm7g.large', 'c6i.xlarge']) }],
      MaxResults: 100,
    },
  })),
  describe('DescribeInstanceAttribute', 2, (random) => ({
    instanceId: id('i', random),
    attribute: 'disableApiTermination',
  })),
  describe('DescribeVolumes', 6, () => ({ volumeSet: {}, filterSet: {}, maxResults: 500 })),
  describe('DescribeVpcs', 5, (random) => ({
    vpcSet: { items: [{ vpcId: id('vpc', random) }] },
    filterSet: {},
  })),
  describe('DescribeSubnets', 5, (random) => ({
    subnetSet: {},
    filterSet: filters('vpc-id', id('vpc', random)),
  })),
  describe('DescribeRouteTables', 6, (random) => ({
    routeTableIdSet: {},
    filterSet: filters('association.main', 'true', 'vpc-id', id('vpc', random)),
  })),
  describe('DescribeSecurityGroups', 5, (random) => ({
    securityGroupSet: {},
    securityGroupIdSet: { items: [{ groupId: id('sg', random) }, { groupId: id('sg', random) }] },
    filterSet: {},
  })),
  describe('DescribeNetworkInterfaces', 5, (random) => ({
    networkInterfaceIdSet: {},
    filterSet: filters('group-id', id('sg', random)),
  })),
  describe('DescribeTags', 4, (random) => ({
    filterSet: filters('resource-id', id('i', random), 'resource-type', 'instance'),
    maxResults: 1000,
  })),
  describe('DescribeImages', 3, (random, site) => ({
    executableBySet: {},
    imagesSet: {
      items: Array.from({ length: random.integer(1, 9) }, () => ({ imageId: id('ami', random) })),
    },
    ownersSet: { items: [{ owner: site.account }] },
    filterSet: {},
  })),
  describe('DescribeRegions', 2, () => ({ regionSet: {}, allRegions: true })),
  {
    source: 'ec2.amazonaws.com',
    name: 'RunInstances',
    readOnly: false,
    weight: 1.4,
    details: runInstances,
  },
];

function describe(name: string, weight: number, parameters: (random: Random, site: CallSite) => Json): Call {
  return {
    source: 'ec2.amazonaws.com',
    name,
    readOnly: true,
    weight,
    details: (site, random) => ({ requestParameters: parameters(random, site) }),
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

function id(kind: string, random: Random): string {
  return `${kind}-0${random.hex(16)}`;
}

/** The long kind of record: the response repeats every instance that was started. */
function runInstances(site: CallSite, random: Random): CallDetails {
  const imageId = id('ami', random);
  const subnetId = id('subnet', random);
  const instance = (): Json => ({
    instanceId: id('i', random),
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
    groupSet: { items: [{ groupId: id('sg', random), groupName: 'workers' }] },
    sourceDestCheck: true,
    ebsOptimized: false,
    cpuOptions: { coreCount: 1, threadsPerCore: 2 },
  });
  return {
    requestParameters: {
      instancesSet: { items: [{ imageId, minCount: 1, maxCount: 3 }] },
      instanceType: 't3.medium',
      blockDeviceMapping: {},
      monitoring: { enabled: false },
      clientToken: random.uuid(),
    },
    responseElements: {
      requestId: random.uuid(),
      reservationId: id('r', random),
      ownerId: site.account,
      groupSet: {},
      instancesSet: { items: Array.from({ length: random.integer(1, 3) }, instance) },
    },
  };
}
