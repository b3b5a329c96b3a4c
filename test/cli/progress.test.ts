import { execFileSync } from 'node:child_process';
import { open } from 'node:fs/promises';
import { CLI_FILE } from '../support/build-cli';
import { started } from '../support/cli';
import { document, sweep } from '../support/records';
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
