import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { REGIONS } from '../../bin/synthetic-trail/deliveries';
import { STACK, TEST_BUCKET, useAws } from '../support/aws';
import { jsonLines, runCli } from '../support/cli';
import { startFunction } from '../support/function';
import { T0 } from '../support/records';
import { useTempFolder } from '../support/temp-folder';

const temp = useTempFolder();

const START = ['--start', '2026-11-24T04:00:05Z'];

const QUIET = ['--benign', '2'];

const simulate = (...args: readonly string[]) => runCli(['simulate', ...args], { time: T0 });

/** Each file under a folder with its content. */
function contentOf(folder: string): Record<string, string> {
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  const paths = files.map((entry) => join(entry.parentPath, entry.name)).sort();
  return Object.fromEntries(paths.map((file) => [file.slice(folder.length), readFileSync(file).toString('base64')]));
}

interface AlertJson {
  readonly regionsweep: {
    readonly actor: string;
    readonly window: { readonly start: string };
    readonly regions: readonly { readonly name: string }[];
    readonly call_count: number;
  };
}

/** What a replay of the folder finds, in the form of the answer. */
async function replayed(folder: string, ...options: readonly string[]) {
  const { stdout } = await runCli(['replay', folder, ...options]);
  return jsonLines<AlertJson>(stdout).map(({ regionsweep: { actor, window, regions, call_count } }) => {
    return { window_start: window.start, actor, regions: regions.map(({ name }) => name).sort(), call_count };
  });
}

describe('simulate --out', () => {
  it('generates the same trail from the same seed and start, with its answer', async () => {
    const [one, two, other] = ['one', 'two', 'other'].map((name) => temp.path(name)) as [string, string, string];
    const first = await simulate('--out', one, ...START, '--seed', 'x');
    const second = await simulate('--out', two, ...START, '--seed', 'x');
    await simulate('--out', other, ...START, '--seed', 'y');
    expect(first.code).toBe(0);
    expect(first.stdout).toBe(second.stdout);
    expect(contentOf(one)).toEqual(contentOf(two));
    expect(contentOf(one)).not.toEqual(contentOf(other));
    const answer = jsonLines(first.stdout);
    expect(answer).toEqual([expect.objectContaining({ window_start: '2026-11-24T04:00:00Z', call_count: 12 })]);
    expect(await replayed(one)).toEqual(answer);
    expect(first.stderr).toMatch(/aws ec2 describe-instances --region "\$r" --max-items 1/);
    expect(first.stderr).toContain('free of charge');
  });

  it.each([
    ['iam-user', 'prowler'],
    ['assumed-role', 'terraform'],
    ['console-session', 'console'],
    ['cross-account-role', 'aws-cli'],
    ['federated-user', 'sdk-go'],
    ['root', 'console'],
    ['aws-account', 'boto3'],
  ])('lets %s sweep with %s', async (actor, tool) => {
    const folder = temp.path(`by-${actor}`);
    const options = ['--regions', '17', '--pace', '0.5', '--denied', '0.5', '--account', '444455556666'];
    const who = ['--actor', actor, '--tool', tool];
    const { stdout } = await simulate('--out', folder, ...START, ...QUIET, ...who, ...options);
    const answer = jsonLines(stdout);
    expect(answer).toEqual([expect.objectContaining({ regions: REGIONS.slice(0, 17).sort() })]);
    expect(await replayed(folder)).toEqual(answer);
    const { stdout: alerts } = await runCli(['replay', folder, '--format', 'table']);
    expect(alerts).toMatch(/^ {2}\S+ +\.*x/m);
  });

  it.each([
    ['--straddle', '--windowing sliding'],
    ['--session-per-region', '--group-by issuer'],
  ])('with %s, finds the sweep only with %s', async (option, found) => {
    const folder = temp.path(option);
    const { stdout, stderr } = await simulate('--out', folder, ...START, ...QUIET, option);
    expect(stdout).toBe('');
    expect(stderr).toContain(`${found} finds`);
    expect(await replayed(folder)).toEqual([]);
    expect(await replayed(folder, ...found.split(' '))).toHaveLength(1);
  });

  it.each([
    [['--regions', '9'], 'No 30 s window has ten regions'],
    [['--pace', '30'], 'No 30 s window has ten regions'],
    [['--straddle', '--regions', '9'], 'No 30 s window has ten regions'],
    [['--straddle', '--session-per-region'], '--group-by issuer with --windowing sliding finds'],
    [['--session-per-region', '--regions', '9'], 'No 30 s window has ten regions'],
    [['--actor', 'aws-service'], 'counted as calls without an identity'],
  ])('says why nothing is found with %j', async (options, hint) => {
    const { code, stdout, stderr } = await simulate('--out', temp.path('nothing'), ...START, ...QUIET, ...options);
    expect({ code, stdout }).toEqual({ code: 0, stdout: '' });
    expect(stderr).toContain(hint);
  });

  it('starts 20 minutes ago by default', async () => {
    const { stdout } = await simulate('--out', temp.path('now'), ...QUIET);
    const [detection] = jsonLines<{ window_start: string }>(stdout);
    expect(Date.parse(detection!.window_start) / 1000).toBe(T0 - 20 * 60);
  });

  it.each([
    [[], /expected one of --out/],
    [['--out', 'x', '--through', STACK], /expected one of --out/],
    [['--out', 'x', '--wait'], /--wait requires --through/],
    [['--out', 'x', '--regions', '99'], /--regions 99: there are only 33/],
    [['--out', 'x', '--session-per-region', '--actor', 'root'], /only a role has sessions/],
    [['--out', 'x', '--pace', '9000'], /--pace 9000: the sweep would take hours/],
    [['--out', 'x', '--pace', '-1'], /--pace/],
    [['--out', 'x', '--denied', '2'], /Expected a number from 0 to 1/],
    [['--out', 'x', '--actor', 'alien'], /Allowed choices are iam-user/],
    [['--out', 'x', '--account', '1'], /12-digit account IDs/],
    [['--out', 's3://'], /no valid bucket name/],
    [['--out', ''], /the name of the folder is empty/],
  ])('refuses %j', async (args, message) => {
    expect(await simulate(...args)).toMatchObject({ code: 2, stdout: '', stderr: expect.stringMatching(message) });
  });

  it('reports a file that cannot be written', async () => {
    const run = await simulate('--out', temp.write('file', ''), ...START, ...QUIET);
    expect(run).toMatchObject({ code: 1, stdout: '', stderr: expect.stringContaining('cannot be written') });
  });
});

describe('simulate and AWS', () => {
  const aws = useAws(['out']);

  it('writes the same to a bucket as to a folder', async () => {
    const { code, stdout } = await simulate('--out', 's3://out/some', ...START, ...QUIET);
    expect(code).toBe(0);
    const replay = await runCli(['replay', 's3://out/some/']);
    expect(replay.code).toBe(0);
    expect(jsonLines(replay.stdout)).toHaveLength(jsonLines(stdout).length);
    const nowhere = await simulate('--out', 's3://nobody-has-it', ...QUIET);
    expect(nowhere).toMatchObject({ code: 1, stderr: expect.stringContaining('no such bucket') });
  });

  it('sends a trail through the test bucket of a stack, and waits for its alert', async () => {
    const running = startFunction(aws);
    const { code, stdout, stderr } = await runCli(['simulate', '--through', STACK, '--wait', ...START, ...QUIET]);
    await running.stop();
    expect(code === 0 ? '' : stderr).toBe('');
    const id = /marked \[REPLAY (\S+)\]/.exec(stderr)![1]!;
    expect(running.published.map(({ subject }) => subject)).toEqual([
      expect.stringMatching(
        new RegExp(`^\\[REPLAY ${id}\\] regionsweep low: user/.* in 12 regions, account 111122223333$`),
      ),
    ]);
    expect(stderr).toContain(`s3://${TEST_BUCKET}/simulation/${id}/`);
    expect(jsonLines(stdout)).toEqual([
      expect.objectContaining({ window_start: '2026-11-24T04:00:00Z' }),
      expect.objectContaining({
        kind: 'alert',
        window: { start: '2026-11-24T04:00:00Z', end: '2026-11-24T04:00:30Z' },
      }),
    ]);
  });
});
