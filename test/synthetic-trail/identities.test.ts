import { accountId, type IdentityKind, makeIdentity, withSession } from '../../bin/synthetic-trail/identities';
import { Random } from '../../bin/synthetic-trail/random';

const identity = (kind: IdentityKind, name = 'alice') =>
  makeIdentity({ seed: 1, kind, account: '111122223333', name, since: 1_795_492_800 });

describe('makeIdentity', () => {
  it.each<[IdentityKind, string | undefined, RegExp | undefined, RegExp | undefined]>([
    ['iam-user', 'IAMUser', /^arn:aws:iam::111122223333:user\/alice$/, /^AKIA[A-Z2-7]{9}EXAMPLE$/],
    ['assumed-role', 'AssumedRole', /^arn:aws:sts::111122223333:assumed-role\/alice\/i-0[0-9a-f]{16}$/, /^ASIA/],
    ['console-session', 'AssumedRole', /:assumed-role\/AWSReservedSSO_[^/]+\/alice@example\.com$/, /^ASIA/],
    ['cross-account-role', 'AssumedRole', /:assumed-role\/OrganizationAccountAccessRole\/111122223333-alice$/, /^ASIA/],
    ['federated-user', 'FederatedUser', /^arn:aws:sts::111122223333:federated-user\/alice$/, /^ASIA/],
    ['root', 'Root', /^arn:aws:iam::111122223333:root$/, /^ASIA[A-Z2-7]{9}EXAMPLE$/],
    ['aws-account', 'AWSAccount', /^AROA[A-Z2-7]{10}EXAMPLE:partner-[0-9a-f]{6}$/, undefined],
    ['aws-service', 'AWSService', undefined, undefined],
    ['untyped', undefined, undefined, undefined],
  ])('gives %s its type, actor and key', (kind, type, actor, key) => {
    const made = identity(kind);
    expect(made.userIdentity.type).toBe(type);
    expect(made.actor).toEqual(actor && expect.stringMatching(actor));
    expect(made.userIdentity.accessKeyId).toEqual(key && expect.stringMatching(key));
    expect('arn' in made.userIdentity).toBe(key !== undefined);
  });

  it('gives the same for the same request, and another for another name', () => {
    expect(identity('iam-user')).toEqual(identity('iam-user'));
    expect(identity('iam-user', 'bob').userIdentity).not.toEqual(identity('iam-user').userIdentity);
  });

  it('signs in a console session with MFA', () => {
    expect(identity('console-session').userIdentity.sessionContext).toMatchObject({
      sessionIssuer: { type: 'Role', accountId: '111122223333' },
      attributes: { creationDate: '2026-11-24T04:00:00Z', mfaAuthenticated: 'true' },
    });
  });
});

describe('withSession', () => {
  it('keeps the role and changes session, ARN and key', () => {
    const { userIdentity: role } = identity('assumed-role', 'inventory');
    const session = withSession(identity('assumed-role', 'inventory'), 'eu-west-1', Random.seeded(1));
    const arn = 'arn:aws:sts::111122223333:assumed-role/inventory/eu-west-1';
    expect(session).toMatchObject({ actor: arn, userIdentity: { arn, sessionContext: role.sessionContext } });
    expect(session.userIdentity.principalId).toMatch(/^AROA.{17}:eu-west-1$/);
    expect(session.userIdentity.accessKeyId).not.toBe(role.accessKeyId);
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
