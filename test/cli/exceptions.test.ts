import { runCli } from '../support/cli';
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
  stdout
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => (JSON.parse(line) as { regionsweep: { actor: string } }).regionsweep.actor);

it('passes over what the file excepts, counts it by entry, and names entries that nothing is of', async () => {
  const exceptions = file('good.json', [
    { ...WHY, source: '203.0.113.0/24', arn: '*:user/audit' },
    { ...WHY, arn: 'arn:aws:iam::*:user/retired', reason: 'left\u001b[31m' },
  ]);
  const { code, stdout, stderr } = await replay('--exceptions', exceptions);
  expect(code).toBe(0);
  expect(actorsIn(stdout)).toEqual([MALLORY]);
  expect(stderr).toMatch(/^passed over: 12 calls of an exception$/m);
  expect(stderr).toMatch(/^exception 1 \(weekly audit; security\): 12 calls$/m);
  expect(stderr).toMatch(/^exception 2 \(left\\u\{1b\}\[31m; security\): no call$/m);
});

it('warns of an entry that has expired, and counts its calls again', async () => {
  const exceptions = file('old.json', [{ ...WHY, arn: '*:user/audit', expires: '2020-02-29' }]);
  const { code, stdout, stderr } = await replay('--exceptions', exceptions);
  expect({ code, alerts: actorsIn(stdout).length }).toEqual({ code: 0, alerts: 2 });
  expect(stderr).toMatch(/^exception 1 \(weekly audit; security\) expired with 2020-02-29 and matches no more/m);
});

it.each<[string, unknown, RegExp]>([
  [
    'an entry with a fault',
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

it('refuses a file that is not there, and a stack beside it', async () => {
  const absent = await replay('--exceptions', temp.path('absent.json'));
  expect(absent.code).toBe(2);
  expect(absent.stderr).toMatch(/cannot be read/);
  const through = await runCli(['replay', 's3://trail/', '--through', 'x', '--exceptions', 'good.json']);
  expect(through.code).toBe(2);
  expect(through.stderr).toMatch(/--exceptions does not go with --through/);
});

it('goes on from a state file of the same exceptions only', async () => {
  const state = temp.path('state');
  const exceptions = file('state.json', [{ ...WHY, arn: '*:user/audit' }]);
  const first = await replay('--state', state, '--exceptions', exceptions);
  const again = await replay('--state', state, '--exceptions', exceptions);
  expect(again.stderr).toMatch(/1 object/);
  for (const { code, stdout, stderr } of [first, again]) {
    expect({ code, alerts: actorsIn(stdout) }).toEqual({ code: 0, alerts: [MALLORY] });
    expect(stderr).toMatch(/^exception 1 \(weekly audit; security\): 12 calls$/m);
  }
  expect(again.stderr).toMatch(/not read again: 1 object/);
  const other = await replay('--state', state);
  expect(other.code).toBe(2);
  expect(other.stderr).toMatch(/of another run: exceptions is /);
});
