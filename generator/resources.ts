import type { Kind } from './inventory';
import type { Random } from './random';

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
