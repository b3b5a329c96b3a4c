import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Notification } from '../../lambda/alert/model';
import { renderHtml } from '../../lambda/alert/render/html';
import { renderEmail, renderTerminal } from '../../lambda/alert/render/plain-text';
import { renderTopicMessage } from '../../lambda/alert/render/sns-message';
import type { TrailRecord } from '../../lambda/detection/classify';
import { sanitizeJson } from '../../lambda/util/sanitize';
import { notificationOf, readAlertScenarios } from '../support/alert-scenario';
import { alertIn, STYLE } from '../support/alerts';
import { ACCOUNT, iamUser, inContext, iso, roleSession, sweep, T0 } from '../support/records';

/** What people read, as it was when somebody last read it. REGIONSWEEP_UPDATE_GOLDEN=1 rewrites it. */
const GOLDEN = join(__dirname, 'golden');

const isUpdating = process.env.REGIONSWEEP_UPDATE_GOLDEN === '1';

/** As a topic delivers it; alerts also as a replay shows them. */
function renderings(notification: Notification): Record<string, string> {
  const { subject, body } = renderTopicMessage(notification, STYLE);
  const { email, https, sqs } = JSON.parse(body) as Record<'email' | 'https' | 'sqs', string>;
  const indented = (json: string) => `${sanitizeJson(JSON.parse(json), 2)}\n`;
  return {
    'email.txt': `Subject: ${subject}\n\n${email}`,
    'card.json': indented(https),
    'alert.json': indented(sqs),
    ...('alert' in notification ? { 'terminal.txt': renderTerminal(notification.alert) } : {}),
    'page.html': [...renderHtml([notification], STYLE)].join(''),
  };
}

function expectAsItWasRead(folder: string, rendered: Record<string, string>): void {
  for (const [name, text] of Object.entries(rendered)) {
    const file = join(GOLDEN, folder, name);
    if (isUpdating) {
      mkdirSync(join(GOLDEN, folder), { recursive: true });
      writeFileSync(file, text);
    }
    expect(existsSync(file) && readFileSync(file, 'utf8')).toBe(text);
  }
}

it.each(readAlertScenarios())('$name: is as it was read', async (scenario) => {
  expectAsItWasRead(scenario.file, renderings(await notificationOf(scenario)));
});

const interval = { from: T0, until: T0 + 300 };

const entries = ['ci-deploy', 'john.doe'].map((name, index) => ({
  ...{ kind: 'held' as const, at: T0 + 60 + index, alertId: `${index}`.repeat(32), messageId: undefined },
  ...{ actor: `arn:aws:iam::${ACCOUNT}:user/${name}`, account: ACCOUNT },
  ...{ start: T0 + 30 * index, end: T0 + 30 * index + 30, regions: 17 - index },
}));

const others: Notification[] = [
  { kind: 'notice', ...interval, limit: 100, count: 12, entries },
  {
    ...{ kind: 'summary', ...interval, actor: entries[0]!.actor, account: ACCOUNT },
    ...{ count: 1, entries: entries.slice(0, 1) },
  },
];

it.each(others)('a $kind is as it was read', (notification) => {
  expectAsItWasRead(notification.kind, renderings(notification));
});

const session = (role: string, name: string, path = '', more: TrailRecord = {}) => {
  const sessionIssuer = { type: 'Role', arn: `arn:aws:iam::${ACCOUNT}:role/${path}${role}`, userName: role };
  const attributes = { creationDate: iso(T0 - 600), mfaAuthenticated: 'false' };
  return inContext(roleSession(role, name), { sessionIssuer, attributes, ...more });
};

const root = (more: TrailRecord = {}) => ({
  ...{ type: 'Root', arn: `arn:aws:iam::${ACCOUNT}:root`, principalId: ACCOUNT, accountId: ACCOUNT },
  ...{ accessKeyId: 'ASIAROOTEXAMPLE', ...more },
});

const PAGE = { sessionCredentialFromConsole: 'true', userAgent: 'Mozilla/5.0 (X11; Linux x86_64)' };

const federated = {
  ...{ type: 'FederatedUser', arn: `arn:aws:sts::${ACCOUNT}:federated-user/temp`, accountId: ACCOUNT },
  accessKeyId: 'ASIAFEDERATEDEXAMPLE',
  sessionContext: { sessionIssuer: { type: 'IAMUser', arn: `arn:aws:iam::${ACCOUNT}:user/bob`, userName: 'bob' } },
};

const lister = `arn:aws:lambda:us-east-1:${ACCOUNT}:function:lister`;

const ADVISOR = 'trustedadvisor.amazonaws.com';

/** What an alert says of each kind of identity: who, the findings, what to do, and the exception. */
const IDENTITIES: Readonly<Record<string, readonly [identity: TrailRecord, fields?: TrailRecord]>> = {
  'user-key': [{ ...iamUser('ci'), accessKeyId: 'AKIACIEXAMPLE' }],
  'console-user': [
    inContext(
      { ...iamUser('bob'), accessKeyId: 'ASIABOBEXAMPLE' },
      { attributes: { creationDate: iso(T0 - 600), mfaAuthenticated: 'true' } },
    ),
    PAGE,
  ],
  role: [session('build', 'job')],
  instance: [session('web', 'i-0123456789abcdef0', '', { ec2RoleDelivery: '2.0' })],
  function: [{ ...session('lister', 'lister'), inScopeOf: { credentialsIssuedTo: lister } }],
  'identity-center': [
    session('AWSReservedSSO_Admin_0123456789abcdef', 'alice@example.com', 'aws-reserved/sso.amazonaws.com/'),
  ],
  federated: [federated],
  'service-linked': [
    {
      ...session('AWSServiceRoleForTrustedAdvisor', 'TrustedAdvisor', `aws-service-role/${ADVISOR}/`),
      invokedBy: ADVISOR,
    },
    { sourceIPAddress: ADVISOR, userAgent: ADVISOR },
  ],
  root: [root({ accessKeyId: 'AKIAROOTEXAMPLE' })],
  'root-session': [root({ sessionContext: { assumedRoot: 'true', attributes: { creationDate: iso(T0 - 60) } } })],
  'other-account': [
    { type: 'AWSAccount', principalId: 'AROAEXAMPLE:job', accountId: '999988887777' },
    { recipientAccountId: ACCOUNT },
  ],
  container: [
    session('app', '0123456789abcdef0123456789abcdef'),
    { userAgent: 'Boto3/1.40.4 exec-env/AWS_ECS_FARGATE' },
  ],
};

const READ = /^(?:SUSPICIOUS|LIKELY BENIGN|CONTEXT|CONTAIN|IF IT IS)/;

it.each(Object.entries(IDENTITIES))('the identity %s is as it was read', async (name, [identity, fields = {}]) => {
  const regions = sweep({ regions: 12, at: T0 + 5, identity, fields });
  const alert = await alertIn([regions]);
  const [lead, ...sections] = renderEmail({ kind: 'alert', alert }, STYLE).split(/\n\n(?=[A-Z])/);
  const shown = [lead, ...sections.filter((section) => READ.test(section))];
  expectAsItWasRead('identities', { [`${name}.txt`]: `${shown.join('\n\n').trimEnd()}\n` });
});
