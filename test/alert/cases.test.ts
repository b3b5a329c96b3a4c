import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { claimedTool, contradictionsOf, toolNamed, toolOfSession } from '../../lambda/alert/evidence/known-agents';
import { renderSubject } from '../../lambda/alert/render/headline';
import { verbatim } from '../../lambda/alert/text';
import type { TrailRecord } from '../../lambda/detection/classify';
import { alertIn, STYLE } from '../support/alerts';
import { ACCOUNT, iamUser, inContext, iso, record, roleSession, sweep, T0 } from '../support/records';

const AT = T0 + 5;
const PLACE = '203.0.113.9';
const LONG_LIVED = 'AKIAIOSFODNN7EXAMPLE';
const CLI =
  'aws-cli/2.31.0 md/awscrt#0.27.6 ua/2.1 os/linux#6.8.0 lang/python#3.13.7 md/command#ec2.describe-instances';
const SSO_ROLE = 'AWSReservedSSO_Admin_0123456789abcdef';

interface Session {
  readonly age?: number;
  readonly mfa?: 'true' | 'false';
  /** path of the role */
  readonly path?: string;
  /** more of its context */
  readonly more?: TrailRecord;
}

function role(
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

const user = (name: string) => ({ ...iamUser(name), accessKeyId: LONG_LIVED });

const twelve = (identity: TrailRecord, fields: TrailRecord = {}, regions = 12) =>
  sweep({ regions, at: AT, identity, fields: { sourceIPAddress: PLACE, userAgent: CLI, ...fields } });

/** Other fields of the first calls. */
const first = (count: number, fields: TrailRecord, records: readonly TrailRecord[]) =>
  records.map((one, index) => (index < count ? { ...one, ...fields } : one));

const other = (name: string, seconds: number, identity: TrailRecord, fields: TrailRecord = {}) => {
  const [service, eventName] = name.split(':');
  return record({
    at: AT + seconds,
    identity,
    fields: { eventSource: `${service}.amazonaws.com`, eventName, sourceIPAddress: PLACE, userAgent: CLI, ...fields },
  });
};

const denied = (errorMessage = 'not authorized', errorCode = 'Client.UnauthorizedOperation') => ({
  errorCode,
  errorMessage,
});

const CONSOLE = { sessionCredentialFromConsole: 'true' };
const TLS = { tlsDetails: { tlsVersion: 'TLSv1.3', clientProvidedHostHeader: 'ec2.us-east-1.amazonaws.com' } };
const [JOB, CI, BOB] = [role('build', 'job'), user('ci'), user('bob')];
const ALICE = role(SSO_ROLE, 'alice@example.com', { age: 7200, path: 'aws-reserved/sso.amazonaws.com/' });
const INSTANCE = role('web', 'i-0123456789abcdef0', { age: 300, more: { ec2RoleDelivery: '2.0' } });
const ADVISOR = role('AWSServiceRoleForTrustedAdvisor', 'TrustedAdvisor', {
  path: 'aws-service-role/trustedadvisor.amazonaws.com/',
});
const BACKUP = role('backup', 'nightly');
const TERRAFORM = 'APN/1.0 HashiCorp/1.0 Terraform/1.13.3 (+https://www.terraform.io) terraform-provider-aws/6.14.0';
const FUNCTION = {
  ...role('lister', 'lister', { age: 60 }),
  inScopeOf: { credentialsIssuedTo: `arn:aws:lambda:us-east-1:${ACCOUNT}:function:lister` },
};
const FEDERATED = {
  ...{
    type: 'FederatedUser',
    arn: `arn:aws:sts::${ACCOUNT}:federated-user/temp`,
    accountId: ACCOUNT,
    accessKeyId: 'ASIATEMP',
  },
  sessionContext: { sessionIssuer: { type: 'IAMUser', arn: `arn:aws:iam::${ACCOUNT}:user/bob`, userName: 'bob' } },
};
const ROOT = {
  type: 'Root',
  arn: `arn:aws:iam::${ACCOUNT}:root`,
  principalId: ACCOUNT,
  accountId: ACCOUNT,
  accessKeyId: 'ASIAROOT',
};

interface Case {
  readonly records: readonly TrailRecord[];
  /** findings by id, as `id: verdict` */
  readonly finds: readonly string[];
  readonly says: readonly (string | RegExp)[];
  readonly never: readonly (string | RegExp)[];
  readonly groupBy?: 'issuer' | 'arn';
}

const CASES: Readonly<Record<string, Case>> = {
  'CloudShell is a shell, no page, and no exception lets it through': {
    records: twelve(role('Admin', 'mallory', { age: 600, mfa: 'true' }), {
      ...{ ...CONSOLE, ...TLS, sourceIPAddress: '3.86.208.137', userAgent: 'aws-cli/2.31.0 exec-env/CloudShell' },
    }),
    finds: ['console-shell: context'],
    says: [
      'All 12 calls used console-session credentials in a shell in the console (CloudShell',
      'in the session mallory',
    ],
    never: ['console page', '"consolePage"', '"consoleCredential"', '"source"', 'Is the address yours'],
  },
  'console credentials on a command line are no page': {
    records: twelve(role('Admin', 'mallory'), { ...CONSOLE, ...TLS }),
    finds: ['console-program: suspicious'],
    says: [
      'All 12 calls used console-session credentials, but not as the console’s pages do (by TLS details or user agent).',
    ],
    never: ['"consolePage"', '"consoleCredential"'],
  },
  'a console page is one, and the exception matches pages alone': {
    records: twelve(role('Admin', 'alice'), { ...CONSOLE, userAgent: 'AWS Internal', sourceIPAddress: 'AWS Internal' }),
    finds: ['console-page: likely-benign'],
    says: ['"consolePage":true'],
    never: ['"consoleCredential"', 'Who opened the session'],
  },
  'signin.amazonaws.com is the console, no service that calls for somebody': {
    records: twelve({ ...role('Admin', 'alice'), invokedBy: 'signin.amazonaws.com' }, { userAgent: 'Mozilla/5.0' }),
    finds: ['console-page: likely-benign'],
    says: [],
    never: ['came through'],
  },
  'a ConsoleLogin of another session is context': {
    records: [
      ...twelve(ALICE),
      other(
        'signin:ConsoleLogin',
        -180,
        { ...ALICE, accessKeyId: '' },
        {
          ...{ sourceIPAddress: '198.51.100.7', responseElements: { ConsoleLogin: 'Success' } },
        },
      ),
    ],
    finds: ['other-sign-in: context'],
    says: [
      /also signed in to the console at \S+ from 198\.51\.100\.7; the session of the calls was 2 h old, and they came from 203\.0\.113\.9/,
      'Who opened the session?',
      '"arn":"arn:aws:sts::111122223333:assumed-role/AWSReservedSSO_Admin_0123456789abcdef/alice?example?com"',
    ],
    never: ['was opened at', 'without MFA', 'put-role-policy'],
  },
  'a ConsoleLogin that the calls’ console session began with': {
    records: [
      ...twelve(role('Admin', 'alice', { age: 180 }), { ...CONSOLE, userAgent: 'Mozilla/5.0' }),
      other('signin:ConsoleLogin', -180, { ...role('Admin', 'alice'), accessKeyId: '' }),
    ],
    finds: ['session-began: context'],
    says: ['The session of all 12 calls was opened at'],
    never: ['also signed in'],
  },
  'all denied in the window, and allowed afterwards': {
    records: first(10, denied(), sweep({ regions: 16, at: T0 + 20, identity: CI })),
    finds: ['partly-denied: suspicious'],
    says: [
      '10 of 10 calls in the window were denied; 6 more within five minutes were allowed, the first 1 s after the last call.',
    ],
    never: ['All 10 calls were denied', 'all denied', 'partly denied', /learned nothing/],
  },
  'all denied, and nothing else succeeded': {
    records: [...twelve(CI, denied()), other('sts:GetCallerIdentity', -2, CI)],
    finds: ['all-denied: suspicious', 'who-am-i: suspicious'],
    says: ['All 12 calls were denied, and no other call of this identity within five minutes was seen to succeed.'],
    never: [],
  },
  'denied, then allowed in the same region': {
    records: [...twelve(CI, denied(), 10), other('ec2:DescribeInstances', 60, CI)],
    finds: ['denied-then-allowed: suspicious', 'partly-denied: suspicious'],
    says: ['In 1 region the call was first denied, then allowed: us-east-1.'],
    never: [],
  },
  'one call by a service is one of twelve': {
    records: first(
      1,
      {
        userIdentity: { ...role('dev', 'bob'), invokedBy: 'cloudformation.amazonaws.com' },
        sourceIPAddress: 'cloudformation.amazonaws.com',
      },
      twelve(role('dev', 'bob')),
    ),
    finds: ['invoked-by: context'],
    says: ['1 of 12 calls came through cloudformation.amazonaws.com.'],
    never: ['via an AWS service', 'All 12 calls came through'],
  },
  'keys of several kinds are counted by kind': {
    records: first(
      1,
      {
        userIdentity: inContext(
          { ...iamUser('bob'), accessKeyId: 'ASIABOB' },
          { attributes: { creationDate: iso(AT - 3600), mfaAuthenticated: 'true' } },
        ),
        ...CONSOLE,
        sourceIPAddress: '198.51.100.7',
        userAgent: 'Mozilla/5.0',
      },
      twelve(BOB),
    ),
    finds: ['long-lived-key: suspicious', 'with-mfa: context', 'console-page: context'],
    says: [
      '11 of 12 calls came with a long-lived access key',
      '1 of 12 calls came from a session opened with MFA.',
      'delete-login-profile',
      'update-access-key',
    ],
    never: ['All 12 calls came from a session'],
  },
  'AWS’s public parameters are not sensitive': {
    records: [
      ...twelve(JOB),
      other('ssm:GetParameter', -20, JOB, { requestParameters: { name: '/aws/service/ami-amazon-linux-latest/x' } }),
    ],
    finds: ['other-discovery: context'],
    says: [],
    never: [/sensitive calls/i, 'also GetParameter'],
  },
  'other parameters, secrets through one and user data are': {
    records: [
      ...twelve(JOB),
      other('ssm:GetParameters', 20, JOB, { requestParameters: { names: ['/aws/service/x', '/prod/db'] } }),
      other('ec2:DescribeInstanceAttribute', 21, JOB, { requestParameters: { attribute: 'userData' } }),
      other('servicequotas:RequestServiceQuotaIncrease', 22, JOB),
      other('account:EnableRegion', 23, JOB),
      other('ec2:StartInstances', 24, JOB),
    ],
    finds: ['sensitive-calls: suspicious'],
    says: [/Sensitive calls within five minutes: .* and 1 other/, 'Start with the sensitive calls listed above.'],
    never: [],
  },
  'what came before the sweep does not follow it': {
    records: [...twelve(JOB), other('secretsmanager:GetSecretValue', -40, JOB)],
    finds: ['sensitive-calls: suspicious'],
    says: ['GetSecretValue (1 call, 40 s before the first call).'],
    never: ['Start with the sensitive calls'],
  },
  'images pushed to a registry are no disks': {
    records: [...twelve(JOB), other('ecr:PutImage', -20, JOB), other('ecr:StartImageScan', -18, JOB)],
    finds: [],
    says: [],
    never: [/sensitive/i, 'PutImage'],
  },
  'a backup’s snapshots are its account’s own': {
    records: [
      ...twelve(BACKUP),
      ...twelve(BACKUP, { eventName: 'CreateSnapshots' }).map((one, index) => ({
        ...one,
        eventTime: iso(AT + 60 + index),
        eventID: `s${index}`,
      })),
    ],
    finds: ['own-snapshots: context'],
    says: ['CreateSnapshots (12 calls, 12 regions, 49 s after the last call)'],
    never: [/sensitive calls within/i, 'also CreateSnapshots'],
  },
  'sharing a snapshot is sensitive': {
    records: [...twelve(BACKUP), other('ec2:ModifySnapshotAttribute', 60, BACKUP)],
    finds: ['sensitive-calls: suspicious'],
    says: ['also ModifySnapshotAttribute'],
    never: [],
  },
  'a service-linked role has nothing to deny': {
    records: twelve(
      { ...ADVISOR, invokedBy: 'trustedadvisor.amazonaws.com' },
      { sourceIPAddress: 'trustedadvisor.amazonaws.com', userAgent: 'trustedadvisor.amazonaws.com' },
    ),
    finds: ['service-linked-role: likely-benign'],
    says: [
      'All 12 calls came from the service-linked role of trustedadvisor.amazonaws.com.',
      'Nothing to deny',
      'AWSServiceRoleForTrustedAdvisor","source":"trustedadvisor.amazonaws.com"',
    ],
    never: ['put-role-policy', 'trust policy', 'Revoke', 'Who opened the session'],
  },
  'a private address means nothing outside of its endpoint': {
    records: [
      ...twelve(CI, {
        sourceIPAddress: '10.0.0.10',
        vpcEndpointId: 'vpce-0bbbbbbbbbbbbbbbb',
        vpcEndpointAccountId: '999988887777',
      }),
      other('s3:ListBuckets', -60, role('unrelated', 'x'), {
        sourceIPAddress: '10.0.0.10',
        vpcEndpointId: 'vpce-0aaaaaaaaaaaaaaaa',
      }),
    ],
    finds: ['foreign-endpoint: suspicious'],
    says: [
      'All 12 calls came through a VPC endpoint (vpce-0bbbbbbbbbbbbbbbb) of account 999988887777, which is not the identity’s account.',
      '"vpcEndpoint":"vpce-0bbbbbbbbbbbbbbbb"',
      'Ask the owner of account 999988887777',
    ],
    never: ['same address', 'association.public-ip', '"source"'],
  },
  'an endpoint of the account’s own is context, and shared by who uses it': {
    records: [
      ...twelve(CI, {
        sourceIPAddress: '10.0.0.10',
        vpcEndpointId: 'vpce-0aaaaaaaaaaaaaaaa',
        vpcEndpointAccountId: ACCOUNT,
      }),
      other('s3:ListBuckets', -60, role('app', 'x'), {
        sourceIPAddress: '10.0.0.10',
        vpcEndpointId: 'vpce-0aaaaaaaaaaaaaaaa',
      }),
    ],
    finds: ['vpc-endpoint: context', 'same-address: context'],
    says: [
      '1 other identity called from the same address (10.0.0.10 through vpce-0aaaaaaaaaaaaaaaa)',
      'describe-vpc-endpoints',
    ],
    never: ['association.public-ip', '"source"'],
  },
  'a private address without an endpoint is nobody’s': {
    records: [
      ...twelve(CI, { sourceIPAddress: '10.0.0.10' }),
      other('s3:ListBuckets', -60, role('unrelated', 'x'), { sourceIPAddress: '10.0.0.10' }),
    ],
    finds: ['long-lived-key: suspicious'],
    says: [],
    never: ['same address', 'association.public-ip', '"source"'],
  },
  'an instance’s credentials are refreshed, not opened': {
    records: twelve(INSTANCE),
    finds: ['instance-role: context'],
    says: [
      'All 12 calls came with the role credentials of EC2 instance i-0123456789abcdef0',
      'creation time is that of the last refresh',
      'Isolate the instance',
      'Values=i-0123456789abcdef0',
    ],
    never: ['came with credentials issued', 'Who opened the session'],
  },
  'credentials that a plain request got say so': {
    records: twelve(role('web', 'i-0123456789abcdef0', { more: { ec2RoleDelivery: '1.0' } })),
    finds: ['instance-role: context'],
    says: ['from its metadata service; 12 calls with those that a plain request got (IMDSv1)'],
    never: [],
  },
  'a session that is named as an instance is none': {
    records: twelve(role('web', 'i-0123456789abcdef0')),
    finds: ['instance-name: suspicious'],
    says: ['Who opened the session'],
    never: ['came with the role credentials', 'Isolate the instance'],
  },
  'Terraform always asks who it is': {
    records: [
      ...twelve(role('terraform', 'ci'), { userAgent: TERRAFORM }),
      other('sts:GetCallerIdentity', -2, role('terraform', 'ci'), { userAgent: TERRAFORM }),
    ],
    finds: ['who-am-i: context', 'tool: context'],
    says: ['The user agent claims Terraform (all 12 calls).', 'Terraform, as its user agent claims, always asks'],
    never: [],
  },
  'GetCallerIdentity with another key or from elsewhere says nothing': {
    records: [
      ...twelve(CI),
      other('sts:GetCallerIdentity', -2, CI, { sourceIPAddress: '198.51.100.7' }),
      other('sts:GetCallerIdentity', -2, { ...CI, accessKeyId: 'AKIAANOTHER' }),
    ],
    finds: ['long-lived-key: suspicious'],
    says: [],
    never: ['GetCallerIdentity'],
  },
  'an organization that closes regions is no lack of a permission': {
    records: first(2, denied('with an explicit deny in a service control policy'), twelve(role('dev', 'bob'))),
    finds: ['partly-denied: context'],
    says: [
      '2 of 12 calls in the window were denied by a policy of the organization, in 2 regions; 10 were allowed, in 10 regions.',
    ],
    never: ['first denied, then allowed', 'changed policy'],
  },
  'regions that are not enabled deny nothing': {
    records: first(2, denied('not able to validate', 'Client.AuthFailure'), twelve(role('dev', 'bob'))),
    finds: ['region-not-enabled: context'],
    says: ['2 of 12 calls failed in 2 regions, as in regions not enabled for the account (Client.AuthFailure).'],
    never: [/calls in the window were denied|partly denied/],
  },
  'throttling is no denial': {
    records: first(3, denied('slow down', 'Client.RequestLimitExceeded'), twelve(role('dev', 'bob'))),
    finds: ['failed: context'],
    says: [
      '3 of 12 calls failed for another reason than permissions, 3 of them throttled (Client.RequestLimitExceeded).',
    ],
    never: [/calls in the window were denied|partly denied/],
  },
  'Cloud Custodian by its agent and session name': {
    records: twelve(role('audit', 'CloudCustodian'), {
      userAgent: 'c7n/0.9.40 md/Botocore#1.43.11 ua/2.1 Botocore/1.43.11',
    }),
    finds: ['tool: context'],
    says: [
      'claims Cloud Custodian (all 12 calls)',
      'All 12 calls came from a session with the name that Cloud Custodian gives',
    ],
    never: ['contradicts'],
  },
  'Pacu on Kali contradicts itself': {
    records: twelve(CI, { userAgent: 'Boto3/1.7.48 Python/3.7.0 Windows/10 Botocore/1.10.48 Botocore/1.43.11' }),
    finds: ['agent-contradiction: suspicious'],
    says: [
      'All 12 calls had a user agent that contradicts itself or the call: two Botocore versions (1.10.48 and 1.43.11); Boto3 1.7, superseded in 2018.',
    ],
    never: [],
  },
  'an SDK of years ago contradicts the call': {
    records: twelve(CI, { userAgent: 'Boto3/1.7.48 Python/3.7.0 Windows/10 Botocore/1.10.48' }),
    finds: ['agent-contradiction: suspicious'],
    says: ['superseded in 2018'],
    never: ['two Botocore'],
  },
  'no console signs with a long-lived key': {
    records: twelve(CI, { userAgent: 'console.amazonaws.com' }),
    finds: ['agent-contradiction: suspicious', 'console-agent: context'],
    says: ['the AWS console, signed with a long-lived key'],
    never: ['console page'],
  },
  'a function is stopped, its session opened by AWS': {
    records: twelve(FUNCTION, {
      sourceIPAddress: '3.86.208.137',
      userAgent: 'Boto3/1.40.4 Botocore/1.40.4 exec-env/AWS_Lambda_python3.13',
    }),
    finds: ['function-role: context'],
    says: [
      'All 12 calls came with credentials that AWS issued to arn:aws:lambda:us-east-1:111122223333:function:lister',
      'put-function-concurrency',
      'claims Boto3 in Lambda',
    ],
    never: ['credentials issued at', '"source"', 'Who opened the session'],
  },
  'a federated session is contained at its user': {
    records: twelve(FEDERATED),
    finds: ['tool: context'],
    says: ['GetFederationToken', '--user-name bob', '"arn":"arn:aws:sts::111122223333:federated-user/temp"'],
    never: ['--user-name temp', 'put-role-policy', 'delete-login-profile'],
  },
  'a root session of the organization is not root’s own': {
    records: twelve({
      ...ROOT,
      sessionContext: { assumedRoot: 'true', attributes: { creationDate: iso(AT - 60), mfaAuthenticated: 'false' } },
    }),
    finds: ['root: suspicious'],
    says: [
      'All 12 calls came from a root session, which the organization opened',
      'disable-organizations-root-sessions',
    ],
    never: [
      ...['Change the root user’s password', 'No exception is suggested: the records'],
      ...['opened without MFA', 'Who has the root user’s password'],
    ],
  },
  'root has no exception and no policy': {
    records: twelve(ROOT),
    finds: ['root: suspicious'],
    says: ['All 12 calls came from the account’s root user.', 'Change the root user’s password'],
    never: ['put-user-policy', 'Who opened the session'],
  },
  'a federated session of root is contained as root': {
    records: twelve({ ...FEDERATED, sessionContext: { sessionIssuer: { type: 'Root', arn: ROOT.arn } } }),
    finds: ['tool: context'],
    says: ['Change the root user’s password', 'no exception'],
    never: ['attach-user-policy', 'Deactivate the user'],
  },
  'a role’s opener is contained, too': {
    records: [
      ...twelve(JOB),
      other(
        'sts:AssumeRoleWithWebIdentity',
        -30,
        { type: 'WebIdentityUser', principalId: 'runner:main' } as TrailRecord,
        {
          responseElements: { credentials: { accessKeyId: JOB.accessKeyId } },
        },
      ),
    ],
    finds: ['session-began: context'],
    says: ['runner:main opened the session (AssumeRoleWithWebIdentity) and can open the next'],
    never: ['If you cannot tell who opened the session', 'Who opened the session'],
  },
  'a function that only its user agent names is stopped in words': {
    records: twelve(role('lister', 'lister'), { userAgent: 'Boto3/1.40.4 exec-env/AWS_Lambda_python3.13' }),
    finds: ['tool: context'],
    says: ['If it runs in Lambda, as its user agent claims: set the function’s reserved concurrency to 0'],
    never: ['put-function-concurrency', 'AWS issued'],
  },
  'a console session began with a sign-in, no AssumeRole': {
    records: twelve(inContext(BOB, { attributes: { creationDate: iso(AT - 600), mfaAuthenticated: 'true' } }), {
      ...{ ...CONSOLE, ...TLS, userAgent: 'aws-cli/2.31.0 exec-env/CloudShell' },
      userIdentity: inContext(
        { ...iamUser('bob'), accessKeyId: 'ASIABOB0EXAMPLE' },
        { attributes: { creationDate: iso(AT - 600), mfaAuthenticated: 'true' } },
      ),
    }),
    finds: ['console-shell: context', 'with-mfa: likely-benign'],
    says: [
      'Who opened the session? No ConsoleLogin that fits',
      "AND eventname = 'ConsoleLogin'",
      'Whoever took it over afterwards needed none',
    ],
    never: ['No AssumeRole'],
  },
  'a user’s temporary key is of GetSessionToken': {
    records: twelve(
      inContext(
        { ...iamUser('bob'), accessKeyId: 'ASIABOB0EXAMPLE' },
        { attributes: { creationDate: iso(AT - 600), mfaAuthenticated: 'false' } },
      ),
    ),
    finds: ['without-mfa: context'],
    says: ['No GetSessionToken that issued its key'],
    never: ['No AssumeRole'],
  },
  'failed sign-ins before the one that worked are counted': {
    records: [
      ...twelve(role('Admin', 'alice', { age: 180 }), { ...CONSOLE, userAgent: 'Mozilla/5.0' }),
      ...[-200, -190].map((second) =>
        other(
          'signin:ConsoleLogin',
          second,
          { ...role('Admin', 'alice'), accessKeyId: '' },
          denied('failed', 'Failed'),
        ),
      ),
      other('signin:ConsoleLogin', -180, { ...role('Admin', 'alice'), accessKeyId: '' }),
    ],
    finds: ['session-began: context'],
    says: ['; 2 other attempts to sign in failed.'],
    never: [],
  },
  'a sign-in beside a long-lived key is another session': {
    records: [
      ...twelve(BOB),
      other('signin:ConsoleLogin', -180, { ...BOB, accessKeyId: '' }, { sourceIPAddress: '198.51.100.7' }),
    ],
    finds: ['other-sign-in: context'],
    says: [/from 198\.51\.100\.7; the calls came from 203\.0\.113\.9\./],
    never: ['was opened at', 'and they came'],
  },
  'programs of the SDK for Go check their credentials': {
    records: [
      ...twelve(JOB, { userAgent: 'aws-sdk-go-v2/1.36.3 ua/2.1' }),
      other('sts:GetCallerIdentity', -2, JOB, { userAgent: 'aws-sdk-go-v2/1.36.3 ua/2.1' }),
    ],
    finds: ['who-am-i: context'],
    says: ['programs with AWS SDK for Go, as its user agent claims, check their credentials so'],
    never: ['always asks'],
  },
  'a person of Identity Center asks who they are': {
    records: [...twelve(ALICE), other('sts:GetCallerIdentity', -2, ALICE)],
    finds: ['who-am-i: context'],
    says: ['people of IAM Identity Center check so'],
    never: ['AWS CLI, as its user agent claims, always asks'],
  },
  'a role whose every call the organization denies is not all that suspicious': {
    records: twelve(JOB, denied('with an explicit deny in a service control policy')),
    finds: ['all-denied: context'],
    says: ['All 12 calls were denied by a policy of the organization', 'closes this to the account, whoever calls'],
    never: ['A legitimate job'],
  },
  'credentials that no region takes': {
    records: twelve(CI, denied('not able to validate', 'AuthFailure')),
    finds: ['region-not-enabled: context'],
    says: ['as with credentials that are not valid, or in regions not enabled for the account'],
    never: [/were denied/],
  },
  'sensitive calls that failed say so': {
    records: [
      ...twelve(JOB),
      other('ec2:RunInstances', 40, JOB, denied('limit', 'Client.VcpuLimitExceeded')),
      other('account:EnableRegion', 41, JOB),
    ],
    finds: ['sensitive-calls: suspicious'],
    says: [/RunInstances \(1 call, \d+ s after the last call, failed\)/],
    never: ['none of those listed succeeded'],
  },
  'attributes of images and permissions taken away share nothing': {
    records: [
      ...twelve(BACKUP),
      other('ec2:ModifyImageAttribute', 60, BACKUP, { requestParameters: { attributeType: 'description' } }),
      other('ec2:ModifySnapshotAttribute', 61, BACKUP, {
        requestParameters: { createVolumePermission: { remove: { items: [{ group: 'all' }] } } },
      }),
      ...['GetAuthorizationToken', 'BatchGetImage'].map((name) => other(`ecr:${name}`, 62, BACKUP)),
    ],
    finds: ['tool: context'],
    says: [],
    never: [/sensitive calls/i, 'also Modify', 'Other discovery'],
  },
  'permissions for others, and blocks of a disk, are sensitive': {
    records: [
      ...twelve(BACKUP),
      other('ec2:ModifyImageAttribute', 60, BACKUP, {
        requestParameters: { launchPermission: { add: { items: [{ userId: '999988887777' }] } } },
      }),
      other('ebs:GetSnapshotBlock', 61, BACKUP),
    ],
    finds: ['sensitive-calls: suspicious'],
    says: ['ModifyImageAttribute (1 call', 'GetSnapshotBlock (1 call'],
    never: [],
  },
  'a role that another account opened is closed to that account': {
    records: [
      ...twelve(role('vendor', 'x')),
      other(
        'sts:AssumeRole',
        -30,
        { type: 'AWSAccount', principalId: 'AROAX:y', accountId: '999988887777' },
        {
          responseElements: { credentials: { accessKeyId: 'ASIAVENDOREXAMPLE' } },
        },
      ),
    ],
    finds: ['session-began: context'],
    says: ['The session was opened from account 999988887777: tell its owner'],
    never: ['If you cannot tell who opened the session'],
  },
  'two instances of a role are two, and one of them answered a plain request': {
    records: [
      ...twelve(INSTANCE).slice(0, 8),
      ...twelve(role('web', 'i-0aaaaaaaaaaaaaaa1', { age: 300, more: { ec2RoleDelivery: '1.0' } })).slice(8),
    ],
    groupBy: 'issuer',
    finds: ['instance-role: context'],
    says: [
      'of 2 EC2 instances: i-0123456789abcdef0, i-0aaaaaaaaaaaaaaa1, from their metadata services; 4 calls with those that a plain request got',
      'Isolate each instance',
    ],
    never: [],
  },
  'two people of a permission set are no one person, and their exception is the set’s': {
    records: [
      ...twelve(ALICE, { ...CONSOLE, ...TLS, userAgent: 'aws-cli/2.31.0 exec-env/CloudShell' }).slice(0, 6),
      ...twelve(role(SSO_ROLE, 'bob@example.com', { path: 'aws-reserved/sso.amazonaws.com/' })).slice(6),
    ],
    groupBy: 'issuer',
    finds: ['console-shell: context'],
    says: ['SSO Admin in 12 regions', '6 of 12 calls used console-session credentials in a shell'],
    never: ['in the session', '"arn"'],
  },
  'the person of a permission set is named, whatever is counted': {
    records: twelve(ALICE),
    groupBy: 'issuer',
    finds: [],
    says: [
      'alice',
      '"arn":"arn:aws:sts::111122223333:assumed-role/AWSReservedSSO_Admin_0123456789abcdef/alice?example?com"',
    ],
    never: ['"arn":"arn:aws:iam'],
  },
  'a few root sessions of the organization do not make root’s own key one': {
    records: first(
      2,
      { userIdentity: { ...ROOT, sessionContext: { assumedRoot: 'true' } } },
      twelve({ ...ROOT, accessKeyId: LONG_LIVED }),
    ),
    finds: ['root: suspicious', 'long-lived-key: suspicious'],
    says: [
      'came from the root user, 2 of them in a root session',
      ...['Change the root user’s password', 'disable-organizations-root-sessions', 'needs the root user'],
    ],
    never: ['permanent and safe to quote'],
  },
  'a session that root made is root’s': {
    records: twelve({ ...FEDERATED, sessionContext: { sessionIssuer: { type: 'Root', arn: ROOT.arn } } }),
    finds: ['root: suspicious'],
    says: ['All 12 calls came from a session that the account’s root user made (GetFederationToken).'],
    never: [],
  },
  'a service-linked role whose path is not recorded is left alone, too': {
    records: twelve({
      ...{ type: 'AssumedRole', accountId: ACCOUNT, principalId: 'AROAX:x' },
      arn: `arn:aws:sts::${ACCOUNT}:assumed-role/AWSServiceRoleForConfig/x`,
    }),
    finds: [],
    says: ['Nothing to deny', 'Check that it is one: its name says so'],
    never: ['put-role-policy', 'came from the service-linked role'],
  },
  'a role without an ARN is known by its issuer': {
    records: twelve({ ...JOB, arn: undefined }),
    finds: [],
    says: ['put-role-policy --role-name build'],
    never: ['Remove what gives it access'],
  },
  'a user without an ARN is known by name': {
    records: twelve({ ...CI, arn: undefined }),
    finds: ['long-lived-key: suspicious'],
    says: ['update-access-key --user-name ci'],
    never: ['Remove what gives it access'],
  },
  'the quarantine policy is offered where AWS documents it': {
    records: twelve({ ...CI, arn: `arn:aws-cn:iam::${ACCOUNT}:user/ci` }),
    finds: [],
    says: ['update-access-key --user-name ci'],
    never: ['Quarantine'],
  },
  'endpoints of two owners are kept apart': {
    records: first(
      5,
      { vpcEndpointId: 'vpce-0aaaaaaaaaaaaaaaa', vpcEndpointAccountId: ACCOUNT },
      twelve(CI, {
        ...{ sourceIPAddress: '10.0.0.4', vpcEndpointId: 'vpce-0bbbbbbbbbbbbbbbb' },
        vpcEndpointAccountId: '999988887777',
      }),
    ),
    finds: ['foreign-endpoint: suspicious', 'vpc-endpoint: context'],
    says: [
      '7 of 12 calls came through a VPC endpoint of account 999988887777',
      '5 of 12 calls came through a VPC endpoint of account 111122223333.',
    ],
    never: [],
  },
  'one call behind an endpoint hides no public address': {
    records: first(1, { sourceIPAddress: '10.0.0.4', vpcEndpointId: 'vpce-0aaaaaaaaaaaaaaaa' }, twelve(CI)),
    finds: ['vpc-endpoint: context'],
    says: ['Name=association.public-ip,Values=203.0.113.9', '10.0.0.4 behind vpce-0aaaaaaaaaaaaaaaa'],
    never: ['203.0.113.9, 10.0.0.4 behind'],
  },
  'of many other calls the one that succeeded counts': {
    records: [
      ...twelve(CI, denied()),
      ...Array.from({ length: 70 }, (_, index) =>
        other(`s${index}:DescribeThing${index}`, 20 + index, CI, index === 69 ? {} : denied('no', 'AccessDenied')),
      ),
    ],
    finds: ['partly-denied: suspicious'],
    says: ['12 of 12 calls in the window were denied; 1 call of other actions within five minutes succeeded.'],
    never: ['All 12 calls were denied'],
  },
  'denied and throttled, and none allowed': {
    records: first(9, denied(), twelve(CI, denied('slow down', 'Client.RequestLimitExceeded'))),
    finds: ['partly-denied: suspicious', 'failed: context'],
    says: ['9 of 12 calls in the window were denied, and 3 others not allowed for other reasons.'],
    never: ['could not be read'],
  },
  'a single later call is no first of several': {
    records: [...twelve(CI, denied()), { ...other('ec2:DescribeInstances', 60, CI), awsRegion: 'eu-west-3' }],
    finds: ['partly-denied: suspicious'],
    says: ['1 more within five minutes was allowed, 49 s after the last call.'],
    never: ['denied-then-allowed', 'first denied'],
  },
  'whoever opened the session is nobody else at its address': {
    records: [
      ...twelve(JOB),
      other(
        'sts:AssumeRoleWithWebIdentity',
        -30,
        { type: 'WebIdentityUser', principalId: 'system:serviceaccount:app:lister' },
        { responseElements: { credentials: { accessKeyId: JOB.accessKeyId } } },
      ),
    ],
    finds: ['session-began: context'],
    says: ['system:serviceaccount:app:lister opened the session'],
    never: ['called from the same address'],
  },
  'a service that opens sessions is not contained': {
    records: [
      ...twelve(JOB),
      other(
        'sts:AssumeRole',
        -30,
        { type: 'AWSService', invokedBy: 'pods.eks.amazonaws.com' },
        {
          sourceIPAddress: 'pods.eks.amazonaws.com',
          responseElements: { credentials: { accessKeyId: JOB.accessKeyId } },
        },
      ),
    ],
    finds: ['session-began: context'],
    says: ['pods.eks.amazonaws.com opened the session (AssumeRole) for something of yours'],
    never: ['contain that, too', 'was opened from'],
  },
  'addresses of two protocols are not compared': {
    records: [
      ...twelve(JOB, { sourceIPAddress: '2001:db8::1' }),
      other('sts:AssumeRole', -60, BOB, { responseElements: { credentials: { accessKeyId: JOB.accessKeyId } } }),
    ],
    finds: ['session-began: context'],
    says: [],
    never: ['The session was opened from'],
  },
  'a console session that moved says so': {
    records: [
      ...twelve(role('Admin', 'alice', { age: 180 }), { ...CONSOLE, userAgent: 'Mozilla/5.0' }),
      other(
        'signin:ConsoleLogin',
        -180,
        { ...role('Admin', 'alice'), accessKeyId: '' },
        { sourceIPAddress: '198.51.100.7' },
      ),
    ],
    finds: ['console-page: likely-benign', 'session-moved: context'],
    says: [
      'The session was opened from 198.51.100.7; the calls came from 203.0.113.9.',
      'takes over the console session',
    ],
    never: ['cannot write'],
  },
  'a root session that the identity opened is one': {
    records: [
      ...twelve(JOB),
      other('sts:AssumeRoot', 60, JOB, { requestParameters: { targetPrincipal: '222233334444' } }),
    ],
    finds: ['assumed-role: suspicious'],
    says: [/Assumed the root user of 222233334444 at \S+, after the first call/],
    never: ['Assumed role'],
  },
  'a long-lived key has no session, whatever its record says': {
    records: twelve(inContext(CI, { attributes: { creationDate: iso(AT - 100), mfaAuthenticated: 'false' } })),
    finds: ['long-lived-key: suspicious'],
    says: [],
    never: ['without MFA', 'credentials issued at'],
  },
  'AWS’s own calls claim no console': {
    records: twelve(
      { ...JOB, invokedBy: 'AWS Internal' },
      { sourceIPAddress: 'AWS Internal', userAgent: 'AWS Internal' },
    ),
    finds: ['invoked-by: likely-benign'],
    says: [],
    never: ['claimed the AWS console'],
  },
  'a key at two places heads the alert': {
    records: [...twelve(JOB), other('s3:ListBuckets', 30, JOB, { sourceIPAddress: '198.51.100.7' })],
    finds: ['key-elsewhere: suspicious'],
    says: ['its key at two places', 'came from elsewhere within five minutes: 198.51.100.7 (1 call)'],
    never: [],
  },
};

it.each(Object.entries(CASES))('%s', async (_, { records, finds, says, never, groupBy = 'arn' }) => {
  const alert = await alertIn([records], { parameters: { groupBy } });
  const { findings, headline, guide } = alert.assessment;
  const { investigation, containment, falsePositive } = guide;
  const steps = [...investigation, ...containment].flatMap(({ text, known, command }) => [
    ...[verbatim(text), known === undefined ? '' : verbatim(known), command?.join('\n') ?? ''],
  ]);
  const said = [
    renderSubject({ kind: 'alert', alert }, STYLE),
    headline.join(', '),
    ...findings.map(({ text, why }) => `${verbatim(text)} ${why}`),
    ...steps,
    ...[falsePositive.exception ?? 'no exception', verbatim(falsePositive.note)],
  ].join('\n');
  expect(findings.map(({ id, verdict }) => `${id}: ${verdict}`)).toEqual(expect.arrayContaining([...finds]));
  for (const text of says) expect(said).toMatch(text);
  for (const text of never) expect(said).not.toMatch(text);
});

const AGENTS = JSON.parse(readFileSync(join(__dirname, 'agents.json'), 'utf8')) as [string, string, string][];

it.each(AGENTS)('%s is recognised as %s', (_, claim, agent) => {
  expect(claimedTool(agent)).toBe(claim);
  expect(toolNamed(claim).name).toBe(claim.replace(/ in \w+$/, ''));
});

it.each([
  ['Boto3/1.42.3 aws-sdk-go-v2/1.36.0', 'SDKs of 2 languages (go, python)'],
  ['aws-sdk-java/2.28.0 aws-sdk-nodejs/2.1692.0', 'SDKs of 2 languages (java, js)'],
  ['aws-cli/2.31.0 md/Botocore#1.42.0 lang/python#2.7.18', 'Botocore 1.42 on Python 2'],
  ['aws-sdk-java/1.10.20 Linux/4.14 Java_HotSpot', 'AWS SDK for Java 1.10, superseded in 2016'],
  ['aws-sdk-java/1.11.1030 Linux/5.4.122', undefined],
  ['aws-sdk-go/1.55.5 aws-sdk-go-v2/1.36.0', undefined],
  ['aws-cli/1.18.147 Python/2.7.18 Linux/4.14.355-275.572.amzn2.x86_64 botocore/1.18.6', undefined],
  ['aws-cli/1.18.69 Python/3.8.10 Linux/5.4.0-42-generic botocore/1.16.19', undefined],
  ['Boto3/1.42.3 md/Botocore#1.42.3 Botocore/1.42.3 Python/3.12.1', undefined],
])('%s contradicts itself: %s', (agent, contradiction) => {
  expect(contradictionsOf(agent, { second: T0 })).toBe(contradiction);
});

it.each([
  ['AWS Internal', 'the AWS console, signed with a long-lived key'],
  ['console.ec2.amazonaws.com', 'the AWS console, signed with a long-lived key'],
  ['Mozilla/5.0 (X11; Linux x86_64)', 'a browser, signed with a long-lived key'],
  ['BillingConsole 2.1 of ours', undefined],
])('%s with a long-lived key: %s', (agent, contradiction) => {
  expect(contradictionsOf(agent, { second: T0, signedBy: 'key' })).toBe(contradiction);
});

it.each([
  ['aws-cli/2.31.0 md/awscrt#0.27.6 ua/2.1 os/macos#24.6.0 md/arch#arm64', /^macOS, with the credentials/],
  ['aws-cli/2.15.30 Python/3.11.8 Windows/10 exe/AMD64', /^Windows of a workstation, with/],
  ['aws-cli/2.15.30 Python/3.11.8 Windows/2022Server exe/AMD64', /^$/],
  [CLI, /^$/],
])('%s with an instance’s credentials: %s', (agent, contradiction) => {
  expect(contradictionsOf(agent, { second: T0, signedBy: 'workload' }) ?? '').toMatch(contradiction);
  expect(contradictionsOf(agent, { second: T0 })).toBeUndefined();
});

it.each([
  ['ProwlerAsessmentSession', 'Prowler'],
  ['CloudCustodian@ec2-old', 'Cloud Custodian'],
  ['i-0123456789abcdef0', undefined],
])('a session named %s is of %s', (name, tool) => expect(toolOfSession(name)).toBe(tool));
