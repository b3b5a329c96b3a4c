import { existsSync, mkdirSync, rmSync, symlinkSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import { jsonLines, runCli } from '../support/cli';
import { document, record, sweep } from '../support/records';
import { useTempFolder } from '../support/temp-folder';

const temp = useTempFolder();
const text = document(sweep({ regions: 10 }));
const good = temp.write('good.json', text);

const replay = (...args: string[]) => runCli(['replay', ...args]);

function dangling(): string {
  const link = temp.path('dangling.json');
  symlinkSync(temp.path('nowhere'), link);
  return link;
}

describe('reports an object that cannot be read, and reads the others', () => {
  it.each<[string, () => string, RegExp]>([
    ['missing', () => temp.path('missing.json'), /missing\.json: cannot be read: ENOENT/],
    ['a dangling link', dangling, /dangling\.json: cannot be read: ENOENT/],
    ['empty', () => temp.write('empty.json', ''), /empty\.json: byte 0: empty/],
    ['empty gzip', () => temp.write('empty.json.gz', ''), /empty\.json\.gz: byte 0: empty/],
    [
      'no JSON',
      () => temp.write('page.json', '<html>'),
      /page\.json: byte 0: expected an object or an array, found '<'/,
    ],
    ['other JSON', () => temp.write('other.json', '{"a":1}'), /other\.json: byte 0: not CloudTrail/],
    ['cut JSON', () => temp.write('cut.json', text.slice(0, 99)), /cut\.json: byte 99: cut short/],
    ['cut gzip', () => temp.write('cut.json.gz', gzipSync(text).subarray(0, 99)), /cut\.json\.gz is cut short/],
    ['gzip of nothing', () => temp.write('hollow.json.gz', gzipSync('')), /hollow\.json\.gz: byte 0: empty/],
    ['no match', () => temp.path('n*/*.json'), /n\*\/\*\.json: matches no file/],
  ])('%s', async (_, make, message) => {
    const { code, stdout, stderr } = await replay(make(), good);
    expect(code).toBe(1);
    expect(stderr).toMatch(new RegExp(`^failed: .*${message.source}`, 'm'));
    expect(stderr).toMatch(/^failed: 1 object \(named on standard error/m);
    expect(jsonLines(stdout)).toEqual([
      expect.objectContaining({ regionsweep: expect.objectContaining({ call_count: 10 }) }),
    ]);
  });
});

it('reports a folder without log files', async () => {
  mkdirSync(temp.path('bare'));
  temp.write('bare/README.md', 'x');
  const { code, stdout, stderr } = await replay(temp.path('bare'));
  expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
  expect(stderr).toMatch(/^no log files found: give a folder/m);
  const dry = await replay(temp.path('bare'), '--dry-run');
  expect(dry).toMatchObject({ code: 1, stdout: expect.stringMatching(/^0 objects to read/) });
  expect(dry.stderr).toMatch(/^no log files found: give a folder/m);
});

it('reports empty standard input', async () => {
  const { code, stderr } = await replay('-');
  expect(code).toBe(1);
  expect(stderr).toMatch(/^failed: \(standard input\): byte 0: empty/m);
});

it('reports an object over the limit', async () => {
  const { code, stderr, stdout } = await replay(good, '--inflate-limit', '1K');
  expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
  expect(stderr).toMatch(/^failed: .*good\.json.*1024 bytes/m);
});

it('names and counts invalid records, and succeeds', async () => {
  const records = [...sweep({ regions: 10 }), record({ fields: { eventTime: '2026-02-30T00:00:00Z' } }), 7];
  const file = temp.write('faults.json', document(records));
  const { code, stdout, stderr } = await replay(file);
  expect(code).toBe(0);
  expect(JSON.parse(stdout)).toHaveProperty('regionsweep.region_count', 10);
  expect(stderr).toMatch(/^skipped: .*faults\.json: record 10 at byte \d+: eventTime should be an ISO 8601 time/m);
  expect(stderr).toMatch(/^skipped: .*faults\.json: record 11 at byte \d+: a number where a record should be$/m);
  expect(stderr).toMatch(/^skipped: 2 invalid records$/m);
});

it.each([
  ['times', { eventTime: 'now' }],
  ['regions', { awsRegion: 7 }],
])('fails where every one of the calls is a fault of its %s, and remembers that', async (_, fields) => {
  const file = temp.write(
    'unplaceable.json',
    document([...sweep({ regions: 3, fields }), record({ fields: { eventName: 'x' } })]),
  );
  const state = temp.path('unplaceable.state');
  for (const expected of [/^skipped: 3 invalid records$/m, /^already in .*: 1 object$/m]) {
    const { code, stderr } = await replay(file, '--state', state);
    expect(code).toBe(1);
    expect(stderr).toMatch(/^failed: none of the 3 DescribeInstances could be placed$/m);
    expect(stderr).toMatch(expected);
  }
  expect((await replay(file, '--since', '2026-01-01', good)).code).toBe(0);
  rmSync(state);
});

const fullDisk = existsSync('/dev/full');
if (!fullDisk) process.stderr.write('skipped: no /dev/full to stand for a full disk\n');

(fullDisk ? it : it.skip)('reports a result that cannot be written', async () => {
  const { code, stderr } = await replay(good, '--out', '/dev/full');
  expect(code).toBe(1);
  expect(stderr).toContain('--out /dev/full: cannot be written: ');
});
