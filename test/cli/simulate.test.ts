import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { REGIONS } from '../../bin/synthetic-trail/deliveries';
import { STACK, startAws, TEST_BUCKET, type TestAws } from '../support/aws';
import { runCli } from '../support/cli';
import { startFunction } from '../support/function';
import { useTempFolder } from '../support/temp-folder';

const temp = useTempFolder();

const START = ['--start', '2026-11-24T04:00:05Z'];

const QUIET = ['--benign', '2'];

const simulate = (...args: readonly string[]) => runCli(['simulate', ...args]);

/** Each file under a folder and what is in it. */
function contentOf(folder: string): Record<string, string> {
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  return Object.fromEntries(
    files
      .map((entry) => join(entry.parentPath, entry.name))
      .sort()
      .map((file) => [file.slice(folder.length), readFileSync(file).toString('base64')]),
  );
}

const lines = (ndjson: string) =>
  ndjson
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Record<string, unknown>);

interface AlertState {
  readonly regionsweep: {
    readonly actor: string;
    readonly window: { readonly start: string };
    readonly regions: readonly { readonly name: string }[];
    readonly call_count: number;
  };
}

/** What a replay of the folder finds, as the answer words it. */
async function replayed(folder: string, ...options: readonly string[]) {
  const { stdout } = await runCli(['replay', folder, ...options]);
  return lines(stdout).map((line) => {
    const { actor, window, regions, call_count } = (line as unknown as AlertState).regionsweep;
    return { window_start: window.start, actor, regions: regions.map(({ name }) => name).sort(), call_count };
  });
}

describe('simulate --out', () => {
  it('makes the same trail of the same seed and start, and says what is in it', async () => {
    const [one, two, other] = ['one', 'two', 'other'].map((name) => temp.path(name)) as [string, string, string];
    const first = await simulate('--out', one, ...START, '--seed', 'x');
    const second = await simulate('--out', two, ...START, '--seed', 'x');
    await simulate('--out', other, ...START, '--seed', 'y');
    expect(first.code).toBe(0);
    expect(first.stdout).toBe(second.stdout);
    expect(contentOf(one)).toEqual(contentOf(two));
    expect(contentOf(one)).not.toEqual(contentOf(other));
    expect(lines(first.stdout)).toEqual([
      expect.objectContaining({ window_start: '2026-11-24T04:00:00Z', call_count: 12 }),
    ]);
    expect(await replayed(one)).toEqual(lines(first.stdout));
    expect(first.stderr).toMatch(/aws ec2 describe-instances --region "\$r" --max-items 1/);
    expect(first.stderr).toContain('cost nothing');
  });

  it.each([
    ['iam-user', 'prowler'],
    ['assumed-role', 'terraform'],
    ['console-session', 'console'],
    ['cross-account-role', 'aws-cli'],
    ['federated-user', 'sdk-go'],
    ['root', 'console'],
    ['aws-account', 'boto3'],
  ])('has %s sweep by %s', async (actor, tool) => {
    const folder = temp.path(`by-${actor}`);
    const options = ['--regions', '17', '--pace', '0.5', '--denied', '0.5', '--account', '444455556666'];
    const { stdout } = await simulate(
      '--out',
      folder,
      ...START,
      ...QUIET,
      '--actor',
      actor,
      '--tool',
      tool,
      ...options,
    );
    expect(lines(stdout)).toEqual([expect.objectContaining({ regions: REGIONS.slice(0, 17).sort() })]);
    expect(await replayed(folder)).toEqual(lines(stdout));
    const { stdout: alerts } = await runCli(['replay', folder, '--format', 'table']);
    expect(alerts).toMatch(/^ {2}\S+ +\.*x/m);
  });

  it('straddles an edge, which only sliding windows see through', async () => {
    const folder = temp.path('straddling');
    const { stdout, stderr } = await simulate('--out', folder, ...START, ...QUIET, '--straddle');
    expect(stdout).toBe('');
    expect(stderr).toContain('sliding windows find it');
    expect(await replayed(folder)).toEqual([]);
    expect(await replayed(folder, '--windowing', 'sliding')).toHaveLength(1);
  });

  it('takes a session in each region, which only grouping by issuer sees through', async () => {
    const folder = temp.path('sessions');
    const { stdout, stderr } = await simulate('--out', folder, ...START, ...QUIET, '--session-per-region');
    expect(stdout).toBe('');
    expect(stderr).toContain('grouping by issuer finds the sweep');
    expect(await replayed(folder)).toEqual([]);
    expect(await replayed(folder, '--group-by', 'issuer')).toHaveLength(1);
  });

  it.each([
    [['--regions', '9'], 'No window of 30 s has ten regions'],
    [['--pace', '30'], 'No window of 30 s has ten regions'],
    [['--actor', 'aws-service'], 'counted as unattributed'],
  ])('says why nothing is to be found with %j', async (options, told) => {
    const { code, stdout, stderr } = await simulate('--out', temp.path('nothing'), ...START, ...QUIET, ...options);
    expect({ code, stdout }).toEqual({ code: 0, stdout: '' });
    expect(stderr).toContain(told);
  });

  it('begins some minutes ago by default', async () => {
    const { stdout } = await simulate('--out', temp.path('now'), ...QUIET);
    const [detection] = lines(stdout);
    const ago = Date.now() / 1000 - Date.parse(detection!.window_start as string) / 1000;
    expect(ago).toBeGreaterThan(19 * 60);
    expect(ago).toBeLessThan(23 * 60);
  });

  it.each([
    [[], /one of them/],
    [['--out', 'x', '--through', STACK], /one of them/],
    [['--out', 'x', '--wait'], /--wait goes with --through/],
    [['--out', 'x', '--regions', '99'], /--regions 99: there are 33/],
    [['--out', 'x', '--session-per-region', '--actor', 'root'], /only a role has sessions/],
    [['--out', 'x', '--pace', '9000'], /--pace 9000: the sweep would take hours/],
    [['--out', 'x', '--pace', '-1'], /--pace/],
    [['--out', 'x', '--denied', '2'], /a share from 0 to 1/],
    [['--out', 'x', '--actor', 'alien'], /Allowed choices are iam-user/],
    [['--out', 'x', '--account', '1'], /account ids of twelve digits/],
    [['--out', 's3://'], /not a bucket's name/],
  ])('refuses %j', async (args, told) => {
    expect(await simulate(...args)).toMatchObject({
      code: 2,
      stdout: '',
      stderr: expect.stringMatching(told),
    });
  });

  it('says what cannot be written', async () => {
    const run = await simulate('--out', temp.write('file', ''), ...START, ...QUIET);
    expect(run).toMatchObject({ code: 1, stdout: '', stderr: expect.stringContaining('cannot be written') });
    expect(run.stderr).not.toMatch(/^ +at /m);
  });
});

describe('simulate and AWS', () => {
  let aws: TestAws;

  beforeAll(async () => {
    aws = await startAws(['out']);
  });

  afterAll(() => aws.close());

  it('writes to a bucket what it writes to a folder', async () => {
    const { code, stdout } = await runCli(['simulate', '--out', 's3://out/some', ...START, ...QUIET], {
      env: aws.env,
    });
    expect(code).toBe(0);
    const replay = await runCli(['replay', 's3://out/some/'], { env: aws.env });
    expect(replay.code).toBe(0);
    expect(lines(replay.stdout)).toHaveLength(lines(stdout).length);
    const nowhere = await runCli(['simulate', '--out', 's3://nobody-has-it', ...QUIET], { env: aws.env });
    expect(nowhere).toMatchObject({ code: 1, stderr: expect.stringContaining('no such bucket') });
  });

  it('goes through a stack by its test bucket, and follows it to its alert', async () => {
    const running = startFunction(aws);
    const { code, stdout, stderr } = await runCli(['simulate', '--through', STACK, '--wait', ...START, ...QUIET], {
      env: aws.env,
    });
    await running.stop();
    expect(code === 0 ? '' : stderr).toBe('');
    const id = /marked \[REPLAY (\S+)\]/.exec(stderr)![1]!;
    expect(running.published.map(({ subject }) => subject)).toEqual([
      expect.stringMatching(
        new RegExp(`^\\[REPLAY ${id}\\] regionsweep low: user/.* in 12 regions, account 111122223333$`),
      ),
    ]);
    expect(stderr).toContain(`s3://${TEST_BUCKET}/simulation/${id}/`);
    expect(lines(stdout)).toEqual([
      expect.objectContaining({ window_start: '2026-11-24T04:00:00Z' }),
      expect.objectContaining({
        kind: 'alert',
        window: { start: '2026-11-24T04:00:00Z', end: '2026-11-24T04:00:30Z' },
      }),
    ]);
  });
});
