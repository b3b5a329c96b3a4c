import { jsonLines, runCli } from '../support/cli';
import { document, iamUser, MALLORY, sweep } from '../support/records';
import { useTempFolder } from '../support/temp-folder';

const temp = useTempFolder();
const trail = temp.write(
  'trail/a.json',
  document([
    ...sweep({ regions: 10 }),
    ...sweep({ regions: 12, identity: iamUser('audit'), fields: { sourceIPAddress: '203.0.113.9' } }),
  ]),
);
const WHY = { reason: 'weekly audit', owner: 'security' };
const file = (name: string, exceptions: unknown) =>
  temp.write(name, typeof exceptions === 'string' ? exceptions : JSON.stringify({ exceptions }));
const replay = (...args: string[]) => runCli(['replay', trail, ...args]);
const actorsIn = (stdout: string) =>
  jsonLines<{ regionsweep: { actor: string } }>(stdout).map(({ regionsweep }) => regionsweep.actor);

it('excludes and counts the calls of each exception, even if there are none', async () => {
  const exceptions = file('good.json', [
    { ...WHY, source: '203.0.113.0/24', arn: '*:user/audit' },
    { ...WHY, arn: 'arn:aws:iam::*:user/retired', reason: 'left\u001b[31m' },
  ]);
  const { code, stdout, stderr } = await replay('--exceptions', exceptions);
  expect(code).toBe(0);
  expect(actorsIn(stdout)).toEqual([MALLORY]);
  expect(stderr).toMatch(/^excluded: 12 calls by exceptions$/m);
  expect(stderr).toMatch(/^exception 1 \(weekly audit; security\): 12 calls$/m);
  expect(stderr).toMatch(/^exception 2 \(left\\u\{1b\}\[31m; security\): no calls$/m);
});

it('warns of an expired exception, and counts its calls again', async () => {
  const exceptions = file('old.json', [{ ...WHY, arn: '*:user/audit', expires: '2020-02-29' }]);
  const { code, stdout, stderr } = await replay('--exceptions', exceptions);
  expect({ code, alerts: actorsIn(stdout).length }).toEqual({ code: 0, alerts: 2 });
  expect(stderr).toMatch(/^exception 1 \(weekly audit; security\) expired with 2020-02-29/m);
});

it.each<[string, unknown, RegExp]>([
  [
    'an invalid exception',
    [
      { ...WHY, arn: '*' },
      { ...WHY, arn: MALLORY },
    ],
    /exception 1: arn is "\*"/,
  ],
  ['no JSON', '{', /not JSON/],
  ['another document', '{"Records":[]}', /not \{"exceptions"/],
])('refuses %s before anything is read', async (name, exceptions, fault) => {
  const { code, stdout, stderr } = await replay('--exceptions', file(`${name}.json`, exceptions));
  expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
  expect(stderr).toMatch(fault);
  expect(stderr).toMatch(/^regionsweep: --exceptions /m);
  expect(stderr).not.toMatch(/^read /m);
});

it('refuses a missing file, and exceptions with --through', async () => {
  const absent = await replay('--exceptions', temp.path('absent.json'));
  expect(absent).toMatchObject({ code: 2, stderr: expect.stringContaining('cannot be read') });
  const deployed = await runCli(['replay', 's3://trail/', '--through', 'x', '--exceptions', 'good.json']);
  expect(deployed).toMatchObject({
    code: 2,
    stderr: expect.stringMatching(/--exceptions .*cannot be used|cannot be used.*--exceptions/),
  });
});

it('continues only from a state file of the same exceptions', async () => {
  const state = temp.path('state');
  const exceptions = file('state.json', [{ ...WHY, arn: '*:user/audit' }]);
  const first = await replay('--state', state, '--exceptions', exceptions);
  const again = await replay('--state', state, '--exceptions', exceptions);
  for (const { code, stdout, stderr } of [first, again]) {
    expect({ code, alerts: actorsIn(stdout) }).toEqual({ code: 0, alerts: [MALLORY] });
    expect(stderr).toMatch(/1 object/);
    expect(stderr).toMatch(/^exception 1 \(weekly audit; security\): 12 calls$/m);
  }
  expect(again.stderr).toMatch(/not read again: 1 object/);
  const other = await replay('--state', state);
  expect(other.code).toBe(2);
  expect(other.stderr).toMatch(/of another run: exceptions was /);
});
