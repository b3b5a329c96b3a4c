import { appendFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { gzipSync } from 'node:zlib';
import { startAws, type TestAws } from '../support/aws';
import { runCli, startCli } from '../support/cli';
import { document, record } from '../support/records';
import { simulated, upload } from '../support/simulated';
import { useTempFolder } from '../support/temp-folder';

const temp = useTempFolder();
const OTHER = '444455556666';
const YESTERDAY = 1_795_492_805 - 86_400;
let aws: TestAws;

beforeAll(async () => {
  aws = await startAws(['trail', 'mixed', 'empty']);
  await upload(aws, 'trail', 'org/');
  await upload(aws, 'trail', 'org/', OTHER);
  await upload(aws, 'trail', 'org/', undefined, YESTERDAY);
});

afterAll(() => aws.close());

beforeEach(() => {
  aws.intervene(undefined);
  aws.asked.length = 0;
});

const replay = (...args: readonly string[]) => runCli(['replay', ...args], { env: aws.env });
const gets = () => aws.asked.filter((line) => line.startsWith('GET') && line.includes('.json.gz'));
const alertsIn = (ndjson: string) =>
  ndjson
    .split('\n')
    .filter((line) => line !== '')
    .map(
      (line) =>
        JSON.parse(line) as {
          cloud: { account: { id: string } };
          regionsweep: { window: { start: string } };
        },
    )
    .map(({ cloud, regionsweep }) => `${cloud.account.id} ${regionsweep.window.start}`);

/** The same objects as files. */
function folderOf(name: string, objects: readonly { key: string; body: Uint8Array }[]): string {
  for (const { key, body } of objects) {
    const file = temp.path(name, key);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, body);
  }
  return temp.path(name);
}

describe('replay of s3://', () => {
  it('finds in a bucket what it finds in the same files, alone and mixed with them', async () => {
    const here = await replay(folderOf('same', simulated(OTHER)));
    const there = await replay('s3://trail/org', '--account', OTHER);
    expect(there.code).toBe(0);
    expect(alertsIn(there.stdout)).toEqual([`${OTHER} 2026-11-24T04:00:00Z`]);
    // But for where it lies.
    const without = (text: string) =>
      text.replace(/"[^"]*\.json\.gz"/g, '""').replace(/replay \S+AWSLogs/g, 'replay AWSLogs');
    expect(without(there.stdout) === without(here.stdout)).toBe(true);
    const mixed = await replay(temp.path('same'), 's3://trail/org/AWSLogs/111122223333/');
    expect(alertsIn(mixed.stdout)).toEqual([
      '111122223333 2026-11-24T04:00:00Z',
      `${OTHER} 2026-11-24T04:00:00Z`,
      '111122223333 2026-11-23T04:00:00Z',
    ]);
  });

  it('lists by day and account what is asked for, and downloads nothing else', async () => {
    const asked = ['--account', '111122223333', '--since', '2026-11-24', '--until', '2026-11-24T05:00:00Z'];
    const { stdout } = await replay('s3://trail/org/AWSLogs/', ...asked);
    expect(alertsIn(stdout)).toEqual(['111122223333 2026-11-24T04:00:00Z']);
    aws.asked.length = 0;
    // Without an alert, for which more would be looked at.
    const quiet = [...asked, '--min-regions', '50'];
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

  it('tells in a dry run what there is and what it costs, and downloads nothing', async () => {
    const { code, stdout, stderr } = await replay('s3://trail/org', '--dry-run', '--state', temp.path('unused'));
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    const count = [simulated(), simulated(OTHER), simulated(undefined, YESTERDAY)].flat().length;
    expect(stdout).toContain(`${count} objects to read`);
    expect(stdout).toMatch(new RegExp(`1 LIST \\$0.0000 .*, ${count} GET \\$0.0000; together`));
    expect(stdout).toContain('AWS list prices, us-east-1, US dollars, July 2025');
    expect(gets()).toEqual([]);
  });

  it('passes over what is no log, by kind, whatever it is called', async () => {
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
    expect(stderr).toContain('passed over: 2 files (other), 1 file (digest), 1 file (insight)');
    expect(stderr).toContain('read 3 objects');
    expect(stderr).toContain('failed: s3://mixed/AWSLogs/111122223333/CloudTrail/eu-west-1/2026/11/24/\\u{202e}broken');
    expect(stderr).not.toContain('\u202e');
  });

  it.each([
    [['s3://no-such-bucket-here'], 1, /s3:\/\/no-such-bucket-here\/ cannot be listed: NoSuchBucket/],
    [['s3://empty'], 1, /nothing to read was found/],
    [['s3://'], 2, /not a bucket's name after s3:\/\//],
    [['s3:///key'], 2, /not a bucket's name/],
    [['s3://trail', '--account', '12'], 2, /account ids of twelve digits/],
    [['--account', OTHER, 's3://trail'], 2, /put paths before the options/],
    [['s3://trail', '--region', 'Frankfurt'], 2, /region names as eu-west-1/],
    [['s3://trail', '--wait'], 2, /--wait goes with --through STACK/],
    [['s3://trail', '--rate', '5'], 2, /--rate goes with --through/],
    [['s3://trail', '--replay-id', 'x'], 2, /--replay-id goes with --through/],
  ])('refuses %j', async (args, code, told) => {
    const run = await replay(...args);
    expect(run).toMatchObject({ code, stdout: '', stderr: expect.stringMatching(told) });
    expect(run.stderr).not.toMatch(/^ +at /m);
  });
});

describe('replay with --state', () => {
  const results = ({ stdout, stderr }: { stdout: string; stderr: string }) => ({
    stdout,
    summary: stderr
      .split('\n')
      .filter((line) => /^(\d+ alert|read|passed over)/.test(line))
      .map((line) => line.replace(/ in \d+ s$/, '')),
  });

  it('goes on after Ctrl-C with the rest, and finds the same as without', async () => {
    const whole = await replay('s3://trail/org');
    const state = temp.path('interrupted');
    aws.asked.length = 0;
    aws.intervene(() => gets().length > 60 && new Promise((resolve) => setTimeout(() => resolve(false), 300)));
    const { child, ended } = startCli(['replay', 's3://trail/org', '--state', state], { env: aws.env });
    for (let wait = 0; gets().length <= 60 && wait < 4000; wait++) {
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    child.kill('SIGINT');
    const broken = await ended;
    expect(broken.code).toBe(130);
    expect(broken.stderr).toContain(`the same command goes on from here, by ${state}`);
    const readBefore = new Set(gets());
    aws.intervene(undefined);
    // As if it had been killed while it wrote.
    appendFileSync(state, '["trail","org/AWSLogs/11');
    aws.asked.length = 0;
    const rest = await replay('s3://trail/org', '--state', state);
    expect(rest.code).toBe(0);
    expect(results(rest)).toEqual(results(whole));
    const known = Number(/not read again: (\d+) objects/.exec(rest.stderr)?.[1]);
    expect(known).toBeGreaterThan(20);
    expect(known).toBeLessThanOrEqual(readBefore.size);
    aws.asked.length = 0;
    const again = await replay('s3://trail/org', '--state', state, '--min-regions', '11');
    expect(results(again)).toEqual(results(await replay('s3://trail/org', '--min-regions', '11')));
  });

  it('reads a file again that was changed, and one that failed', async () => {
    const folder = folderOf('changing', simulated());
    const bad = temp.path('changing', 'later.json.gz');
    writeFileSync(bad, 'not gzip');
    const state = temp.path('files');
    expect((await replay(folder, '--state', state)).code).toBe(1);
    writeFileSync(bad, gzipSync(document([record()])));
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
  ])('refuses what was begun with another %s', async (...options) => {
    const state = temp.path(`state${options[0]}`);
    await replay('s3://trail/org', '--state', state, '--region', 'eu-west-1');
    const before = readFileSync(state, 'utf8');
    const { code, stderr } = await replay('s3://trail/org', '--state', state, ...options);
    expect(code).toBe(2);
    expect(stderr).toMatch(/is of another run: (rule|since) is .* there and .* here/);
    expect(readFileSync(state, 'utf8')).toBe(before);
  });

  it.each([
    ['a text', 'dear diary\n'],
    ['a text without an end', 'dear diary'],
    ['other JSON', '{"some":"thing"}\n'],
    ['a number', '1\n'],
  ])('leaves %s alone', async (name, content) => {
    const file = temp.write(`not-ours-${name}`, content);
    const { code, stderr } = await replay('s3://trail/org', '--state', file);
    expect(code).toBe(2);
    expect(stderr).toContain('is no state file of regionsweep; it is left as it is');
    expect(readFileSync(file, 'utf8')).toBe(content);
  });

  it('says which line is damaged, and why a file cannot be had', async () => {
    const state = temp.path('damaged');
    await replay('s3://trail/org', '--state', state, '--region', 'eu-west-1');
    appendFileSync(state, '{"torn\n[]\n');
    expect((await replay('s3://trail/org', '--state', state)).stderr).toMatch(/line \d+ is damaged; remove the file/);
    const folder = await replay('s3://trail/org', '--state', temp.path());
    expect(folder).toMatchObject({ code: 2, stderr: expect.stringContaining('cannot be opened') });
  });
});
