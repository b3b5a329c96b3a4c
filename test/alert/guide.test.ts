import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Alert, Step } from '../../lambda/alert/model';
import { verbatim } from '../../lambda/alert/text';
import type { TrailRecord } from '../../lambda/detection/classify';
import { exceptionEntry, matchesGlob } from '../../lambda/detection/exception-document';
import { sourceMatcher } from '../../lambda/detection/ip';
import { ecsAlertSchema } from '../../scripts/alert-schema';
import { readAlertScenarios } from '../support/alert-scenario';
import { alertIn, alertOf, changed } from '../support/alerts';
import { ACCOUNT, iamUser, inContext, roleSession, sweep } from '../support/records';

const KEY = 'ASIAIOSFODNN7EXAMPLE';

const LONG_LIVED = 'AKIAIOSFODNN7EXAMPLE';

const user = (name: string) => ({ ...iamUser(name), accessKeyId: LONG_LIVED });

/** A role session whose role has the path. */
function sessionOf(role: string, name: string, path = '', more: TrailRecord = {}): TrailRecord {
  const sessionIssuer = { type: 'Role', arn: `arn:aws:iam::${ACCOUNT}:role/${path}${role}`, userName: role };
  return { ...inContext(roleSession(role, name), { sessionIssuer }), accessKeyId: KEY, ...more };
}

/** What `aws` would be called with, once a shell has read the command. */
function argumentsOf(command: readonly string[]): string[] {
  const script = `aws() { printf '%s\\0' "$@" >&2; }\n${command.join('\n')}`;
  const { status, stderr } = spawnSync('sh', ['-c', script], { encoding: 'utf8' });
  expect(status).toBe(0);
  return stderr.split('\0').slice(0, -1);
}

const containment = ({ assessment }: Alert) => assessment.guide.containment;

const investigation = ({ assessment }: Alert) => assessment.guide.investigation;

const textOf = (steps: readonly Step[]) => steps.map(({ text }) => verbatim(text)).join('\n');

function stepWith(
  steps: readonly Step[],
  part: string,
): { readonly known: string; readonly command: readonly string[] } {
  const { known, command } = steps.find((step) => step.command?.join('\n').includes(part)) ?? {};
  if (command === undefined) throw new Error(`no step with ${part}`);
  return { known: known === undefined ? '' : verbatim(known), command };
}

describe('containment', () => {
  it.each(['john.doe', 'alice@example.com', 'a=b,c+d-e_f'])(
    'of a user has its name, in every command: %s',
    async (name) => {
      const steps = containment(await alertOf({ identity: user(name) }));
      for (const action of ['update-access-key', 'attach-user-policy', 'put-user-policy']) {
        const { command } = stepWith(steps, action);
        const words = argumentsOf(command);
        expect(words[words.indexOf('--user-name') + 1]).toBe(name);
        expect(command.join('\n')).not.toMatch(/\w[.@](?:doe|example)/);
      }
    },
  );

  it('of a user revokes the sessions that its keys opened, by a policy that does not affect the keys', async () => {
    const words = argumentsOf(stepWith(containment(await alertOf()), 'put-user-policy').command);
    expect(JSON.parse(words.at(-1)!).Statement[0].Condition).toEqual({
      DateLessThan: { 'aws:TokenIssueTime': expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/) },
    });
  });

  it('of a role is a policy on it, if IAM lets it be changed', async () => {
    const steps = containment(await alertOf({ identity: sessionOf('x.y', 's') }));
    expect(argumentsOf(stepWith(steps, 'put-role-policy').command)).toContain('x.y');
  });

  it('of a role of Identity Center is done there, and by a service control policy', async () => {
    const role = 'AWSReservedSSO_Admin_0123456789abcdef';
    const identity = sessionOf(role, 'alice@example.com', 'aws-reserved/sso.amazonaws.com/eu-west-1/');
    const steps = containment(await alertOf({ identity }));
    expect(textOf(steps)).toContain('In Identity Center, remove the person’s assignments');
    expect(textOf(steps)).not.toMatch(/Revoke sessions|trust policy/);
    expect(steps.flatMap(({ command }) => command ?? []).join('\n')).not.toMatch(/aws iam/);
    const words = argumentsOf(stepWith(steps, 'attach-policy').command);
    expect(words).toContain(ACCOUNT);
    expect(JSON.parse(words[words.indexOf('--content') + 1]!).Statement[0].Condition).toEqual({
      ArnLike: { 'aws:PrincipalArn': `arn:aws:iam::${ACCOUNT}:role/aws-reserved/*/${role}` },
      DateLessThan: { 'aws:TokenIssueTime': expect.stringMatching(/Z$/) },
    });
  });

  it('of root is nothing that root is not subject to', async () => {
    const arn = `arn:aws:iam::${ACCOUNT}:root`;
    const identity = { type: 'Root', principalId: ACCOUNT, arn, accountId: ACCOUNT, accessKeyId: KEY };
    const alert = await alertOf({ identity });
    expect(textOf(containment(alert))).toContain(`Watch the root user and account ${ACCOUNT} closely`);
    expect(textOf(containment(alert))).not.toMatch(/aws:RequestedRegion|Remove ec2:DescribeInstances/);
    expect(textOf(investigation(alert))).not.toContain('AssumeRole');
  });

  it.each([
    [10, ' (--min-regions 5) '],
    [5, ' (--min-regions 2) '],
    [3, undefined],
  ])('suggests to watch with a lower threshold than %i, if there is one', async (minRegions, option) => {
    const text = textOf(containment(await alertOf({}, { parameters: { minRegions, minCalls: minRegions } })));
    if (option === undefined) expect(text).not.toContain('--min-regions');
    else expect(text).toContain(option);
  });
});

describe('the query for later calls', () => {
  const queryOf = async (sessions: number) => {
    const records = Array.from({ length: sessions }, (_, index) => {
      const accessKeyId = `${KEY.slice(0, -1)}${String.fromCharCode(65 + index)}`;
      return sweep({ regions: 10, identity: sessionOf('x.y', 's', '', { accessKeyId }) });
    });
    const alert = await alertIn([records.flat().map((record, index) => ({ ...record, eventID: `e${index}` }))]);
    return stepWith(investigation(alert), 'ORDER BY');
  };

  it('filters by all keys of an identity whose name could become a link', async () => {
    const { command, known } = await queryOf(12);
    expect(command.join('\n')).toMatch(/WHERE useridentity\.accesskeyid IN \(\n/);
    expect(new Set(command.join('\n').match(/ASIA\w+/g)).size).toBe(12);
    expect(known).toBe('by access key, because the ARN would turn into a link here');
  });

  it('says if there are more than it filters by', async () => {
    const { command, known } = await queryOf(25);
    expect(command.join('\n').match(/ASIA\w+/g)).toHaveLength(20);
    expect(known).toMatch(/^by 20 of 25 access keys/);
  });
});

it.each([
  ['since the session was created', { creationDate: '2026-11-24T01:00:00Z' }, '2026-11-24T00:59:00Z'],
  ['of the longest session, if that is unknown', {}, '2026-11-22T16:00:00Z'],
])('the query for who opened the session covers the time %s', async (_, attributes, from) => {
  const identity = inContext(sessionOf('app', 's'), { attributes });
  const { command } = stepWith(investigation(await alertOf({ identity })), 'responseelements');
  expect(command.join('\n')).toContain(`eventtime BETWEEN '${from}' AND '2026-11-24T04:00:30Z'`);
});

it.each([
  ['198.51.100.5', 'Name=association.public-ip,Values=198.51.100.5'],
  ['2001:db8::5', 'Name=ipv6-addresses.ipv6-address,Values=2001:db8::5'],
])('the command for network interfaces asks every region for exactly %s', async (sourceIPAddress, filter) => {
  const { command } = stepWith(investigation(await alertOf({ fields: { sourceIPAddress } })), 'describe-network');
  const words = argumentsOf(command);
  expect(words.filter((word) => word === 'describe-network-interfaces')).toHaveLength(10);
  expect(words.filter((word) => word === filter)).toHaveLength(10);
});

describe('the exception', () => {
  async function exceptionOf(identity: TrailRecord, sources: readonly string[]) {
    const records = sweep({ regions: 10, identity }).map((record, index) => {
      return { ...record, sourceIPAddress: sources[index % sources.length] };
    });
    const { exception, note } = (await alertIn([records])).assessment.guide.falsePositive;
    return { entry: exceptionEntry.parse(JSON.parse(exception!)), note: verbatim(note) };
  }

  it.each(['198.51.100.7', '2001:db8::7'])('has the address %s', async (source) => {
    const { entry, note } = await exceptionOf(user('ci'), [source]);
    expect(sourceMatcher(entry.source!)!(source)).toBe(true);
    expect(note).not.toMatch(/from any address|\?/);
  });

  it('has the key if there are several addresses, and says what it lets through', async () => {
    const { entry, note } = await exceptionOf(user('ci'), ['198.51.100.7', '198.51.100.8']);
    expect(entry).toMatchObject({ accessKeyId: LONG_LIVED, arn: `arn:aws:iam::${ACCOUNT}:user/ci` });
    expect(note).toContain('matches from any address: anyone who has the key is excepted');
  });

  it('says that it is wide if the source is AWS Internal', async () => {
    const { entry, note } = await exceptionOf(sessionOf('app', 's'), ['AWS Internal']);
    expect(entry).not.toHaveProperty('source');
    expect(note).toContain('It matches the identity alone');
  });

  it('has the service that called on behalf of somebody', async () => {
    const { entry, note } = await exceptionOf(sessionOf('app', 's'), ['ec2.amazonaws.com']);
    expect(entry).toMatchObject({ source: 'ec2.amazonaws.com' });
    expect(note).toContain('and has that service call is excepted, too');
  });

  it('says what a ? is', async () => {
    const { entry, note } = await exceptionOf(user('john.doe'), ['198.51.100.7']);
    expect(matchesGlob(entry.arn!, `arn:aws:iam::${ACCOUNT}:user/john.doe`)).toBe(true);
    expect(note).toContain('A ? matches any one character');
  });

  it('is not suggested if no record could be read', async () => {
    const alert = await alertOf();
    const { falsePositive } = changed(alert, { evidence: { ...alert.evidence, calls: 0 } }).assessment.guide;
    expect(falsePositive.exception).toBeUndefined();
    expect(verbatim(falsePositive.note)).toContain('the records could not be read');
  });
});

it.each(readAlertScenarios())('the guide to $name has a valid exception and valid commands', ({ file }) => {
  // As the golden tests have it.
  const json = readFileSync(join(__dirname, 'golden', file, 'alert.json'), 'utf8');
  const { aws, regionsweep } = ecsAlertSchema.parse(JSON.parse(json));
  const { questions, if_bad, if_expected } = regionsweep.guide;
  if (file === 'root') {
    expect(if_expected.exception).toBeUndefined();
  } else {
    const entry = exceptionEntry.parse(JSON.parse(if_expected.exception!));
    const [issuer] = aws.cloudtrail.user_identity.session_context.session_issuer.arn;
    if (entry.arn !== undefined) expect(matchesGlob(entry.arn, regionsweep.actor)).toBe(true);
    if (entry.issuer !== undefined) expect(matchesGlob(entry.issuer, issuer!)).toBe(true);
    expect(entry.expires).toBe('2027-02-22');
  }
  const commands = [...questions, ...if_bad].map(({ command = '' }) => command);
  const scripts = commands.filter((command) => /^(?:aws|npm|for) /.test(command));
  expect(scripts.length).toBeGreaterThan(0);
  const parseEach = 'for script; do sh -n -c "$script" || exit 1; done';
  const { status, stderr } = spawnSync('sh', ['-c', parseEach, 'sh', ...scripts], { encoding: 'utf8' });
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
});
