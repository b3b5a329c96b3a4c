import { execFileSync } from 'node:child_process';
import { linkSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { CLI_FILE } from '../support/build-cli';
import { started } from '../support/cli';
import { document, sweep } from '../support/records';
import { useTempFolder } from '../support/temp-folder';

/** To the start of the line, and all of it gone. */
const WIPE = '\r\u001b[K';

const temp = useTempFolder();

function hasScript(): boolean {
  try {
    return execFileSync('script', ['--version'], { encoding: 'utf8' }).includes('util-linux');
  } catch {
    // Not on this machine, or another program of that name.
    return false;
  }
}

const withTerminal = hasScript() ? it : it.skip;
if (!hasScript()) process.stderr.write('passed over: no script(1) of util-linux here to make a terminal with\n');

/** Runs a command of ours on a terminal; what is typed there is written to its standard input. */
function onTerminal(command: string) {
  const line = `${process.execPath} ${CLI_FILE} ${command}`;
  const { ended, child } = started('script', ['-qec', line, '/dev/null'], { ...process.env, COLUMNS: '100' });
  let text = '';
  child.stdout!.on('data', (more: string) => {
    text += more;
  });
  return { ended, child, output: () => text };
}

withTerminal('a terminal gets a table, and a bar that is wiped before anything else is said', async () => {
  const file = temp.write('sweep.json', document(sweep({ regions: 10 })));
  const fifo = temp.path('slow.json');
  execFileSync('mkfifo', [fifo]);
  const { ended, output } = onTerminal(`replay ${file} ${fifo}`);
  const writer = await open(fifo, 'w');
  while (!output().includes('1 of 2 objects')) await new Promise((resolve) => setTimeout(resolve, 20));
  await writer.write(document([]));
  await writer.close();
  const { code, stdout } = await ended;
  expect(code).toBe(0);
  const [before, after] = stdout.split(`${WIPE}ALERT  low`);
  expect(before!.split(WIPE)).toContainEqual(expect.stringMatching(/^\[=* *\] \d+% {2}1 of 2 objects, [\d.]+ k?B, /));
  expect(after).not.toMatch(/\d% /);
  expect(stdout).toMatch(/^1 alert\r$/m);
});

withTerminal('the total leaves out the file that the result goes to', async () => {
  temp.write('folder/sweep.json', document(sweep({ regions: 10 })));
  const out = temp.write('folder/out.json', '[]');
  execFileSync('mkfifo', [temp.path('folder/slow.json')]);
  const { ended, child, output } = onTerminal(`replay ${temp.path('folder')} --out ${out}`);
  const writer = await open(temp.path('folder/slow.json'), 'w');
  while (!/\d of \d objects/.test(output())) await new Promise((resolve) => setTimeout(resolve, 20));
  await writer.write(document([]));
  await writer.close();
  expect((await ended).code).toBe(0);
  expect(output()).toContain('of 2 objects');
  expect(output()).not.toContain('of 3 objects');
  child.stdin!.end();
});

withTerminal('Ctrl-C ends it while what there is to read is still being counted', async () => {
  const broken = temp.write('broken.json', '{');
  const first = temp.write('many/0.json', document([]));
  for (let index = 1; index < 30_000; index++) linkSync(first, temp.path('many', `${index}.json`));
  const { ended, child, output } = onTerminal(`replay ${broken} ${temp.path('many')} - < ${first}`);
  while (!output().includes('failed: ')) await new Promise((resolve) => setTimeout(resolve, 5));
  child.stdin!.write('\u0003');
  const { code } = await ended;
  expect(output()).toContain('PARTIAL, stopped');
  expect(output()).not.toMatch(/^ +at |ENOENT/m);
  expect(code).toBe(130);
});
