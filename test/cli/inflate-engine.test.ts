import { gzipSync } from 'node:zlib';
import { loadZlibSync } from '../../lambda/adapters/inflate/zlib-sync';
import { runCli } from '../support/cli';
import { document, sweep } from '../support/records';
import { useTempFolder } from '../support/temp-folder';

const temp = useTempFolder();

const trail = temp.write('trail.json.gz', gzipSync(document(sweep({ regions: 10 }))));

async function replay(engine: string) {
  const { code, stdout, stderr } = await runCli(['replay', trail], { env: { REGIONSWEEP_INFLATE: engine } });
  return { code, alerts: stdout.split('\n').length - 1, lines: stderr.match(/^inflate: .*$/gm), stderr };
}

it.each([
  ['', null],
  ['zlib', ['inflate: zlib (REGIONSWEEP_INFLATE)']],
])('names the engine once where one was asked for: %j', async (engine, lines) => {
  expect(await replay(engine)).toMatchObject({ code: 0, alerts: 1, lines });
});

it('says whether it used zlib-sync, and why not', async () => {
  const line = loadZlibSync().loaded
    ? 'inflate: zlib-sync (REGIONSWEEP_INFLATE)'
    : expect.stringMatching(/^inflate: zlib \(REGIONSWEEP_INFLATE asks for zlib-sync, which did not load: ./);
  expect(await replay('zlib-sync')).toMatchObject({ code: 0, alerts: 1, lines: [line] });
});

it('refuses an unknown engine', async () => {
  const { code, alerts, stderr } = await replay('turbo');
  expect({ code, alerts }).toEqual({ code: 2, alerts: 0 });
  expect(stderr).toContain('REGIONSWEEP_INFLATE is "turbo"; set it to zlib or zlib-sync');
});
