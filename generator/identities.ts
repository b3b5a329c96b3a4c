import { formatInstant } from '../lambda/time';
import type { JsonObject } from './json';
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
    roleSession(
      request,
      `AWSReservedSSO_Administrator_${random.hex(16)}`,
      `${request.name}@example.com`,
      random,
    ),
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
