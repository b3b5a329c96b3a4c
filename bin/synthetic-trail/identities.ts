import { formatInstant, type JsonObject } from '../../lambda/util/values';
import { Random } from './random';

/** Every form of `userIdentity` in real trails. */
export const IDENTITY_KINDS = [
  'iam-user',
  'assumed-role',
  'console-session',
  'cross-account-role',
  'federated-user',
  'root',
  'aws-service',
  'aws-account',
  'untyped',
] as const;

export type IdentityKind = (typeof IDENTITY_KINDS)[number];

/** Kinds that have no principal of the account. */
export const SERVICE_KINDS: ReadonlySet<IdentityKind> = new Set(['aws-service', 'aws-account', 'untyped']);

/** Parameters of an identity: equal parameters give the same identity. */
export interface IdentityRequest {
  readonly seed: string | number;
  readonly kind: IdentityKind;
  /** the account whose trail records it */
  readonly account: string;
  /** user or role name; a service name such as `autoscaling` for `aws-service` and `untyped` */
  readonly name: string;
  /** UTC epoch second at which its session began */
  readonly since: number;
}

export type Identity = ReturnType<typeof makeIdentity>;

/** The n-th account id, 12 digits: those of the AWS documentation first, then unassigned numbers. */
export function accountId(index: number): string {
  const documented = ['111122223333', '444455556666', '777788889999', '123456789012'];
  return documented[index] ?? `99990000${String(index).padStart(4, '0')}`;
}

export function makeIdentity(request: IdentityRequest) {
  const { kind, account, name } = request;
  const userIdentity = userIdentityOf(request, Random.seeded(request.seed, 'identity', account, kind, name));
  // A service calling for itself has neither.
  const actor = (userIdentity.arn ?? userIdentity.principalId) as string | undefined;
  const isService = kind === 'aws-service' || kind === 'untyped';
  return { kind, account, actor, userIdentity, service: isService ? `${name}.amazonaws.com` : undefined };
}

/**
 * The same role in a session of another name, with credentials of its own.
 * @throws RangeError for any identity but a role session
 */
export function withSession(identity: Identity, session: string, random: Random): Identity {
  const { arn, principalId } = identity.userIdentity;
  if (typeof arn !== 'string' || typeof principalId !== 'string' || !arn.includes(':assumed-role/')) {
    throw new RangeError(`only a role has sessions, ${identity.kind} has none`);
  }
  const actor = arn.replace(/[^/]+$/, session);
  const changed = {
    principalId: principalId.replace(/[^:]+$/, session),
    arn: actor,
    accessKeyId: exampleId('ASIA', 9, random),
  };
  return { ...identity, actor, userIdentity: { ...identity.userIdentity, ...changed } };
}

/** An id that is visibly an example, as `AKIA…EXAMPLE`. */
function exampleId(prefix: 'AKIA' | 'ASIA' | 'AIDA' | 'AROA', length: number, random: Random): string {
  return `${prefix}${random.base32(length)}EXAMPLE`;
}

function userIdentityOf(request: IdentityRequest, random: Random): JsonObject {
  const { kind, account, name, since } = request;
  const creationDate = formatInstant(since);
  const iam = `arn:aws:iam::${account}`;
  const sts = `arn:aws:sts::${account}`;
  const principal = (type: string, principalId: string, arn: string, key: 'AKIA' | 'ASIA' = 'ASIA') => {
    return { type, principalId, arn, accountId: account, accessKeyId: exampleId(key, 9, random) };
  };
  const issuer = (type: string, principalId: string, arn: string, userName: string) => {
    return { type, principalId, arn, accountId: account, userName };
  };
  const roleSession = (role: string, session: string, more: JsonObject = {}) => {
    const id = exampleId('AROA', 10, random);
    const isConsole = kind === 'console-session';
    const path = isConsole ? 'aws-reserved/sso.amazonaws.com/' : '';
    return {
      ...principal('AssumedRole', `${id}:${session}`, `${sts}:assumed-role/${role}/${session}`),
      sessionContext: {
        sessionIssuer: issuer('Role', id, `${iam}:role/${path}${role}`, role),
        webIdFederationData: {},
        attributes: { creationDate, mfaAuthenticated: String(isConsole) },
        ...more,
      },
    };
  };
  switch (kind) {
    case 'iam-user':
      return { ...principal('IAMUser', exampleId('AIDA', 10, random), `${iam}:user/${name}`, 'AKIA'), userName: name };
    case 'assumed-role':
      return roleSession(name, `i-0${random.hex(16)}`, { ec2RoleDelivery: '2.0' });
    case 'console-session':
      return roleSession(`AWSReservedSSO_Administrator_${random.hex(16)}`, `${name}@example.com`);
    case 'cross-account-role':
      return roleSession('OrganizationAccountAccessRole', `${accountId(0)}-${name}`, { sourceIdentity: name });
    case 'federated-user': {
      const broker = 'federation-broker';
      return {
        ...principal('FederatedUser', `${account}:${name}`, `${sts}:federated-user/${name}`),
        sessionContext: {
          sessionIssuer: issuer('IAMUser', exampleId('AIDA', 10, random), `${iam}:user/${broker}`, broker),
          webIdFederationData: {},
          attributes: { creationDate, mfaAuthenticated: 'false' },
        },
      };
    }
    case 'root':
      return {
        ...principal('Root', account, `${iam}:root`),
        sessionContext: { attributes: { creationDate, mfaAuthenticated: 'true' } },
      };
    case 'aws-service':
      return { type: 'AWSService', invokedBy: `${name}.amazonaws.com` };
    case 'aws-account': {
      const principalId = `${exampleId('AROA', 10, random)}:partner-${random.hex(6)}`;
      return { type: 'AWSAccount', principalId, accountId: accountId(3) };
    }
    case 'untyped':
      return { accountId: account, invokedBy: `${name}.amazonaws.com` };
  }
}
