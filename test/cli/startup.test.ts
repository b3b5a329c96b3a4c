import { CLI_FILE } from '../support/build-cli';
import { runProcess } from '../support/cli';
import { document, sweep } from '../support/records';
import { useTempFolder } from '../support/temp-folder';

const temp = useTempFolder();
const trail = temp.write('sweep.json', document(sweep({ regions: 10 })));
/** Is loaded before the command, and lists every module at the end. */
const list = temp.write(
  'list.cjs',
  `process.on('exit', () => {
     for (const file of Object.keys(require.cache)) process.stderr.write('loaded ' + file + '\\n');
   });`,
);

it.each([
  ['a local replay', ['replay', trail]],
  ['a refused path in S3', ['replay', 's3:///key']],
  ['--help', ['--help']],
])('%s loads one file', async (_, args) => {
  const { stderr } = await runProcess(args, { env: { NODE_OPTIONS: `--require ${list}` } });
  const loaded = [...stderr.matchAll(/^loaded (.*)$/gm)].map(([, file]) => file!);
  expect(loaded).toEqual([list, CLI_FILE]);
});
