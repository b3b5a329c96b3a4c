import { formatInstant } from '../../lambda/util/collections';
import { BENIGN_CALLS, type Call, type JsonObject } from './calls';
import { Random } from './random';

/** Every shape of `userIdentity` that real trails hold. */
export type IdentityKind =
  | 'iam-user'
  | 'assumed-role'
  | 'console-session'
  | 'cross-account-role'
  | 'federated-user'
  | 'root'
  | 'aws-service'
  | 'aws-account'
  | 'untyped';

/** What an identity is made from: the same request is the same identity. */
export interface IdentityRequest {
  readonly seed: string | number;
  readonly kind: IdentityKind;
  /** The account whose trail records it. */
  readonly account: string;
  /** User or role name; a service name such as `autoscaling` for `aws-service` and `untyped`. */
  readonly name: string;
  /** Epoch second at which its session began. */
  readonly since: number;
}

export interface Identity {
  readonly kind: IdentityKind;
  readonly account: string;
  /** What a detector must group its calls by: the ARN, without one the principal id; nobody for a service by itself. */
  readonly actor: string | undefined;
  readonly userIdentity: JsonObject;
  /** The service that calls on its own account, as `autoscaling.amazonaws.com`. */
  readonly service?: string;
}

/** The n-th account id, 12 digits: AWS's own documentation numbers first, then numbers nobody has. */
export function accountId(index: number): string {
  const documented = ['111122223333', '444455556666', '777788889999', '123456789012'];
  return documented[index] ?? `99990000${String(index).padStart(4, '0')}`;
}

/** An access key id, visibly an example: `AKIA` (long-lived) or `ASIA` (temporary) and 20 characters in all. */
export function accessKeyId(prefix: 'AKIA' | 'ASIA', random: Random): string {
  return `${prefix}${random.base32(9)}EXAMPLE`;
}

/** The identity that a request describes. */
export function makeIdentity(request: IdentityRequest): Identity {
  const { kind, account, name } = request;
  const random = Random.seeded(request.seed, 'identity', account, kind, name);
  const made = USER_IDENTITIES[kind](request, random);
  const actor = made.arn ?? made.principalId;
  const service = kind === 'aws-service' || kind === 'untyped' ? `${name}.amazonaws.com` : undefined;
  return {
    kind,
    account,
    actor: typeof actor === 'string' ? actor : undefined,
    userIdentity: made,
    ...(service !== undefined && { service }),
  };
}

/**
 * The same role in a session of another name, with credentials of its own.
 * @throws RangeError for an identity that is no role session
 */
export function withSession(identity: Identity, session: string, random: Random): Identity {
  const { arn, principalId } = identity.userIdentity;
  if (typeof arn !== 'string' || typeof principalId !== 'string' || !arn.includes(':assumed-role/')) {
    throw new RangeError(`only a role has sessions, ${identity.kind} has none`);
  }
  const actor = arn.replace(/[^/]+$/, session);
  return {
    ...identity,
    actor,
    userIdentity: {
      ...identity.userIdentity,
      principalId: principalId.replace(/[^:]+$/, session),
      arn: actor,
      accessKeyId: accessKeyId('ASIA', random),
    },
  };
}

type Maker = (request: IdentityRequest, random: Random) => JsonObject;

const USER_IDENTITIES: Record<IdentityKind, Maker> = {
  'iam-user': ({ account, name }, random) => ({
    type: 'IAMUser',
    principalId: principalId('AIDA', random),
    arn: `arn:aws:iam::${account}:user/${name}`,
    accountId: account,
    accessKeyId: accessKeyId('AKIA', random),
    userName: name,
  }),
  'assumed-role': (request, random) => roleSession(request, request.name, `i-0${random.hex(16)}`, random),
  'console-session': (request, random) =>
    roleSession(request, `AWSReservedSSO_Administrator_${random.hex(16)}`, `${request.name}@example.com`, random),
  'cross-account-role': (request, random) =>
    roleSession(request, 'OrganizationAccountAccessRole', `${accountId(0)}-${request.name}`, random),
  'federated-user': ({ account, name, since }, random) => ({
    type: 'FederatedUser',
    principalId: `${account}:${name}`,
    arn: `arn:aws:sts::${account}:federated-user/${name}`,
    accountId: account,
    accessKeyId: accessKeyId('ASIA', random),
    sessionContext: {
      sessionIssuer: {
        type: 'IAMUser',
        principalId: principalId('AIDA', random),
        arn: `arn:aws:iam::${account}:user/federation-broker`,
        accountId: account,
        userName: 'federation-broker',
      },
      webIdFederationData: {},
      attributes: { creationDate: formatInstant(since), mfaAuthenticated: 'false' },
    },
  }),
  root: ({ account, since }, random) => ({
    type: 'Root',
    principalId: account,
    arn: `arn:aws:iam::${account}:root`,
    accountId: account,
    accessKeyId: accessKeyId('ASIA', random),
    sessionContext: { attributes: { creationDate: formatInstant(since), mfaAuthenticated: 'true' } },
  }),
  'aws-service': ({ name }) => ({ type: 'AWSService', invokedBy: `${name}.amazonaws.com` }),
  'aws-account': (_, random) => ({
    type: 'AWSAccount',
    principalId: `${principalId('AROA', random)}:partner-${random.hex(6)}`,
    accountId: accountId(3),
  }),
  untyped: ({ account, name }) => ({ accountId: account, invokedBy: `${name}.amazonaws.com` }),
};

function roleSession(request: IdentityRequest, role: string, session: string, random: Random): JsonObject {
  const { account, since, kind } = request;
  const issuer = principalId('AROA', random);
  const path = kind === 'console-session' ? 'aws-reserved/sso.amazonaws.com/' : '';
  return {
    type: 'AssumedRole',
    principalId: `${issuer}:${session}`,
    arn: `arn:aws:sts::${account}:assumed-role/${role}/${session}`,
    accountId: account,
    accessKeyId: accessKeyId('ASIA', random),
    sessionContext: {
      sessionIssuer: {
        type: 'Role',
        principalId: issuer,
        arn: `arn:aws:iam::${account}:role/${path}${role}`,
        accountId: account,
        userName: role,
      },
      webIdFederationData: {},
      attributes: {
        creationDate: formatInstant(since),
        mfaAuthenticated: kind === 'console-session' ? 'true' : 'false',
      },
      ...(kind === 'assumed-role' && session.startsWith('i-') && { ec2RoleDelivery: '2.0' }),
      ...(kind === 'cross-account-role' && { sourceIdentity: request.name }),
    },
  };
}

function principalId(prefix: 'AIDA' | 'AROA', random: Random): string {
  return `${prefix}${random.base32(10)}EXAMPLE`;
}

/** Somebody of an account, what they call with, and what they call. */
export interface Member {
  readonly identity: Identity;
  readonly origin: Origin;
  /** Everyday calls, each as often in the list as it is made. */
  readonly habits: readonly Call[];
}

/** Who lives in an account, in turn, and how much each of them calls: programs do most of it, root hardly any. */
const CAST: readonly (readonly [IdentityKind, Tool, string, number])[] = [
  ['assumed-role', 'sdk-java', 'worker', 18],
  ['assumed-role', 'terraform', 'deployer', 10],
  ['iam-user', 'aws-cli', 'alice', 6],
  ['aws-service', 'aws-service', 'ec2', 4],
  ['assumed-role', 'boto3', 'inventory', 12],
  ['console-session', 'console', 'bob', 8],
  ['assumed-role', 'sdk-go', 'scheduler', 12],
  ['cross-account-role', 'boto3', 'audit', 4],
  ['aws-service', 'aws-service', 'lambda', 4],
  ['iam-user', 'terraform', 'ci', 8],
  ['federated-user', 'aws-cli', 'carol', 3],
  ['aws-account', 'boto3', 'partner', 1],
  ['untyped', 'aws-service', 'kms', 1],
  ['root', 'console', 'root', 1],
];

/** Kinds that have no principal of the account behind them. */
export const SERVICE_KINDS: ReadonlySet<IdentityKind> = new Set(['aws-service', 'aws-account', 'untyped']);

/** Programs make a few kinds of calls; people, and Terraform, any. */
const PROGRAMS: ReadonlySet<Tool> = new Set(['sdk-java', 'sdk-go', 'boto3']);

const HABITS_OF_A_PROGRAM = 10;

/** The members of an account, each kind in turn and each as often as they are active. */
export function membersOf(account: string, count: number, since: number, seed: string | number): Member[] {
  return Array.from({ length: count }, (_, index) => {
    const [kind, tool, base, activity] = CAST[index % CAST.length]!;
    const round = Math.floor(index / CAST.length);
    // Services and root have the names they have.
    const name = round === 0 || SERVICE_KINDS.has(kind) || kind === 'root' ? base : `${base}-${round}`;
    const identity = makeIdentity({ seed, kind, account, name, since: since - 1800 });
    const habits = habitsOf(kind, tool, Random.seeded(seed, 'habits', account, kind, name));
    const member: Member = { identity, origin: originOf(tool, identity, seed), habits };
    return Array.from({ length: activity }, () => member);
  }).flat();
}

function habitsOf(kind: IdentityKind, tool: Tool, random: Random): readonly Call[] {
  if (kind === 'untyped') return OF_KEY_SERVICE;
  if (SERVICE_KINDS.has(kind)) return OF_SERVICES;
  if (!PROGRAMS.has(tool)) return OF_PEOPLE;
  const calls = Array.from({ length: HABITS_OF_A_PROGRAM }, () => random.pick(OF_PROGRAMS));
  // Most of all the one it is for.
  return calls.flatMap((call, index) => Array.from({ length: HABITS_OF_A_PROGRAM - index }, () => call));
}

const OF_SERVICES = inTurn(({ by, eventType }) => by === 'services' && eventType === undefined);

const OF_KEY_SERVICE = inTurn(({ eventType }) => eventType === 'AwsServiceEvent');

const OF_PEOPLE = inTurn(({ by }) => by === undefined);

const OF_PROGRAMS = OF_PEOPLE.filter((call) => call.readOnly && call.global !== true);

/** Calls of the catalogue, each as often as its weight says: so picking one needs no sum. */
function inTurn(which: (call: Call) => boolean): readonly Call[] {
  return BENIGN_CALLS.filter(which).flatMap((call) => Array.from({ length: Math.round(call.weight * 10) }, () => call));
}

/** What makes the calls, as far as its user agent tells. */
export type Tool =
  | 'aws-cli'
  | 'boto3'
  | 'terraform'
  | 'scoutsuite'
  | 'prowler'
  | 'sdk-go'
  | 'sdk-java'
  | 'console'
  | 'aws-service';

/** Where a call comes from, as its record says it. */
export interface Origin {
  readonly tool: Tool;
  readonly sourceAddress: string;
}

const TERRAFORM =
  'APN/1.0 HashiCorp/1.0 Terraform/1.9.8 (+https://www.terraform.io) terraform-provider-aws/5.76.0 ' +
  '(+https://registry.terraform.io/providers/hashicorp/aws) aws-sdk-go-v2/1.32.4 ua/2.1 os/linux lang/go#1.23.3';

const BOTO3 =
  'Boto3/1.35.63 md/Botocore#1.35.63 ua/2.0 os/linux#6.8.0-48-generic md/arch#x86_64 lang/python#3.12.7 ' +
  'md/pyimpl#CPython cfg/retry-mode#legacy Botocore/1.35.63';

const USER_AGENTS: Record<Exclude<Tool, 'aws-service'>, (command: string) => string> = {
  'aws-cli': (command) =>
    `aws-cli/2.19.5 Python/3.12.6 Linux/6.8.0-48-generic exe/x86_64.ubuntu.24 prompt/off command/${command}`,
  boto3: () => BOTO3,
  terraform: (command) => `${TERRAFORM} api/${command.split('.')[0]}#1.187.1`,
  scoutsuite: () => `${BOTO3} Scout Suite/5.14.0 (https://github.com/nccgroup/ScoutSuite)`,
  prowler: () => `${BOTO3} APN_1826889`,
  'sdk-go': () => 'aws-sdk-go/1.55.5 (go1.22.5; linux; amd64) exec-env/AWS_ECS_FARGATE',
  'sdk-java': () =>
    'aws-internal/3 aws-sdk-java/1.12.777 Linux/5.10.226-192.936.amzn2int.x86_64 ' +
    'OpenJDK_64-Bit_Server_VM/25.432-b06 java/1.8.0_432 vendor/N/A cfg/retry-mode/standard',
  console: () => 'AWS Internal',
};

/** Services that the command line calls by another name than their endpoint. */
const CLI_SERVICES: Readonly<Record<string, string>> = {
  elasticloadbalancing: 'elbv2',
  monitoring: 'cloudwatch',
  s3: 's3api',
};

/**
 * The `userAgent` of a call.
 * @param source the call's event source, as `ec2.amazonaws.com`
 * @param name the call's event name, as `DescribeInstances`
 */
export function userAgent(tool: Tool, identity: Identity, source: string, name: string): string {
  if (tool === 'aws-service') return identity.service ?? 'AWS Internal';
  const service = source.slice(0, source.indexOf('.'));
  // DescribeDBInstances is describe-db-instances, not describe-d-b-instances.
  const command = name.replace(/[a-z0-9](?=[A-Z])|[A-Z](?=[A-Z][a-z])/g, '$&-').toLowerCase();
  return USER_AGENTS[tool](`${CLI_SERVICES[service] ?? service}.${command}`);
}

/** The `sourceIPAddress` of an identity's calls: always the same, from the ranges kept for documentation. */
export function originOf(tool: Tool, identity: Identity, seed: string | number): Origin {
  if (identity.service !== undefined) return { tool: 'aws-service', sourceAddress: identity.service };
  if (tool === 'console' || tool === 'aws-service') return { tool, sourceAddress: 'AWS Internal' };
  const random = Random.seeded(seed, 'address', identity.actor ?? identity.kind);
  const network = random.pick(['192.0.2', '198.51.100', '203.0.113']);
  return { tool, sourceAddress: `${network}.${random.integer(1, 254)}` };
}
