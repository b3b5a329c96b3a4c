import type { Call, CallDetails, CallSite } from './calls';
import type { Json } from './json';
import type { Random } from './random';
import { IMAGES, INSTANCES, newId, SECURITY_GROUPS, SUBNETS, VPCS } from './resources';

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
