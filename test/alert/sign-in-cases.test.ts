import type { TrailRecord } from '../../lambda/detection/classify';
import {
  ALICE,
  AT,
  BOB,
  CI,
  CONSOLE,
  denied,
  first,
  JOB,
  other,
  role,
  SSO_ROLE,
  TERRAFORM,
  TLS,
  testCases,
  twelve,
} from '../support/alert-cases';
import { ACCOUNT, iamUser, inContext, iso } from '../support/records';

const ADMIN = role('Admin', 'alice');

const VENDOR = role('vendor', 'x');

const PODS = 'pods.eks.amazonaws.com';

const IN_BROWSER = { ...CONSOLE, userAgent: 'Mozilla/5.0' };

/** A sign-in to the console, so many seconds from the first call. */
const login = (seconds: number, identity: TrailRecord = ADMIN, fields: TrailRecord = {}) =>
  other('signin:ConsoleLogin', seconds, { ...identity, accessKeyId: '' }, fields);

/** A call that issued the credentials of the session. */
const issued = (name: string, seconds: number, by: TrailRecord, to: TrailRecord = JOB, fields: TrailRecord = {}) =>
  other(`sts:${name}`, seconds, by, {
    ...fields,
    responseElements: { credentials: { accessKeyId: to.accessKeyId } },
  });

/** The user with a key that goes with a session. */
const temporary = (mfaAuthenticated: string) =>
  inContext(
    { ...iamUser('bob'), accessKeyId: 'ASIABOB0EXAMPLE' },
    { attributes: { creationDate: iso(AT - 600), mfaAuthenticated } },
  );

testCases({
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
    never: ['came through'],
  },
  'a ConsoleLogin of another session is context': {
    records: [
      ...twelve(ALICE),
      login(-180, ALICE, { sourceIPAddress: '198.51.100.7', responseElements: { ConsoleLogin: 'Success' } }),
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
    records: [...twelve(role('Admin', 'alice', { age: 180 }), IN_BROWSER), login(-180)],
    finds: ['session-began: context'],
    says: ['The session of all 12 calls was opened at'],
    never: ['also signed in'],
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
  'Terraform always asks who it is': {
    records: [
      ...twelve(role('terraform', 'ci'), { userAgent: TERRAFORM }),
      other('sts:GetCallerIdentity', -2, role('terraform', 'ci'), { userAgent: TERRAFORM }),
    ],
    finds: ['who-am-i: context', 'tool: context'],
    says: ['The user agent claims Terraform (all 12 calls).', 'Terraform, as its user agent claims, always asks'],
  },
  'GetCallerIdentity with another key or from elsewhere says nothing': {
    records: [
      ...twelve(CI),
      other('sts:GetCallerIdentity', -2, CI, { sourceIPAddress: '198.51.100.7' }),
      other('sts:GetCallerIdentity', -2, { ...CI, accessKeyId: 'AKIAANOTHER' }),
    ],
    finds: ['long-lived-key: suspicious'],
    never: ['GetCallerIdentity'],
  },
  'a role’s opener is contained, too': {
    records: [
      ...twelve(JOB),
      issued('AssumeRoleWithWebIdentity', -30, { type: 'WebIdentityUser', principalId: 'runner:main' }),
    ],
    finds: ['session-began: context'],
    says: ['runner:main opened the session (AssumeRoleWithWebIdentity) and can open the next'],
    never: ['If you cannot tell who opened the session', 'Who opened the session'],
  },
  'sessions of two openers are of both, and each is contained': {
    records: [
      ...twelve(JOB).slice(0, 6),
      ...twelve({ ...role('build', 'night'), accessKeyId: 'ASIANIGHTEXAMPLE' }).slice(6),
      issued('AssumeRole', -40, CI),
      issued('AssumeRole', -30, BOB, { accessKeyId: 'ASIANIGHTEXAMPLE' }),
    ],
    groupBy: 'issuer',
    finds: ['session-began: context'],
    says: [
      /The session of 6 of 12 calls was opened at \S+ with AssumeRole by \S+user\/bob from \S+; other sessions by \S+user\/ci\./,
      /user\/ci, \S+user\/bob opened the sessions and can open the next: contain each/,
    ],
    never: ['Who opened the session?'],
  },
  'the opener of one session is not that of another': {
    records: [
      ...twelve(JOB).slice(0, 6),
      ...twelve({ ...role('build', 'night'), accessKeyId: 'ASIANIGHTEXAMPLE' }).slice(6),
      issued('AssumeRole', -40, CI),
    ],
    groupBy: 'issuer',
    finds: ['session-began: context'],
    says: ['Who opened the session?', "= 'ASIANIGHTEXAMPLE'"],
  },
  'of two sign-ins the one at the session’s start opened it': {
    records: [
      ...twelve(role('admin', 'jane', { age: 60 }), { ...CONSOLE, userAgent: 'AWS Internal' }),
      login(-60, role('admin', 'jane'), { sourceIPAddress: '198.51.100.7' }),
      login(-50, role('admin', 'jane'), { sourceIPAddress: '192.0.2.1', eventID: 'second' }),
    ],
    finds: ['session-began: context', 'other-sign-in: context'],
    says: [/was opened at \S+ with ConsoleLogin by \S+ from 198\.51\.100\.7/, /also signed in .* from 192\.0\.2\.1/],
    never: [/was opened .* from 192\.0\.2\.1/],
  },
  'an identity provider’s user is of no account': {
    records: [
      ...twelve(JOB),
      issued('AssumeRoleWithWebIdentity', -30, { type: 'WebIdentityUser', principalId: 'repo:main' }, JOB, {
        recipientAccountId: ACCOUNT,
      }),
    ],
    finds: ['session-began: context'],
    says: ['with AssumeRoleWithWebIdentity by repo:main from'],
    never: ['repo:main of account'],
  },
  'a console session began with a sign-in, no AssumeRole': {
    records: twelve(temporary('true'), { ...CONSOLE, ...TLS, userAgent: 'aws-cli/2.31.0 exec-env/CloudShell' }),
    finds: ['console-shell: context', 'with-mfa: likely-benign'],
    says: [
      'Who opened the session? No ConsoleLogin that fits',
      "AND eventname = 'ConsoleLogin'",
      'Whoever took it over afterwards needed none',
    ],
    never: ['No AssumeRole'],
  },
  'a user’s temporary key is of GetSessionToken': {
    records: twelve(temporary('false')),
    finds: ['without-mfa: context'],
    says: ['No GetSessionToken that issued its key'],
    never: ['No AssumeRole'],
  },
  'failed sign-ins before the one that worked are counted': {
    records: [
      ...twelve(role('Admin', 'alice', { age: 180 }), IN_BROWSER),
      ...[-200, -190].map((second) => login(second, ADMIN, denied('failed', 'Failed'))),
      login(-180),
    ],
    finds: ['session-began: context'],
    says: ['; 2 other attempts to sign in failed.'],
  },
  'a sign-in beside a long-lived key is another session': {
    records: [...twelve(BOB), login(-180, BOB, { sourceIPAddress: '198.51.100.7' })],
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
  'a role that another account opened is closed to that account': {
    records: [
      ...twelve(VENDOR),
      issued('AssumeRole', -30, { type: 'AWSAccount', principalId: 'AROAX:y', accountId: '999988887777' }, VENDOR),
    ],
    finds: ['session-began: context'],
    says: ['The session was opened from account 999988887777: tell its owner'],
    never: ['If you cannot tell who opened the session'],
  },
  'whoever opened the session is nobody else at its address': {
    records: [
      ...twelve(JOB),
      issued('AssumeRoleWithWebIdentity', -30, {
        ...{ type: 'WebIdentityUser', principalId: 'system:serviceaccount:app:lister' },
      }),
    ],
    finds: ['session-began: context'],
    says: ['system:serviceaccount:app:lister opened the session'],
    never: ['called from the same address'],
  },
  'a service that opens sessions is not contained': {
    records: [
      ...twelve(JOB),
      issued('AssumeRole', -30, { type: 'AWSService', invokedBy: PODS }, JOB, { sourceIPAddress: PODS }),
    ],
    finds: ['session-began: context'],
    says: ['pods.eks.amazonaws.com opened the session (AssumeRole) for something of yours'],
    never: ['contain that, too', 'was opened from'],
  },
  'a console session that moved says so': {
    records: [
      ...twelve(role('Admin', 'alice', { age: 180 }), IN_BROWSER),
      login(-180, ADMIN, { sourceIPAddress: '198.51.100.7' }),
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
  'AWS’s own calls claim no console': {
    records: twelve(
      { ...JOB, invokedBy: 'AWS Internal' },
      { sourceIPAddress: 'AWS Internal', userAgent: 'AWS Internal' },
    ),
    finds: ['invoked-by: likely-benign'],
    never: ['claimed the AWS console'],
  },
  'a key at two places heads the alert': {
    records: [...twelve(JOB), other('s3:ListBuckets', 30, JOB, { sourceIPAddress: '198.51.100.7' })],
    finds: ['key-elsewhere: suspicious'],
    says: ['its key at two places', 'came from elsewhere within five minutes: 198.51.100.7 (1 call)'],
  },
  'a console page of which no sign-in is seen says what speaks for it, and what lacks': {
    records: twelve(role('Admin', 'alice', { mfa: 'true' }), IN_BROWSER),
    finds: ['console-page: likely-benign', 'with-mfa: likely-benign'],
    says: ['Verdict: unclear (for it: MFA, console page, but no sign-in was seen where the calls came from).'],
    never: ['nothing counts'],
  },
  'a console page is where its identity signed in, whenever its credentials were renewed': {
    records: [...twelve(role('Admin', 'alice', { mfa: 'true', age: 0 }), IN_BROWSER), login(-280)],
    finds: ['console-page: likely-benign', 'other-sign-in: context'],
    says: [
      'Verdict: likely-benign',
      'from 203.0.113.9; the calls came from 203.0.113.9.',
      'may have opened the session',
    ],
    never: ['s old', 'is another session'],
  },
  'a console page is elsewhere than its identity signed in': {
    records: [
      ...twelve(role('Admin', 'alice', { mfa: 'true', age: 0 }), IN_BROWSER),
      login(-280, ADMIN, { sourceIPAddress: '192.0.2.66' }),
    ],
    finds: ['other-sign-in: context'],
    says: ['but no sign-in was seen where the calls came from'],
    never: ['Verdict: likely-benign'],
  },
  'calls on a command line beside a page are none of the console’s': {
    records: first(6, IN_BROWSER, twelve(role('Admin', 'alice'))),
    finds: ['console-page: context'],
    says: ['Verdict: unclear (nothing counts for or against it).'],
    never: ['console credentials outside'],
  },
  'of two sessions and places neither is that of most calls': {
    records: [
      ...first(
        6,
        { userIdentity: role(SSO_ROLE, 'alice', { age: 60 }), sourceIPAddress: '192.0.2.66' },
        twelve(role(SSO_ROLE, 'alice', { age: 7200 })),
      ),
      login(-60, role(SSO_ROLE, 'alice')),
    ],
    finds: ['other-sign-in: context', 'several-addresses: context'],
    says: ['; the sessions of the calls were 60 s to 2 h old, and they came from 192.0.2.66 and 1 other.'],
    never: ['most calls'],
  },
  'whom an identity provider lets in is stopped there': {
    records: [
      ...twelve(role('Admin', 'jane', { age: 600 })),
      issued('AssumeRoleWithSAML', -600, { type: 'SAMLUser', principalId: 'idp:jane', userName: 'jane' }, ADMIN),
    ],
    finds: ['session-began: context'],
    says: [
      'idp:jane opened the session (AssumeRoleWithSAML) and can open the next: disable it at its identity provider',
    ],
    never: ['contain that, too'],
  },
});
