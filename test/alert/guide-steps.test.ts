import { spawnSync } from 'node:child_process';
import type { Alert, Step } from '../../lambda/alert/model';
import { verbatim } from '../../lambda/alert/text';
import type { TrailRecord } from '../../lambda/detection/classify';
import { exceptionEntry, matchesGlob } from '../../lambda/detection/exception-document';
import { sourceMatcher } from '../../lambda/detection/ip';
import { alertOf, changed } from '../support/alerts';
import { ACCOUNT, document, iamUser, roleSession, sweep } from '../support/records';
import { objectsOf, replayed } from '../support/replay';

const containment = ({ assessment }: Alert) => assessment.guide.containment;

const investigation = ({ assessment }: Alert) => assessment.guide.investigation;

const falsePositive = ({ assessment }: Alert) => assessment.guide.falsePositive;

const KEY = 'ASIAIOSFODNN7EXAMPLE';

const LONG_LIVED = 'AKIAIOSFODNN7EXAMPLE';

/** What `aws` would be called with, once a shell has read the command. */
function argumentsOf(command: readonly string[]): string[] {
  const script = `aws() { printf '%s\\0' "$@" >&2; }\n${command.join('\n')}`;
  const { status, stderr } = spawnSync('sh', ['-c', script], { encoding: 'utf8' });
  expect(status).toBe(0);
  return stderr.split('\0').slice(0, -1);
}

function stepWith(steps: readonly Step[], text: string): Step & { readonly command: readonly string[] } {
  const step = steps.find(({ command }) => command?.join('\n').includes(text));
  if (step?.command === undefined) throw new Error(`no step with ${text}`);
  return { ...step, command: step.command };
}

const textOf = (steps: readonly Step[]) => steps.map(({ text }) => verbatim(text)).join('\n');

/** A role session whose role lies under the path. */
function sessionOf(role: string, name: string, path = '', more: TrailRecord = {}): TrailRecord {
  const session = roleSession(role, name);
  const context = session.sessionContext as { sessionIssuer: TrailRecord };
  const issuer = { ...context.sessionIssuer, arn: `arn:aws:iam::${ACCOUNT}:role/${path}${role}` };
  return { ...session, accessKeyId: KEY, sessionContext: { ...context, sessionIssuer: issuer }, ...more };
}

const personOf = (name: string) =>
  sessionOf('AWSReservedSSO_Admin_0123456789abcdef', name, 'aws-reserved/sso.amazonaws.com/eu-west-1/');

describe('what to do with a user', () => {
  it.each(['john.doe', 'alice@example.com', 'a=b,c+d-e_f'])(
    'has its name as it is, in every command: %s',
    async (name) => {
      const measures = containment(await alertOf({ identity: { ...iamUser(name), accessKeyId: LONG_LIVED } }));
      for (const action of ['update-access-key', 'attach-user-policy', 'put-user-policy']) {
        const { command } = stepWith(measures, action);
        const words = argumentsOf(command);
        expect(words[words.indexOf('--user-name') + 1]).toBe(name);
        expect(command.join('\n')).not.toMatch(/\w[.@](?:doe|example)/);
      }
    },
  );

  it('ends the sessions that its keys opened, by a policy that leaves the keys alone', async () => {
    const measures = containment(await alertOf());
    const words = argumentsOf(stepWith(measures, 'put-user-policy').command);
    const policy = JSON.parse(words.at(-1)!) as { Statement: { Condition: Record<string, TrailRecord> }[] };
    const { DateLessThan, ...rest } = policy.Statement[0]!.Condition;
    expect(rest).toEqual({});
    expect(DateLessThan!['aws:TokenIssueTime']).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
  });
});

describe('what to do with a role', () => {
  it('is a policy on it, where IAM lets it be changed', async () => {
    const measures = containment(await alertOf({ identity: sessionOf('x.y', 's') }));
    expect(argumentsOf(stepWith(measures, 'put-role-policy').command)).toContain('x.y');
  });

  it('is Identity Center and a service control policy, where that keeps the role', async () => {
    const measures = containment(await alertOf({ identity: personOf('alice@example.com') }));
    expect(textOf(measures)).toContain('In Identity Center, remove the person’s assignments');
    expect(textOf(measures)).not.toMatch(/Revoke sessions|trust policy/);
    const commands = measures.flatMap(({ command }) => command ?? []).join('\n');
    expect(commands).not.toMatch(/aws iam/);
    const words = argumentsOf(stepWith(measures, 'attach-policy').command);
    expect(words).toContain(ACCOUNT);
    const policy = JSON.parse(words[words.indexOf('--content') + 1]!);
    expect(policy.Statement[0].Condition).toEqual({
      ArnLike: {
        'aws:PrincipalArn': `arn:aws:iam::${ACCOUNT}:role/aws-reserved/*/AWSReservedSSO_Admin_0123456789abcdef`,
      },
      DateLessThan: { 'aws:TokenIssueTime': expect.stringMatching(/Z$/) },
    });
  });
});

it('what to do with root is nothing that root is not subject to', async () => {
  const identity = {
    ...{ type: 'Root', principalId: ACCOUNT, arn: `arn:aws:iam::${ACCOUNT}:root` },
    ...{ accountId: ACCOUNT, accessKeyId: KEY },
  };
  const alert = await alertOf({ identity });
  const measures = textOf(containment(alert));
  expect(measures).toContain(`Watch the root user and account ${ACCOUNT} closely`);
  expect(measures).not.toMatch(/aws:RequestedRegion|Remove ec2:DescribeInstances/);
  expect(textOf(investigation(alert))).not.toContain('AssumeRole');
});

describe('the threshold to watch with', () => {
  it.each([
    [10, ' (--min-regions 5) '],
    [5, ' (--min-regions 2) '],
  ])('is lower than the rule of %i regions', async (minRegions, option) => {
    const alert = await alertOf({}, { parameters: { minRegions, minCalls: minRegions } });
    expect(textOf(containment(alert))).toContain(option);
  });

  it('is left out where there is none', async () => {
    const alert = await alertOf({}, { parameters: { minRegions: 3, minCalls: 3 } });
    expect(textOf(containment(alert))).not.toContain('--min-regions');
  });
});

describe('the query for what it did afterwards', () => {
  const sessions = (count: number) => {
    const letters = Array.from({ length: count }, (_, index) => String.fromCharCode(65 + index));
    const records = letters.flatMap((letter) =>
      sweep({
        regions: 10,
        identity: sessionOf('x.y', 's', '', { accessKeyId: `${KEY.slice(0, -1)}${letter}` }),
      }),
    );
    return records.map((record, index) => ({ ...record, eventID: `e${index}` }));
  };
  const queryOf = async (records: TrailRecord[]) => {
    const { alerts } = await replayed(objectsOf(document(records)));
    return stepWith(investigation(alerts[0]!), 'ORDER BY');
  };

  it('takes all keys of an identity whose name would be a link', async () => {
    const { command, known } = await queryOf(sessions(12));
    const query = command.join('\n');
    expect(query).toMatch(/WHERE useridentity\.accesskeyid IN \(\n/);
    expect(new Set(query.match(/ASIA\w+/g)).size).toBe(12);
    expect(verbatim(known!)).toBe('by access key, because the ARN would turn into a link here');
  });

  it('says so where there are more than it takes', async () => {
    const { command, known } = await queryOf(sessions(25));
    expect(command.join('\n').match(/ASIA\w+/g)).toHaveLength(20);
    expect(verbatim(known!)).toMatch(/^by 20 of 25 access keys/);
  });
});

it('the query for who opened the session looks through the time in which it can have been opened', async () => {
  const created = (creationDate: string) => {
    const session = sessionOf('app', 's');
    return {
      ...session,
      sessionContext: { ...(session.sessionContext as TrailRecord), attributes: { creationDate } },
    };
  };
  const queryOf = async (identity: TrailRecord) =>
    stepWith(investigation(await alertOf({ identity })), 'responseelements').command.join('\n');
  expect(await queryOf(created('2026-11-24T01:00:00Z'))).toContain(
    "eventtime BETWEEN '2026-11-24T00:59:00Z' AND '2026-11-24T04:00:30Z'",
  );
  expect(await queryOf(sessionOf('app', 's'))).toContain(
    "eventtime BETWEEN '2026-11-22T16:00:00Z' AND '2026-11-24T04:00:30Z'",
  );
});

describe('the command for whose the address is', () => {
  it.each([
    ['198.51.100.5', 'Name=association.public-ip,Values=198.51.100.5'],
    ['2001:db8::5', 'Name=ipv6-addresses.ipv6-address,Values=2001:db8::5'],
  ])('asks every region, for exactly that one: %s', async (sourceIPAddress, filter) => {
    const { command } = stepWith(investigation(await alertOf({ fields: { sourceIPAddress } })), 'describe-network');
    expect(command.join('\n')).not.toContain('grep');
    const words = argumentsOf(command);
    expect(words.filter((word) => word === 'describe-network-interfaces')).toHaveLength(10);
    expect(words.filter((word) => word === filter)).toHaveLength(10);
  });
});

describe('the exception', () => {
  async function exceptionOf(identity: TrailRecord, sources: readonly string[]) {
    const records = sweep({ regions: 10, identity }).map((record, index) => ({
      ...record,
      sourceIPAddress: sources[index % sources.length],
    }));
    const { alerts } = await replayed(objectsOf(document(records)));
    const { exception, note } = falsePositive(alerts[0]!);
    return { entry: exceptionEntry.parse(JSON.parse(exception!)), note: verbatim(note) };
  }
  const user = (name: string) => ({ ...iamUser(name), accessKeyId: LONG_LIVED });

  it('names an address of either kind', async () => {
    for (const source of ['198.51.100.7', '2001:db8::7']) {
      const { entry, note } = await exceptionOf(user('ci'), [source]);
      expect(sourceMatcher(entry.source!)!(source)).toBe(true);
      expect(note).not.toContain('from any address');
    }
  });

  it('names the key where there are several addresses, and says what it lets through', async () => {
    const { entry, note } = await exceptionOf(user('ci'), ['198.51.100.7', '198.51.100.8']);
    expect(entry).toMatchObject({ accessKeyId: LONG_LIVED, arn: `arn:aws:iam::${ACCOUNT}:user/ci` });
    expect(note).toContain('matches from any address: anyone who has the key is excepted');
  });

  it.each([['AWS Internal'], ['ec2.amazonaws.com']])('says that it is wide where there is %s', async (source) => {
    const { entry, note } = await exceptionOf(sessionOf('app', 's'), [source]);
    expect(entry).not.toHaveProperty('source');
    expect(note).toContain('It matches the identity alone');
  });

  it('says what a ? is', async () => {
    const { entry, note } = await exceptionOf(user('john.doe'), ['198.51.100.7']);
    expect(matchesGlob(entry.arn!, `arn:aws:iam::${ACCOUNT}:user/john.doe`)).toBe(true);
    expect(note).toContain('A ? matches any one character');
    expect((await exceptionOf(user('ci'), ['198.51.100.7'])).note).not.toContain('?');
  });

  it('is not advised where no record could be read', async () => {
    const alert = await alertOf();
    const { exception, note } = falsePositive(changed(alert, { evidence: { ...alert.evidence, calls: 0 } }));
    expect(exception).toBeUndefined();
    expect(verbatim(note)).toContain('the records could not be read');
  });
});
