import type { TrailRecord } from '../../lambda/detection/classify';
import { alertIn, alertOf, changed } from '../support/alerts';
import { iamUser, inContext, iso, record, roleSession, sweep, T0 } from '../support/records';

const SSO = 'arn:aws:iam::111122223333:role/aws-reserved/sso.amazonaws.com/AWSReservedSSO_Admin_0123456789abcdef';
const OWN_ROLE = 'arn:aws:iam::111122223333:role/aws-service-role/backup.amazonaws.com/AWSServiceRoleForBackup';

const issued = (arn: string) => inContext(roleSession('Admin', 'jane'), { sessionIssuer: { type: 'Role', arn } });
const withMfa = (value: string) => inContext(roleSession('Admin', 'jane'), { attributes: { mfaAuthenticated: value } });
const byService = (service: string, identity = roleSession('Admin', 'jane')) => ({ ...identity, invokedBy: service });

const PAGE = { sessionCredentialFromConsole: 'true', userAgent: 'AWS Internal', sourceIPAddress: 'AWS Internal' };
const BROWSER = { ...PAGE, userAgent: 'Mozilla/5.0 (X11)', sourceIPAddress: '198.51.100.7' };
const TLS = { tlsDetails: { tlsVersion: 'TLSv1.3', clientProvidedHostHeader: 'ec2.us-east-1.amazonaws.com' } };

const ten = (identity: TrailRecord, fields: TrailRecord = {}) => sweep({ regions: 10, identity, fields });

/** A session of Identity Center, so many seconds old. */
const jane = (age: number) =>
  inContext(issued(SSO), { attributes: { creationDate: iso(T0 - age), mfaAuthenticated: 'false' } });

const signIn = (at: number, sourceIPAddress = BROWSER.sourceIPAddress) =>
  record({
    at: T0 + at,
    identity: { ...jane(600), accessKeyId: '' },
    fields: { eventName: 'ConsoleLogin', eventSource: 'signin.amazonaws.com', sourceIPAddress },
  });

const SERVICES: Readonly<Record<string, string>> = {
  ...{ RunInstances: 'ec2', GetSecretValue: 'secretsmanager', AssumeRoot: 'sts' },
};

const call = (identity: TrailRecord, eventName: string, at = 60) =>
  record({
    at: T0 + at,
    identity,
    fields: { eventName, eventSource: `${SERVICES[eventName] ?? 'iam'}.amazonaws.com` },
  });

const role = roleSession('ci', 'run-1');
const user = iamUser('mallory');
const root = {
  type: 'Root',
  arn: 'arn:aws:iam::111122223333:root',
  accountId: '111122223333',
  accessKeyId: 'ASIAROOT',
};
const denied = { errorCode: 'Client.UnauthorizedOperation' };

it.each<[string, string, TrailRecord[]]>([
  ['a role that does nothing else', 'unclear', ten(role)],
  ['a role that asks who it is', 'unclear', [...ten(role), call(role, 'GetCallerIdentity', -2)]],
  ['a role that changes things', 'unclear', [...ten(role), call(role, 'RunInstances')]],
  [
    'a role that asks, and takes secrets',
    'suspicious',
    [...ten(role), call(role, 'GetCallerIdentity', -2), call(role, 'GetSecretValue')],
  ],
  ['a role that is denied everywhere', 'suspicious', ten(role, denied)],
  ['a long-lived key', 'unclear', ten(user)],
  ['a long-lived key that asks whose it is', 'suspicious', [...ten(user), call(user, 'GetCallerIdentity', -2)]],
  ['a long-lived key that is asked for afterwards', 'unclear', [...ten(user), call(user, 'GetCallerIdentity', 20)]],
  ['a long-lived key that is partly denied', 'suspicious', [...ten(user).slice(1), ...ten(user, denied).slice(0, 1)]],
  ['a console page with MFA', 'likely-benign', ten(withMfa('true'), PAGE)],
  ['a console page without', 'unclear', ten(withMfa('false'), PAGE)],
  ['a console page by IAM Identity Center', 'likely-benign', ten(issued(SSO), PAGE)],
  ['a page in a browser, whose sign-in was not found', 'unclear', ten(issued(SSO), BROWSER)],
  ['a page in a browser, where it signed in', 'likely-benign', [...ten(jane(600), BROWSER), signIn(-600)]],
  ['a page in a browser, signed in elsewhere', 'unclear', [...ten(jane(600), BROWSER), signIn(-600, '192.0.2.66')]],
  ['a root session opened', 'suspicious', [...ten(role), call(role, 'AssumeRoot')]],
  ['a session of root’s', 'suspicious', ten(inContext(role, { sessionIssuer: { type: 'Root', arn: root.arn } }))],
  ['a console page, and access given', 'unclear', [...ten(issued(SSO), PAGE), call(issued(SSO), 'CreateAccessKey')]],
  ['a console page by root', 'unclear', ten(root, PAGE)],
  ['root elsewhere', 'suspicious', ten(root)],
  ['console credentials on a command line', 'unclear', ten(issued(SSO), { ...PAGE, ...TLS })],
  ['a service', 'likely-benign', ten(byService('backup.amazonaws.com'))],
  ['the console as a service', 'unclear', ten(byService('signin.amazonaws.com'))],
  [
    'a service, in one call of ten',
    'unclear',
    [...ten(role).slice(1), ...ten(byService('backup.amazonaws.com', role)).slice(0, 1)],
  ],
  ["a service's own role", 'likely-benign', ten(issued(OWN_ROLE))],
])('%s: %s', async (_, verdict, records) => {
  expect((await alertIn([records])).assessment.verdict).toBe(verdict);
});

it('a service may have a session for each region', async () => {
  const records = ten(issued(OWN_ROLE)).map((one, index) => ({
    ...one,
    userIdentity: {
      ...issued(OWN_ROLE),
      arn: `arn:aws:sts::111122223333:assumed-role/AWSServiceRoleForBackup/${index}`,
    },
  }));
  const { verdict, findings } = (await alertIn([records], { parameters: { groupBy: 'issuer' } })).assessment;
  expect(verdict).toBe('likely-benign');
  expect(findings.find(({ id }) => id === 'session-per-region')?.verdict).toBe('context');
});

it('nothing is likely benign where calls could not be read', async () => {
  const alert = await alertIn([ten(issued(SSO), PAGE)]);
  const gaps = { ...alert.evidence, gaps: ['not all objects could be opened in time'] };
  expect(changed(alert, { evidence: gaps }).assessment.verdict).toBe('unclear');
});

it('without evidence it is unclear', async () => {
  const alert = await alertOf();
  const { verdict, reasons } = changed(alert, { evidence: { ...alert.evidence, calls: 0 } }).assessment;
  expect({ verdict, reasons }).toEqual({ verdict: 'unclear', reasons: ['evidence not readable'] });
});

it('it says that records are missing where those that were read decide nothing', async () => {
  const alert = await alertIn([ten(byService('backup.amazonaws.com'))]);
  const { verdict, reasons } = changed(alert, { evidence: { ...alert.evidence, gaps: ['a file'] } }).assessment;
  expect(verdict).toBe('unclear');
  expect(reasons).toEqual(['nothing counts for or against it in the records that could be read']);
});

it('it names its reasons, the weightiest first', async () => {
  const records = [
    ...ten(user).slice(1),
    ...ten(user, denied).slice(0, 1),
    call(user, 'CreateUser'),
    call(user, 'GetCallerIdentity', -2),
  ];
  expect((await alertIn([records])).assessment.reasons).toEqual([
    'long-lived key',
    'sensitive calls: secrets, access or logging',
    'asked whose credentials it has',
    'denied calls',
  ]);
});
