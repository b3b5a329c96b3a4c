import { verdictSentenceOf } from '../../lambda/alert/model';
import { renderSubject } from '../../lambda/alert/render/headline';
import { verbatim } from '../../lambda/alert/text';
import type { TrailRecord } from '../../lambda/detection/classify';
import { alertIn, STYLE } from './alerts';
import { ACCOUNT, iamUser, inContext, iso, record, roleSession, sweep, T0 } from './records';

export const AT = T0 + 5;
export const PLACE = '203.0.113.9';
export const LONG_LIVED = 'AKIAIOSFODNN7EXAMPLE';
export const CLI =
  'aws-cli/2.31.0 md/awscrt#0.27.6 ua/2.1 os/linux#6.8.0 lang/python#3.13.7 md/command#ec2.describe-instances';
export const SSO_ROLE = 'AWSReservedSSO_Admin_0123456789abcdef';

interface Session {
  readonly age?: number;
  readonly mfa?: 'true' | 'false';
  /** path of the role */
  readonly path?: string;
  /** more of its context */
  readonly more?: TrailRecord;
}

export function role(
  name: string,
  session: string,
  { age = 3600, mfa = 'false', path = '', more = {} }: Session = {},
): TrailRecord {
  const identity = roleSession(name, session);
  const { sessionIssuer } = identity.sessionContext as { sessionIssuer: TrailRecord };
  const arn = `arn:aws:iam::${ACCOUNT}:role/${path}${name}`;
  const attributes = { creationDate: iso(AT - age), mfaAuthenticated: mfa };
  const accessKeyId = `ASIA${name.toUpperCase().replace(/[^A-Z0-9]/g, '')}EXAMPLE`;
  return inContext({ ...identity, accessKeyId }, { sessionIssuer: { ...sessionIssuer, arn }, attributes, ...more });
}

export const user = (name: string) => ({ ...iamUser(name), accessKeyId: LONG_LIVED });

export const twelve = (identity: TrailRecord, fields: TrailRecord = {}, regions = 12) =>
  sweep({ regions, at: AT, identity, fields: { sourceIPAddress: PLACE, userAgent: CLI, ...fields } });

/** Other fields of the first calls. */
export const first = (count: number, fields: TrailRecord, records: readonly TrailRecord[]) =>
  records.map((one, index) => (index < count ? { ...one, ...fields } : one));

export const other = (name: string, seconds: number, identity: TrailRecord, fields: TrailRecord = {}) => {
  const [service, eventName] = name.split(':');
  return record({
    at: AT + seconds,
    identity,
    fields: { eventSource: `${service}.amazonaws.com`, eventName, sourceIPAddress: PLACE, userAgent: CLI, ...fields },
  });
};

export const denied = (errorMessage = 'not authorized', errorCode = 'Client.UnauthorizedOperation') => ({
  errorCode,
  errorMessage,
});

export const CONSOLE = { sessionCredentialFromConsole: 'true' };
export const TLS = { tlsDetails: { tlsVersion: 'TLSv1.3', clientProvidedHostHeader: 'ec2.us-east-1.amazonaws.com' } };
export const [JOB, CI, BOB] = [role('build', 'job'), user('ci'), user('bob')];
export const ALICE = role(SSO_ROLE, 'alice@example.com', { age: 7200, path: 'aws-reserved/sso.amazonaws.com/' });
export const INSTANCE = role('web', 'i-0123456789abcdef0', { age: 300, more: { ec2RoleDelivery: '2.0' } });
export const ADVISOR = role('AWSServiceRoleForTrustedAdvisor', 'TrustedAdvisor', {
  path: 'aws-service-role/trustedadvisor.amazonaws.com/',
});
export const BACKUP = role('backup', 'nightly');
export const TERRAFORM =
  'APN/1.0 HashiCorp/1.0 Terraform/1.13.3 (+https://www.terraform.io) terraform-provider-aws/6.14.0';
export const FUNCTION = {
  ...role('lister', 'lister', { age: 60 }),
  inScopeOf: { credentialsIssuedTo: `arn:aws:lambda:us-east-1:${ACCOUNT}:function:lister` },
};
export const FEDERATED = {
  ...{
    type: 'FederatedUser',
    arn: `arn:aws:sts::${ACCOUNT}:federated-user/temp`,
    accountId: ACCOUNT,
    accessKeyId: 'ASIATEMP',
  },
  sessionContext: { sessionIssuer: { type: 'IAMUser', arn: `arn:aws:iam::${ACCOUNT}:user/bob`, userName: 'bob' } },
};
export const ROOT = {
  type: 'Root',
  arn: `arn:aws:iam::${ACCOUNT}:root`,
  principalId: ACCOUNT,
  accountId: ACCOUNT,
  accessKeyId: 'ASIAROOT',
};

export interface Case {
  readonly records: readonly TrailRecord[];
  /** findings by id, as `id: verdict` */
  readonly finds?: readonly string[];
  readonly says?: readonly (string | RegExp)[];
  readonly never?: readonly (string | RegExp)[];
  readonly groupBy?: 'issuer' | 'arn';
}

/** Sweeps, each with what must and must not be said of it. */
export function testCases(cases: Readonly<Record<string, Case>>): void {
  it.each(Object.entries(cases))('%s', async (_, { records, finds = [], says = [], never = [], groupBy = 'arn' }) => {
    const alert = await alertIn([records], { parameters: { groupBy } });
    const { findings, headline, guide } = alert.assessment;
    const { investigation, containment, falsePositive } = guide;
    const steps = [...investigation, ...containment].flatMap(({ text, known, command }) => [
      ...[verbatim(text), known === undefined ? '' : verbatim(known), command?.join('\n') ?? ''],
    ]);
    const said = [
      renderSubject({ kind: 'alert', alert }, STYLE),
      verbatim(verdictSentenceOf(alert)),
      headline.join(', '),
      ...findings.map(({ text, why }) => `${verbatim(text)} ${why}`),
      ...steps,
      ...[falsePositive.exception ?? 'no exception', verbatim(falsePositive.note)],
    ].join('\n');
    expect(findings.map(({ id, verdict }) => `${id}: ${verdict}`)).toEqual(expect.arrayContaining([...finds]));
    for (const text of says) expect(said).toMatch(text);
    for (const text of never) expect(said).not.toMatch(text);
  });
}
