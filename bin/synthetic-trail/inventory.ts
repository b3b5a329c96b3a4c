import { getOrInsert } from '../../lambda/util/values';
import { Random } from './random';

/** An account and a region, for which CloudTrail writes objects. */
export interface Site {
  readonly account: string;
  readonly region: string;
}

export type Kind = keyof typeof KINDS;

/** A resource of a kind: an id, a name, an ARN, or several of them. */
export type Resource<K extends Kind> = ReturnType<(typeof KINDS)[K]['make']>;

/** The resources of an account in one region: calls name the same few repeatedly. */
export class Inventory implements Site {
  private readonly shelves = new Map<Kind, readonly unknown[]>();

  constructor(
    private readonly seed: string | number,
    readonly account: string,
    readonly region: string,
  ) {}

  /** One of a kind; the first ones much more often than the last. */
  pick<K extends Kind>(kind: K, random: Random): Resource<K> {
    return random.favour(this.all(kind));
  }

  /** All of a kind: the same for the same seed and site. */
  all<K extends Kind>(kind: K): readonly Resource<K>[] {
    const { count, scope, make } = KINDS[kind];
    return getOrInsert(this.shelves, kind, () => {
      const random = Random.seeded(this.seed, kind, this.account, scope === 'account' ? 'everywhere' : this.region);
      return Array.from({ length: count }, () => make(random, this));
    }) as readonly Resource<K>[];
  }
}

type Make<T> = (random: Random, inventory: Inventory) => T;

const kind = <T>(count: number, make: Make<T>) => ({ count, make, scope: 'region' });

/** Global resources of an account. */
const once = <T>(count: number, make: Make<T>) => ({ count, make, scope: 'account' });

/** A new EC2 id, as `i-0123456789abcdef0`. */
export function newId(prefix: string, random: Random): string {
  return `${prefix}-0${random.hex(16)}`;
}

const KINDS = {
  i: kind(60, (random) => newId('i', random)),
  vpc: kind(3, (random) => newId('vpc', random)),
  subnet: kind(12, (random) => newId('subnet', random)),
  sg: kind(30, (random) => newId('sg', random)),
  ami: kind(15, (random) => newId('ami', random)),
  function: kind(30, (random) => `worker-${random.hex(8)}`),
  alarm: kind(30, (random) => `cpu-${random.hex(6)}`),
  stack: kind(2, (random) => random.uuid()),
  key: kind(8, (random, { region, account }) => `arn:aws:kms:${region}:${account}:key/${random.uuid()}`),
  secret: kind(30, (random, inventory): { arn: string; version: string; key: string } => ({
    arn: `arn:aws:secretsmanager:${inventory.region}:${inventory.account}:secret:app-${random.alphanumeric(6)}`,
    version: random.uuid(),
    key: inventory.pick('key', random),
  })),
  'target group': kind(12, (random, { region, account }) => ({
    arn: `arn:aws:elasticloadbalancing:${region}:${account}:targetgroup/web/${random.hex(16)}`,
    // Of the second page of its targets.
    marker: `${random.alphanumeric(43)}=`,
  })),
  // Users that only policies mention.
  user: once(6, (random) => `inventory-${random.hex(4)}`),
  role: once(40, (random) => ({ name: `worker-${random.hex(6)}`, id: `AROA${random.base32(10)}EXAMPLE` })),
  // The same documents are put again and again.
  'policy document': once(8, policyDocument),
};

const ACTIONS: readonly string[] = [
  ...['ec2:DescribeRegions', 'ec2:DescribeSnapshots', 'ec2:DescribeInstanceStatus', 's3:ListAllMyBuckets'],
  ...['s3:GetBucketLocation', 'iam:ListUsers', 'rds:DescribeDBInstances', 'logs:CreateLogStream', 'logs:PutLogEvents'],
];

/** Mentions the rule's call. */
function policyDocument(random: Random): string {
  const statement = () => ({
    Effect: 'Allow',
    Action: ['ec2:DescribeInstances', ...random.shuffle(ACTIONS).slice(0, random.integer(1, 6))],
    Resource: '*',
    Condition: { StringEquals: { 'aws:RequestedRegion': ['us-east-1', 'eu-west-1'] } },
  });
  const document = { Version: '2012-10-17', Statement: Array.from({ length: random.integer(1, 4) }, statement) };
  // AWS keeps documents as sent, and most are pretty-printed.
  return JSON.stringify(document, null, random.pick([0, 2, 4]));
}
