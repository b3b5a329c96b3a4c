import { execFileSync } from 'node:child_process';
import { linkSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { gzipSync } from 'node:zlib';
import type { Console } from '../../bin/cli/io';
import { Progress } from '../../bin/cli/progress';
import { CLI_FILE } from '../support/build-cli';
import { eventually, started } from '../support/cli';
import { document, record, sweep } from '../support/records';
import { useTempFolder } from '../support/temp-folder';

/** To the start of the line, and all of it cleared. */
const CLEAR = '\r\u001b[K';

const temp = useTempFolder();

function hasScript(): boolean {
  try {
    return execFileSync('script', ['--version'], { encoding: 'utf8' }).includes('util-linux');
  } catch {
    // Missing, or another program of that name.
    return false;
  }
}

const withTerminal = hasScript() ? it : it.skip;
if (!hasScript()) process.stderr.write('skipped: no script(1) of util-linux to make a terminal with\n');

/** Runs a command on a terminal; its standard input is what is typed there. */
function onTerminal(command: string) {
  const line = `${process.execPath} ${CLI_FILE} ${command}`;
  return started('script', ['-qec', line, '/dev/null'], { ...process.env, COLUMNS: '100' });
}

function fifo(name: string): string {
  execFileSync('mkfifo', [temp.path(name)]);
  return temp.path(name);
}

withTerminal('a terminal gets a table, and a bar that is cleared before any other output', async () => {
  const file = temp.write('sweep.json', document(sweep({ regions: 10 })));
  const slow = fifo('slow.json');
  const replay = onTerminal(`replay ${file} ${slow}`);
  const writer = await open(slow, 'w');
  await replay.until('1 of 2 objects');
  await writer.write(document([]));
  await writer.close();
  const { code, stdout } = await replay.ended;
  expect(code).toBe(0);
  const start = stdout.indexOf('ALERT  low');
  const [before, after] = [stdout.slice(0, start).split(CLEAR), stdout.slice(start)];
  expect(before).toContainEqual(expect.stringMatching(/^\[=* *\] \d+% {2}1 of 2 objects, [\d.]+ k?B, /));
  expect(before.at(-1)! + after).not.toMatch(/\d% /);
  expect(stdout).toMatch(/^1 alert\r$/m);
});

it.each([
  [100, /^\[=+ +\] 50% {2}1,234,567 of 2,469,134 objects, 500 MB, 5\.0 MB\/s, ETA 1 min 40 s$/],
  [80, /^\[=+ +\] 50% {2}1,234,567 of 2,469,134 objects, 500 MB, 5\.0 MB\/s, ETA 1 min 40 s$/],
  [75, /^50% {2}1,234,567 of 2,469,134 objects, 500 MB, 5\.0 MB\/s, ETA 1 min 40 s$/],
])('a bar of %i columns keeps the remaining time', async (columns, line) => {
  let written = '';
  const stderr = { isTTY: true, columns, write: (text: string) => (written += text) };
  let now = 0;
  const done = { objects: 1_234_567, bytes: 500e6 };
  const progress = new Progress({ stderr, now: () => now } as unknown as Console, () => done);
  progress.total = { objects: 2_469_134, bytes: 1e9 };
  now = 100_000;
  await eventually(() => written.includes('ETA'));
  progress.phase = 'evidence';
  await eventually(() => written.includes('evidence'));
  progress.status.end();
  const lines = written.split(CLEAR);
  expect(lines).toContainEqual(expect.stringMatching(line));
  expect(lines).toContain('read 1,234,567 objects, 500 MB; reading the evidence of detections');
  expect(Math.max(...lines.map(({ length }) => length))).toBeLessThan(columns);
});

withTerminal('the total does not include the output file', async () => {
  temp.write('folder/sweep.json', document(sweep({ regions: 10 })));
  const out = temp.write('folder/out.json', '[]');
  const slow = fifo('folder/slow.json');
  const replay = onTerminal(`replay ${temp.path('folder')} --out ${out}`);
  const writer = await open(slow, 'w');
  await replay.until(/\d of \d objects/);
  await writer.write(document([]));
  await writer.close();
  const { code, stdout } = await replay.ended;
  expect(code).toBe(0);
  expect(stdout).toContain('of 2 objects');
  expect(stdout).not.toContain('of 3 objects');
});

withTerminal('Ctrl-C ends it while evidence is read, with what is known', async () => {
  const large = record({ fields: { eventName: 'DescribeVpcs', userAgent: 'x'.repeat(2 ** 21) } });
  const file = temp.write('found/0.json.gz', gzipSync(document([...sweep({ regions: 10 }), large])));
  for (let index = 1; index < 500; index++) linkSync(file, temp.path(`found/${index}.json.gz`));
  const replay = onTerminal(`replay ${temp.path('found')}`);
  await replay.until('reading the evidence');
  const startedAt = performance.now();
  replay.child.stdin!.write('\u0003');
  const { code, stdout } = await replay.ended;
  expect(performance.now() - startedAt).toBeLessThan(10_000);
  expect(code).toBe(130);
  expect(stdout).toMatch(/ALERT {2}low.* {2}PARTIAL: /);
  expect(stdout).toContain('not all objects could be opened in time');
  expect(stdout).toMatch(/PARTIAL, stopped before the end: 1 alert\r$/m);
});

withTerminal('Ctrl-C ends it while files are counted', async () => {
  const broken = temp.write('broken.json', '{');
  for (let index = 0; index < 2_000; index++) temp.write(`many/${index}.json`, document([]));
  const slow = fifo('blocking.json');
  const replay = onTerminal(`replay ${broken} ${slow} ${temp.path('many')} - < ${temp.path('many/0.json')}`);
  await replay.until('failed: ');
  const writer = await open(slow, 'w');
  replay.child.stdin!.write('\u0003');
  await replay.until('^C');
  await writer.write(document([]));
  await writer.close();
  const { code, stdout } = await replay.ended;
  expect(stdout).toContain('PARTIAL, stopped');
  expect(stdout).not.toMatch(/^ +at |ENOENT/m);
  expect(code).toBe(130);
});
