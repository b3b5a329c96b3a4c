import { existsSync, mkdirSync, symlinkSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import { runCli } from '../support/cli';
import { document, record, sweep } from '../support/records';
import { useTempFolder } from '../support/temp-folder';

const temp = useTempFolder();
const text = document(sweep({ regions: 10 }));
const good = temp.write('good.json', text);

async function replay(...args: string[]) {
  const run = await runCli(['replay', ...args]);
  expect(run.stderr).not.toMatch(/^ +at /m);
  return run;
}

function write(name: string, content: string | Uint8Array): string {
  return temp.write(name, content);
}

function dangling(): string {
  const link = temp.path('dangling.json');
  symlinkSync(temp.path('nowhere'), link);
  return link;
}

describe('an object that cannot be read is named, and the rest is', () => {
  it.each<[string, () => string, RegExp]>([
    ['missing', () => temp.path('missing.json'), /missing\.json: cannot be read: ENOENT/],
    ['a link to nowhere', dangling, /dangling\.json: cannot be read: ENOENT/],
    ['empty', () => write('empty.json', ''), /empty\.json: byte 0: empty/],
    ['empty gzip', () => write('empty.json.gz', ''), /empty\.json\.gz: byte 0: empty/],
    ['no JSON', () => write('page.json', '<html>'), /page\.json: byte 0: expected an object or an array, found '<'/],
    ['another JSON', () => write('other.json', '{"a":1}'), /other\.json: byte 0: not CloudTrail/],
    ['cut JSON', () => write('cut.json', text.slice(0, 99)), /cut\.json: byte 99: cut short/],
    ['cut gzip', () => write('cut.json.gz', gzipSync(text).subarray(0, 99)), /cut\.json\.gz is cut short/],
    ['a gzip of nothing', () => write('hollow.json.gz', gzipSync('')), /hollow\.json\.gz: byte 0: empty/],
    ['no match', () => temp.path('n*/*.json'), /n\*\/\*\.json: matches no file/],
  ])('%s', async (_, make, message) => {
    const { code, stdout, stderr } = await replay(make(), good);
    expect(code).toBe(1);
    expect(stderr).toMatch(new RegExp(`^failed: .*${message.source}`, 'm'));
    expect(stderr).toMatch(/^failed: 1 object, each named above/m);
    expect(stdout.trim().split('\n')).toHaveLength(1);
    expect(JSON.parse(stdout)).toHaveProperty('regionsweep.call_count', 10);
  });
});

it('a folder without logs is told', async () => {
  mkdirSync(temp.path('bare'));
  temp.write('bare/README.md', 'x');
  const { code, stdout, stderr } = await replay(temp.path('bare'));
  expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
  expect(stderr).toMatch(/^nothing to read was found: give a folder/m);
  const dry = await replay(temp.path('bare'), '--dry-run');
  expect(dry).toMatchObject({ code: 1, stdout: expect.stringMatching(/^0 objects to read/) });
  expect(dry.stderr).toMatch(/^nothing to read was found: give a folder/m);
});

it('empty standard input is told', async () => {
  const { code, stderr } = await replay('-');
  expect(code).toBe(1);
  expect(stderr).toMatch(/^failed: \(standard input\): byte 0: empty/m);
});

it('an object over the limit is told, and what came before counts', async () => {
  const { code, stderr, stdout } = await replay(good, '--inflate-limit', '1K');
  expect(code).toBe(1);
  expect(stderr).toMatch(/^failed: .*good\.json.*1024 bytes/m);
  expect(stdout).toBe('');
});

it('faults of records are named and counted, and are no failure', async () => {
  const records = [...sweep({ regions: 10 }), record({ fields: { eventTime: '2026-02-30T00:00:00Z' } }), 7];
  const file = temp.write('faults.json', document(records));
  const { code, stdout, stderr } = await replay(file);
  expect(code).toBe(0);
  expect(JSON.parse(stdout)).toHaveProperty('regionsweep.region_count', 10);
  expect(stderr).toMatch(/^passed over: .*faults\.json: record 10 at byte \d+: eventTime should be an ISO 8601 time/m);
  expect(stderr).toMatch(/^passed over: .*faults\.json: record 11 at byte \d+: a number where a record should be$/m);
  expect(stderr).toMatch(/^passed over: 2 records with a fault$/m);
});

const fullDisk = existsSync('/dev/full');
if (!fullDisk) process.stderr.write('passed over: no /dev/full here to play a full disk\n');

(fullDisk ? it : it.skip)('a result that cannot be written is told', async () => {
  const { code, stderr } = await replay(good, '--out', '/dev/full');
  expect(code).toBe(1);
  expect(stderr).toContain('--out /dev/full: cannot be written: ');
});
