import {
  ADVISOR,
  ALICE,
  AT,
  BOB,
  CI,
  CONSOLE,
  FEDERATED,
  FUNCTION,
  first,
  INSTANCE,
  JOB,
  LONG_LIVED,
  other,
  ROOT,
  role,
  SSO_ROLE,
  TLS,
  testCases,
  twelve,
} from '../support/alert-cases';
import { ACCOUNT, inContext, iso } from '../support/records';

const [OURS, THEIRS] = ['vpce-0aaaaaaaaaaaaaaaa', 'vpce-0bbbbbbbbbbbbbbbb'];

/** A private address behind an endpoint. @param owner its account, where the record has that */
const behind = (vpcEndpointId: string, owner?: string) => ({
  ...{ sourceIPAddress: '10.0.0.10', vpcEndpointId },
  ...(owner === undefined ? {} : { vpcEndpointAccountId: owner }),
});

testCases({
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
      ...twelve(CI, behind(THEIRS, '999988887777')),
      other('s3:ListBuckets', -60, role('unrelated', 'x'), behind(OURS)),
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
    records: [...twelve(CI, behind(OURS, ACCOUNT)), other('s3:ListBuckets', -60, role('app', 'x'), behind(OURS))],
    finds: ['vpc-endpoint: context', 'same-address: context'],
    says: [
      '1 other identity called from the same address (10.0.0.10 through vpce-0aaaaaaaaaaaaaaaa)',
      'describe-vpc-endpoints',
    ],
    never: ['association.public-ip', '"source"'],
  },
  'an instance that reaches its own region through an endpoint is at one place': {
    records: first(1, behind(OURS, ACCOUNT), twelve(INSTANCE)),
    finds: ['vpc-endpoint: context', 'instance-role: context'],
    never: ['addresses: 203.0.113.9'],
  },
  'a private address without an endpoint is nobody’s': {
    records: [
      ...twelve(CI, { sourceIPAddress: '10.0.0.10' }),
      other('s3:ListBuckets', -60, role('unrelated', 'x'), { sourceIPAddress: '10.0.0.10' }),
    ],
    finds: ['long-lived-key: suspicious'],
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
  },
  'a session that is named as an instance is none': {
    records: twelve(role('web', 'i-0123456789abcdef0')),
    finds: ['instance-name: suspicious'],
    says: ['Who opened the session'],
    never: ['came with the role credentials', 'Isolate the instance'],
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
  'a function that only its user agent names is stopped in words': {
    records: twelve(role('lister', 'lister'), { userAgent: 'Boto3/1.40.4 exec-env/AWS_Lambda_python3.13' }),
    finds: ['tool: context'],
    says: ['If it runs in Lambda, as its user agent claims: set the function’s reserved concurrency to 0'],
    never: ['put-function-concurrency', 'AWS issued'],
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
  },
  'a service-linked role whose path is not recorded is left alone, too': {
    records: twelve({
      ...{ type: 'AssumedRole', accountId: ACCOUNT, principalId: 'AROAX:x' },
      arn: `arn:aws:sts::${ACCOUNT}:assumed-role/AWSServiceRoleForConfig/x`,
    }),
    says: ['Nothing to deny', 'Check that it is one: its name says so'],
    never: ['put-role-policy', 'came from the service-linked role'],
  },
  'a role without an ARN is known by its issuer': {
    records: twelve({ ...JOB, arn: undefined }),
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
    says: ['update-access-key --user-name ci'],
    never: ['Quarantine'],
  },
  'endpoints of two owners are kept apart': {
    records: first(5, behind(OURS, ACCOUNT), twelve(CI, behind(THEIRS, '999988887777'))),
    finds: ['foreign-endpoint: suspicious', 'vpc-endpoint: context'],
    says: [
      '7 of 12 calls came through a VPC endpoint of account 999988887777',
      '5 of 12 calls came through a VPC endpoint of account 111122223333.',
    ],
  },
  'one call behind an endpoint hides no public address': {
    records: first(1, { sourceIPAddress: '10.0.0.4', vpcEndpointId: 'vpce-0aaaaaaaaaaaaaaaa' }, twelve(CI)),
    finds: ['vpc-endpoint: context'],
    says: ['Name=association.public-ip,Values=203.0.113.9', '10.0.0.4 behind vpce-0aaaaaaaaaaaaaaaa'],
    never: ['203.0.113.9, 10.0.0.4 behind'],
  },
  'addresses of two protocols are not compared': {
    records: [
      ...twelve(JOB, { sourceIPAddress: '2001:db8::1' }),
      other('sts:AssumeRole', -60, BOB, { responseElements: { credentials: { accessKeyId: JOB.accessKeyId } } }),
    ],
    finds: ['session-began: context'],
    never: ['The session was opened from'],
  },
  'a long-lived key has no session, whatever its record says': {
    records: twelve(inContext(CI, { attributes: { creationDate: iso(AT - 100), mfaAuthenticated: 'false' } })),
    finds: ['long-lived-key: suspicious'],
    never: ['without MFA', 'credentials issued at'],
  },
  'of two functions both are stopped': {
    records: first(
      6,
      {
        userIdentity: {
          ...FUNCTION,
          inScopeOf: { credentialsIssuedTo: `arn:aws:lambda:eu-west-1:${ACCOUNT}:function:other` },
        },
      },
      twelve(FUNCTION),
    ),
    finds: ['function-role: context'],
    says: [/function:lister/, '--function-name lister', '--region eu-west-1', '--function-name other'],
  },
  'an identity of another account is named so, and its account not watched': {
    records: twelve(
      { type: 'AWSAccount', principalId: 'AROAEXAMPLE:job', accountId: '999988887777' },
      { recipientAccountId: ACCOUNT },
    ),
    finds: ['other-account: context'],
    says: ['identity of another account', `Watch the identity and account ${ACCOUNT} closely`],
    never: ['put-role-policy'],
  },
  'the account is said where the first command is run': {
    records: twelve(INSTANCE),
    finds: ['instance-role: context'],
    says: [/isolate it first\.\nrun in account 111122223333\naws iam put-role-policy/],
  },
});
