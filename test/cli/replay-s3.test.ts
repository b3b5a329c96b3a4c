import { appendFileSync, readFileSync, utimesSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { useAws } from '../support/aws';
import { jsonLines, runCli, startCli } from '../support/cli';
import { document, record } from '../support/records';
import { SIMULATED_AT, simulated, upload } from '../support/simulated';
import { useTempFolder } from '../support/temp-folder';

const temp = useTempFolder();
const OTHER = '444455556666';
const YESTERDAY = SIMULATED_AT - 86_400;
const aws = useAws(['trail', 'mixed', 'empty']);

beforeAll(async () => {
  await upload(aws, 'trail', 'org/');
  await upload(aws, 'trail', 'org/', OTHER);
  await upload(aws, 'trail', 'org/', undefined, YESTERDAY);
});

const replay = (...args: readonly string[]) => runCli(['replay', ...args]);
const gets = () => aws.asked.filter((line) => line.startsWith('GET') && line.includes('.json.gz'));
const alertsIn = (ndjson: string) =>
  jsonLines<{ cloud: { account: { id: string } }; regionsweep: { window: { start: string } } }>(ndjson).map(
    ({ cloud, regionsweep }) => `${cloud.account.id} ${regionsweep.window.start}`,
  );

/** The same objects as files. */
function folderOf(name: string, objects: readonly { key: string; body: Uint8Array }[]): string {
  for (const { key, body } of objects) temp.write(join(name, key), body);
  return temp.path(name);
}

describe('replay of s3://', () => {
  it('finds the same in a bucket and in files, separately and together', async () => {
    const local = await replay(folderOf('same', simulated(OTHER)));
    const remote = await replay('s3://trail/org', '--account', OTHER);
    expect(remote.code).toBe(0);
    expect(alertsIn(remote.stdout)).toEqual([`${OTHER} 2026-11-24T04:00:00Z`]);
    // The names of the objects differ.
    const unnamed = ({ stdout }: { stdout: string }) =>
      stdout.replace(/"[^"]*\.json\.gz"/g, '""').replace(/replay \S+AWSLogs/g, 'replay AWSLogs');
    expect(unnamed(remote) === unnamed(local)).toBe(true);
    const mixed = await replay(temp.path('same'), 's3://trail/org/AWSLogs/111122223333/');
    expect(alertsIn(mixed.stdout)).toEqual([
      '111122223333 2026-11-24T04:00:00Z',
      `${OTHER} 2026-11-24T04:00:00Z`,
      '111122223333 2026-11-23T04:00:00Z',
    ]);
  });

  it('lists only the selected days and accounts, and downloads nothing else', async () => {
    const selected = ['--account', '111122223333', '--since', '2026-11-24', '--until', '2026-11-24T05:00:00Z'];
    const { stdout } = await replay('s3://trail/org/AWSLogs/', ...selected);
    expect(alertsIn(stdout)).toEqual(['111122223333 2026-11-24T04:00:00Z']);
    aws.asked.length = 0;
    // Without an alert, whose evidence takes further requests.
    const quiet = [...selected, '--min-regions', '50'];
    const { stderr } = await replay('s3://trail/org/AWSLogs/', ...quiet);
    expect(stderr).toContain(`read ${simulated().length} objects`);
    const folder = 'org/AWSLogs/111122223333/CloudTrail/';
    expect(aws.folders()).toEqual(['org/AWSLogs/', folder]);
    expect(new Set(aws.listed().map((prefix) => prefix.replace(/[a-z]+-[a-z]+-\d/, 'REGION')))).toEqual(
      new Set([`${folder}REGION/2026/11/24/`]),
    );
    expect(gets()).toHaveLength(simulated().length);
    expect(gets().every((line) => line.includes(folder) && line.includes('/2026/11/24/'))).toBe(true);
    aws.asked.length = 0;
    await replay(`s3://trail/${folder}`, '--region', 'us-east-1,us-west-2', ...quiet);
    expect(aws.folders()).toEqual([]);
    expect(aws.listed().sort()).toEqual([`${folder}us-east-1/2026/11/24/`, `${folder}us-west-2/2026/11/24/`]);
  });

  it('shows object count and cost in a dry run, and downloads nothing', async () => {
    const { code, stdout, stderr } = await replay('s3://trail/org', '--dry-run', '--state', temp.path('unused'));
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    const count = [simulated(), simulated(OTHER), simulated(undefined, YESTERDAY)].flat().length;
    expect(stdout).toContain(`${count} objects to read`);
    expect(stdout).toMatch(new RegExp(`1 LIST \\$0.0000 .*, ${count} GET \\$0.0000; total`));
    expect(stdout).toContain('AWS list prices, us-east-1, US dollars, July 2025');
    expect(gets()).toEqual([]);
  });

  it('skips and counts other objects by kind, whatever their name', async () => {
    const folder = 'AWSLogs/111122223333/CloudTrail/eu-west-1/2026/11/24';
    const body = gzipSync(document([record()]));
    const keys = [
      `${folder}/log.json.gz`,
      `${folder}/\u202elog \u{1f600}+%2F&<>"'.json.gz`,
      `${folder.replace('CloudTrail', 'CloudTrail-Digest')}/x.json.gz`,
      `${folder.replace('CloudTrail', 'CloudTrail-Insight')}/x.json.gz`,
      '__proto__/readme.json',
      '../../etc/passwd',
    ];
    for (const key of keys) await aws.put('mixed', key, body);
    await aws.put('mixed', `${folder}/\u202ebroken.json.gz`, 'not gzip');
    const { code, stderr } = await replay('s3://mixed');
    expect(code).toBe(1);
    expect(stderr).toContain('skipped: 2 files (other), 1 file (digest), 1 file (insight)');
    expect(stderr).toContain('read 3 objects');
    expect(stderr).toContain('failed: s3://mixed/AWSLogs/111122223333/CloudTrail/eu-west-1/2026/11/24/\\u{202e}broken');
    expect(stderr).not.toContain('\u202e');
  });

  it.each([
    [['s3://no-such-bucket-here'], 1, /s3:\/\/no-such-bucket-here\/ cannot be listed: NoSuchBucket/],
    [['s3://empty'], 1, /no log files found/],
    [['s3://'], 2, /no valid bucket name after s3:\/\//],
    [['s3:///key'], 2, /no valid bucket name/],
    [['s3://trail', '--account', '12'], 2, /12-digit account IDs/],
    [['--account', OTHER, 's3://trail'], 2, /put paths before the options/],
    [['s3://trail', '--region', 'Frankfurt'], 2, /region names such as eu-west-1/],
    [['s3://trail', '--wait'], 2, /--wait requires --through STACK/],
    [['s3://trail', '--rate', '5'], 2, /--rate requires --through/],
    [['s3://trail', '--replay-id', 'x'], 2, /--replay-id requires --through/],
  ])('refuses %j', async (args, code, message) => {
    expect(await replay(...args)).toMatchObject({ code, stdout: '', stderr: expect.stringMatching(message) });
  });
});

describe('replay with --state', () => {
  const results = ({ stdout, stderr }: { stdout: string; stderr: string }) => ({
    stdout,
    summary: stderr
      .split('\n')
      // Not how far it is, which a slow machine says as well.
      .filter((line) => /^(\d+ alert|read [\d,]+ objects \(|skipped)/.test(line))
      .map((line) => line.replace(/ in \d+ s$/, '')),
  });

  it('continues after Ctrl-C, and finds the same as without', async () => {
    const complete = await replay('s3://trail/org');
    const state = temp.path('interrupted');
    aws.asked.length = 0;
    const interrupted = startCli(['replay', 's3://trail/org', '--state', state]);
    aws.intervene(() => {
      // At most 32 of them are under way; the others are read.
      if (gets().length === 55) interrupted.interrupt();
      return false;
    });
    const first = await interrupted.ended;
    expect(first.code).toBe(130);
    expect(first.stderr).toContain(`run the same command again to continue from ${state}`);
    const readBefore = new Set(gets());
    aws.intervene(undefined);
    // As if it had been killed while it wrote.
    appendFileSync(state, '["trail","org/AWSLogs/11');
    aws.asked.length = 0;
    const rest = await replay('s3://trail/org', '--state', state);
    expect(rest.code).toBe(0);
    expect(results(rest)).toEqual(results(complete));
    const known = Number(/not read again: (\d+) objects/.exec(rest.stderr)?.[1]);
    expect(known).toBeGreaterThan(20);
    expect(known).toBeLessThanOrEqual(readBefore.size);
    const again = await replay('s3://trail/org', '--state', state, '--min-regions', '11');
    expect(results(again)).toEqual(results(await replay('s3://trail/org', '--min-regions', '11')));
  });

  it('reads a file again that was changed, and one that failed', async () => {
    const folder = folderOf('changing', simulated());
    const bad = 'changing/later.json.gz';
    temp.write(bad, 'not gzip');
    const state = temp.path('files');
    expect((await replay(folder, '--state', state)).code).toBe(1);
    temp.write(bad, gzipSync(document([record()])));
    const again = await replay(folder, '--state', state);
    expect(again.code).toBe(0);
    expect(results(again)).toEqual(results(await replay(folder)));
    expect(again.stderr).toContain(`not read again: ${simulated().length} objects`);
  });

  it.each([
    ['--window', '60'],
    ['--group-by', 'issuer'],
    ['--min-calls', '20'],
    ['--since', '2026-11-24'],
  ])('refuses a state file of another %s', async (...options) => {
    const state = temp.path(`state${options[0]}`);
    await replay('s3://trail/org', '--state', state, '--region', 'eu-west-1');
    const before = readFileSync(state, 'utf8');
    const { code, stderr } = await replay('s3://trail/org', '--state', state, ...options);
    expect(code).toBe(2);
    expect(stderr).toMatch(
      /is of another run: (rule was .* and is now|since was null and is now 2026-11-24T00:00:00Z)/,
    );
    expect(readFileSync(state, 'utf8')).toBe(before);
  });

  it.each([
    ['a text', 'dear diary\n'],
    ['a text without an end', 'dear diary'],
    ['other JSON', '{"some":"thing"}\n'],
    ['a number', '1\n'],
  ])('leaves %s unchanged', async (name, content) => {
    const file = temp.write(`not-ours-${name}`, content);
    const { code, stderr } = await replay('s3://trail/org', '--state', file);
    expect(code).toBe(2);
    expect(stderr).toContain('not a regionsweep state file; it was left unchanged');
    expect(readFileSync(file, 'utf8')).toBe(content);
  });

  it('continues from a file in the format of version 2', async () => {
    const text = document([record()]);
    const file = temp.write('known.json', text);
    utimesSync(file, 1000, 1000);
    const settings = '"partitions":1,"ignoredRegions":"","since":null,"until":null,"exceptions":null';
    const header = `{"regionsweep":"replay","v":2,"rule":"ec2-multi-region-describe-instances/v1-arn-30s-regions/",${settings}}`;
    const line = JSON.stringify(['', file, text.length, '1000000', [7, 0, 1, 2, 0, 0, [['x', 3]]], []]);
    const state = temp.write('v2', `${header}\n${line}\n`);
    const { code, stderr } = await replay(file, '--state', state);
    expect(code).toBe(0);
    expect(stderr).toMatch(/^read 1 object \(.*, 7 records, 0 DescribeInstances\)/m);
    expect(stderr).toMatch(/^skipped: 2 calls without an identity, 1 invalid record$/m);
    expect(stderr).toMatch(/^excluded: 3 calls by exceptions$/m);
    expect(stderr).toMatch(/not read again: 1 object$/m);
  });

  it('names a damaged line, and a file that cannot be opened', async () => {
    const state = temp.path('damaged');
    await replay('s3://trail/org', '--state', state, '--region', 'eu-west-1');
    appendFileSync(state, '{"torn\n[]\n');
    expect((await replay('s3://trail/org', '--state', state)).stderr).toMatch(/line \d+ is damaged; remove the file/);
    const folder = await replay('s3://trail/org', '--state', temp.path());
    expect(folder).toMatchObject({ code: 2, stderr: expect.stringContaining('cannot be opened') });
  });
});

it('backtest counts in a bucket what it counts in the same files, and reads nothing twice with a state file', async () => {
  const backtest = async (...args: readonly string[]) => {
    const { code, stdout, stderr } = await runCli(['backtest', ...args], { time: SIMULATED_AT });
    const { settings, proposedExceptions, read } = JSON.parse(stdout);
    return { code, stderr, result: { settings, proposedExceptions, calls: read.calls, records: read.records } };
  };
  const local = await backtest(folderOf('tested', simulated(OTHER)));
  const remote = ['s3://trail/org', '--account', OTHER];
  expect((await backtest(...remote)).result).toEqual(local.result);
  expect(local.result.settings).toContainEqual(expect.objectContaining({ alerts: 1 }));
  const state = temp.path('backtest.state');
  expect((await backtest(...remote, '--state', state)).result).toEqual(local.result);
  aws.asked.length = 0;
  const again = await backtest(...remote, '--state', state);
  expect({ result: again.result, read: gets() }).toEqual({ result: local.result, read: [] });
  expect(again.stderr).toMatch(/not read again: \d+ objects/);
});
