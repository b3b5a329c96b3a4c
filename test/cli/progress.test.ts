import { execFileSync } from 'node:child_process';
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
if (!hasScript())
  process.stderr.write('passed over: no script(1) of util-linux here to make a terminal with\n');

withTerminal('a terminal gets a table, and a bar that is wiped before anything else is said', async () => {
  const file = temp.write('sweep.json', document(sweep({ regions: 10 })));
  const fifo = temp.path('slow.json');
  execFileSync('mkfifo', [fifo]);
  const command = `${process.execPath} ${CLI_FILE} replay ${file} ${fifo}`;
  const { ended, child } = started('script', ['-qec', command, '/dev/null'], {
    ...process.env,
    COLUMNS: '100',
  });
  let text = '';
  child.stdout!.on('data', (more: string) => {
    text += more;
  });
  const writer = await open(fifo, 'w');
  while (!text.includes('1 of 2 objects')) await new Promise((resolve) => setTimeout(resolve, 20));
  await writer.write(document([]));
  await writer.close();
  const { code, stdout } = await ended;
  expect(code).toBe(0);
  const [before, after] = stdout.split(`${WIPE}ALERT  low`);
  expect(before!.split(WIPE)).toContainEqual(
    expect.stringMatching(/^\[=* *\] \d+% {2}1 of 2 objects, [\d.]+ k?B, /),
  );
  expect(after).not.toContain('% ');
  expect(stdout).toMatch(/^1 alert\r$/m);
});
