import { cpSync, mkdirSync, readdirSync, readFileSync, truncateSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { cacheCode } from '../../scripts/cli-bundle';
import { CLI_FILE } from '../support/build-cli';
import { runProcess, started } from '../support/cli';
import { document, sweep } from '../support/records';
import { useTempFolder } from '../support/temp-folder';

const temp = useTempFolder();
const trail = temp.write('sweep.json', document(sweep({ regions: 10 })));
const quiet = temp.write('quiet.json', document(sweep({ regions: 9 })));
/** Is loaded before the command, and lists every module at the end, those of Node included. */
const list = temp.write(
  'list.cjs',
  `process.on('exit', () => {
     for (const file of Object.keys(require.cache)) process.stderr.write('loaded ' + file + '\\n');
     for (const name of process.moduleLoadList) process.stderr.write(name.replace('NativeModule', 'loaded') + '\\n');
   });`,
);

async function loadedBy(args: readonly string[]): Promise<{ files: string[]; modules: string[] }> {
  const { stderr } = await runProcess(args, { env: { NODE_OPTIONS: `--require ${list}` } });
  const loaded = [...stderr.matchAll(/^loaded (.*)$/gm)].map(([, file]) => file!);
  const isOurs = (file: string) => dirname(file) === dirname(CLI_FILE);
  return {
    files: loaded
      .filter(isOurs)
      .map((file) => basename(file))
      .sort(),
    modules: loaded.filter((file) => !isOurs(file)),
  };
}

const LOCAL = ['program.js', 'reading.js', 'regionsweep.js', 'replay.js'];

it.each([
  ['--version', ['--version'], ['regionsweep.js']],
  ['a local replay without an alert', ['replay', quiet], LOCAL],
])('%s loads no more than it needs', async (_, args, expected) => {
  const { files, modules } = await loadedBy(args);
  expect(files).toEqual(expected);
  expect(modules).toContain('fs');
  for (const module of ['child_process', 'crypto', 'https', 'tls']) expect(modules).not.toContain(module);
});

it('an alert loads what alerts need', async () => {
  expect((await loadedBy(['replay', trail])).files).toEqual(['alerts.js', ...LOCAL]);
});

it.each([
  ['a refused path in S3', ['replay', 's3:///key']],
  ['--help', ['--help']],
])('%s loads no package of the AWS SDK', async (_, args) => {
  const { files } = await loadedBy(args);
  expect(files).toContain('regionsweep.js');
  for (const file of files) expect(['alerts.js', 'commands.js', ...LOCAL]).toContain(file);
});

/** Is loaded before the command, and says of each file whether V8 takes the code that was kept of it. */
const watch = temp.write(
  'watch.cjs',
  `const vm = require('vm');
   const { Script } = vm;
   vm.Script = class extends Script {
     constructor(text, options) {
       super(text, options);
       process.stderr.write('kept ' + require('path').basename(options.filename) + ': ' + !this.cachedDataRejected + '\\n');
     }
   };`,
);

async function keptIn(folder: string): Promise<{ files: Record<string, boolean>; stdout: string }> {
  const env = { ...process.env, NODE_OPTIONS: `--require ${watch}` };
  const ended = started(process.execPath, [join(folder, 'regionsweep.js'), 'replay', trail], env).ended;
  const { stdout, stderr } = await ended;
  const found = [...stderr.matchAll(/^kept (.*): (.*)$/gm)].map(([, file, isTaken]) => [file, isTaken === 'true']);
  return { files: Object.fromEntries(found), stdout };
}

function copyOfCli(name: string): string {
  const copy = temp.path(name);
  mkdirSync(copy);
  for (const entry of readdirSync(dirname(CLI_FILE), { withFileTypes: true })) {
    if (entry.isFile()) cpSync(join(dirname(CLI_FILE), entry.name), join(copy, entry.name));
  }
  return copy;
}

const codeIn = (folder: string) => readdirSync(folder).filter((name) => name.endsWith('.code'));

it('code that V8 made at build time is taken, and where another V8 made it the files are compiled anew', async () => {
  const built = await keptIn(dirname(CLI_FILE));
  const loaded = ['alerts.js', 'program.js', 'reading.js', 'replay.js'];
  expect(built.files).toEqual(Object.fromEntries(loaded.map((file) => [file, true])));
  const other = copyOfCli('other');
  for (const name of codeIn(other)) truncateSync(join(other, name), 100);
  const { files, stdout } = await keptIn(other);
  expect(files).toEqual(Object.fromEntries(loaded.map((file) => [file, false])));
  expect(stdout).toBe(built.stdout);
});

it('the same sources give the same code in any folder', async () => {
  const again = copyOfCli('again');
  await cacheCode(again);
  expect(codeIn(again)).toHaveLength(4);
  for (const name of codeIn(again)) {
    expect(readFileSync(join(again, name)).equals(readFileSync(join(dirname(CLI_FILE), name)))).toBe(true);
  }
});
