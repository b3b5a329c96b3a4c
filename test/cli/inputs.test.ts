import { rmSync, symlinkSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import { type CliRun, jsonLines, runCli, runProcess } from '../support/cli';
import { document, sweep } from '../support/records';
import { useTempFolder } from '../support/temp-folder';

const temp = useTempFolder();
const records = sweep({ regions: 10 });
const half = [records.slice(0, 5), records.slice(5)].map((some) => document(some));
const LOGS = 'AWSLogs/111122223333/CloudTrail/us-east-1/2026/11/24';
temp.write(`trail/${LOGS}/a.json.gz`, gzipSync(half[0]!));
temp.write(`trail/${LOGS}/deeper/b.json`, half[1]!);
temp.write('trail/notes.md', 'not a log');
temp.write('trail/AWSLogs/111122223333/CloudTrail-Digest/us-east-1/2026/11/24/d.json.gz', 'unread');
temp.write('trail/AWSLogs/111122223333/CloudTrail-Insight/us-east-1/2026/11/24/i.json.gz', 'unread');

function countsOf({ code, stdout, stderr }: CliRun) {
  return { code, alerts: jsonLines(stdout).length, objects: Number(/^read (\d+) object/m.exec(stderr)?.[1]), stderr };
}

const read = async (paths: readonly string[], stdin?: string | Uint8Array) =>
  countsOf(await runCli(['replay', ...paths], stdin === undefined ? {} : { stdin }));

it('reads a folder to any depth, and counts skipped files by kind', async () => {
  const { stderr, ...counts } = await read([temp.path('trail')]);
  expect(counts).toEqual({ code: 0, alerts: 1, objects: 2 });
  expect(stderr).toMatch(/^skipped: /m);
  for (const kind of ['digest', 'insight', 'other']) expect(stderr).toContain(`1 file (${kind})`);
});

it('reads files', async () => {
  const files = [temp.path('trail', LOGS, 'a.json.gz'), temp.path('trail', LOGS, 'deeper/b.json')];
  expect(await read(files)).toMatchObject({ code: 0, alerts: 1, objects: 2 });
  expect(await read(files.slice(1))).toMatchObject({ code: 0, alerts: 0, objects: 1 });
});

it.each([
  ['trail/**', 2],
  ['./trail/**/*.json.gz', 1],
  ['trail/**/{a,b}.json*', 2],
  ['trail/AWSLogs/*/CloudTrail/us-east-?/**/*.json', 1],
])('reads the glob %s', async (pattern, objects) => {
  const run = await runProcess(['replay', pattern], { cwd: temp.path() });
  expect(countsOf(run)).toMatchObject({ code: 0, objects });
});

it('reads a glob from the root of the file system', async () => {
  expect(await read([temp.path('trail/**/*.gz')])).toMatchObject({ code: 0, objects: 1 });
});

it('reads standard input', async () => {
  expect(await read(['-'], document(records))).toMatchObject({ code: 0, alerts: 1, objects: 1 });
});

it('reads standard input together with files', async () => {
  const counts = await read(['-', temp.path('trail', LOGS, 'deeper')], half[0]!);
  expect(counts).toMatchObject({ code: 0, alerts: 1, objects: 2 });
});

it('follows links, and reads a loop of links once', async () => {
  temp.write('linked/real/a.json', document(records));
  temp.write('elsewhere/b.json', document([]));
  for (const [target, link] of Object.entries({
    linked: 'linked/real/up',
    'linked/real': 'linked/real/self',
    elsewhere: 'linked/real/there',
    'linked/real/a.json': 'elsewhere/a.json',
  })) {
    symlinkSync(temp.path(target), temp.path(link));
  }
  symlinkSync(temp.path('linked/real'), temp.path('elsewhere/back'));
  expect(await read([temp.path('linked')])).toMatchObject({ code: 0, alerts: 1, objects: 3 });
});

it('reads names with blanks, brackets and line breaks, and sanitizes them', async () => {
  const file = temp.write('odd/[a] b\n\u001b[31m.json', '{');
  temp.write('odd/{c}.json', document(records));
  const { code, alerts, stderr } = await read([temp.path('odd')]);
  expect({ code, alerts }).toEqual({ code: 1, alerts: 1 });
  expect(stderr).toContain('[a] b\\u{a}\\u{1b}[31m.json');
  expect(await read([file])).toMatchObject({ code: 1, objects: 1 });
});

it('does not read its own output file', async () => {
  const out = temp.path('trail/result.json');
  for (const time of ['first', 'again']) {
    const { code, stderr } = await runCli(['replay', temp.path('trail'), '--format', 'json', '--out', out]);
    expect([time, code]).toEqual([time, 0]);
    expect(stderr).toContain('read 2 objects');
  }
  rmSync(out);
});
