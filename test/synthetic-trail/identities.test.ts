import {
  accountId,
  type Identity,
  type IdentityKind,
  makeIdentity,
  withSession,
} from '../../bin/synthetic-trail/identities';
import { Random } from '../../bin/synthetic-trail/random';

const identity = (kind: IdentityKind, name = 'alice'): Identity =>
  makeIdentity({ seed: 1, kind, account: '111122223333', name, since: 1_795_492_800 });

describe('makeIdentity', () => {
  it.each<[IdentityKind, string | undefined, RegExp | undefined]>([
    ['iam-user', 'IAMUser', /^arn:aws:iam::111122223333:user\/alice$/],
    ['assumed-role', 'AssumedRole', /^arn:aws:sts::111122223333:assumed-role\/alice\/i-0[0-9a-f]{16}$/],
    ['console-session', 'AssumedRole', /:assumed-role\/AWSReservedSSO_[^/]+\/alice@example\.com$/],
    ['cross-account-role', 'AssumedRole', /:assumed-role\/OrganizationAccountAccessRole\/111122223333-alice$/],
    ['federated-user', 'FederatedUser', /^arn:aws:sts::111122223333:federated-user\/alice$/],
    ['root', 'Root', /^arn:aws:iam::111122223333:root$/],
    ['aws-account', 'AWSAccount', /^AROA[A-Z2-7]{10}EXAMPLE:partner-[0-9a-f]{6}$/],
    ['aws-service', 'AWSService', undefined],
    ['untyped', undefined, undefined],
  ])('%s has the type %s and its actor', (kind, type, actor) => {
    const made = identity(kind);
    expect(made.userIdentity.type).toBe(type);
    if (actor === undefined) expect(made.actor).toBeUndefined();
    else expect(made.actor).toMatch(actor);
  });

  it('gives only AWSAccount, AWSService and untyped no ARN', () => {
    const without = (['aws-account', 'aws-service', 'untyped'] as const).map(identityArn);
    expect(without).toEqual([undefined, undefined, undefined]);
    expect(identityArn('root')).toBeDefined();
  });

  it.each<[IdentityKind, RegExp]>([
    ['iam-user', /^AKIA[A-Z2-7]{9}EXAMPLE$/],
    ['assumed-role', /^ASIA[A-Z2-7]{9}EXAMPLE$/],
    ['root', /^ASIA[A-Z2-7]{9}EXAMPLE$/],
  ])('gives %s a key of its kind, visibly an example', (kind, key) => {
    expect(identity(kind).userIdentity.accessKeyId).toMatch(key);
  });

  it('is the same for the same request and another for another name', () => {
    expect(identity('iam-user')).toEqual(identity('iam-user'));
    expect(identity('iam-user', 'bob').userIdentity).not.toEqual(identity('iam-user').userIdentity);
  });

  it('tells the session of a console user as signed in with MFA', () => {
    expect(identity('console-session').userIdentity.sessionContext).toMatchObject({
      sessionIssuer: { type: 'Role', accountId: '111122223333' },
      attributes: { creationDate: '2026-11-24T04:00:00Z', mfaAuthenticated: 'true' },
    });
  });
});

describe('withSession', () => {
  it('keeps the role and changes session, ARN and key', () => {
    const role = identity('assumed-role', 'inventory');
    const session = withSession(role, 'eu-west-1', Random.seeded(1));
    expect(session.actor).toBe('arn:aws:sts::111122223333:assumed-role/inventory/eu-west-1');
    expect(session.userIdentity.arn).toBe(session.actor);
    expect(session.userIdentity.principalId).toMatch(/^AROA.{17}:eu-west-1$/);
    expect(session.userIdentity.sessionContext).toEqual(role.userIdentity.sessionContext);
    expect(session.userIdentity.accessKeyId).not.toBe(role.userIdentity.accessKeyId);
  });

  it.each<IdentityKind>(['iam-user', 'root', 'federated-user', 'aws-service'])('refuses %s', (kind) => {
    expect(() => withSession(identity(kind), 'x', Random.seeded(1))).toThrow(RangeError);
  });
});

test('account ids have twelve digits and do not repeat', () => {
  const ids = Array.from({ length: 200 }, (_, index) => accountId(index));
  expect(new Set(ids).size).toBe(200);
  for (const id of ids) expect(id).toMatch(/^\d{12}$/);
});

function identityArn(kind: IdentityKind): unknown {
  return identity(kind).userIdentity.arn;
}
