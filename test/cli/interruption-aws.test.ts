import { mkdirSync, readdirSync, statSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { startAws, type TestAws } from '../support/aws';
import { eventually, startProcess } from '../support/cli';
import { document, REGIONS, sweep } from '../support/records';
import { useTempFolder } from '../support/temp-folder';

/** Ctrl-C while something else is waited for: a request that never ends, much to write, much to compare. */

const temp = useTempFolder();
let aws: TestAws;

const KEY = 'AWSLogs/111122223333/CloudTrail/eu-west-1/2026/11/24/111122223333_CloudTrail_eu-west-1_20261124T0405Z_';

beforeAll(async () => {
  aws = await startAws(['trail']);
  const body = gzipSync(document(sweep({ regions: 10 })));
  for (const name of ['a', 'b', 'c']) await aws.put('trail', `${KEY}${name}.json.gz`, body);
});

afterAll(() => aws.close());

beforeEach(() => aws.intervene(undefined));

/** Ends well before any request times out. */
const SOON_MS = 10_000;

async function interrupted(args: readonly string[], when: string | RegExp | (() => Promise<void>), env = {}) {
  const run = startProcess(args, { env });
  await (typeof when === 'function' ? when() : run.until(when));
  const startedAt = performance.now();
  run.interrupt();
  const ended = await run.ended;
  expect(performance.now() - startedAt).toBeLessThan(SOON_MS);
  expect(ended.stderr).not.toMatch(/^ +at |fault of regionsweep/m);
  return ended;
}

it.each([
  ['an object', /c\.json\.gz/],
  ['a list', /list-type=2/],
])('ends a replay of S3 that waits for %s, with what it has', async (_what, stalled) => {
  let stall = () => {};
  const isStalled = new Promise<void>((resolve) => {
    stall = resolve;
  });
  aws.intervene(({ url }) => {
    const isIt = stalled.test(url ?? '');
    if (isIt) setTimeout(stall, 500);
    return isIt;
  });
  const { code, stdout, stderr } = await interrupted(['replay', 's3://trail'], () => isStalled);
  const isFound = stalled.test('c.json.gz');
  expect({ code, isFound: stdout.includes('"partial":true') }).toEqual({ code: 130, isFound });
  expect(stderr).toMatch(/^PARTIAL, stopped before the end: [01] alerts?$/m);
  expect(stderr).not.toContain('failed');
});

it('ends the reading of the event history while a page is waited for', async () => {
  let asked = 0;
  const server: Server = createServer(() => asked++).listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const env = { AWS_ENDPOINT_URL: `http://127.0.0.1:${(server.address() as AddressInfo).port}` };
  try {
    for (const command of ['replay', 'backtest']) {
      const args = [command, '--event-history', '--region', REGIONS.slice(0, 2).join()];
      asked = 0;
      const { code, stderr } = await interrupted(args, () => eventually(() => asked > 0), env);
      expect({ command, code }).toEqual({ command, code: 130 });
      expect(stderr).toMatch(/^PARTIAL, /m);
      expect(stderr).not.toContain('failed');
    }
  } finally {
    server.closeAllConnections();
    server.close();
  }
});

/** Files, and those of them that are empty. */
function filesIn(folder: string): [files: number, empty: number] {
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  return [files.length, files.filter((file) => statSync(join(file.parentPath, file.name)).size === 0).length];
}

it('ends a simulation, and leaves whole files alone', async () => {
  const out = temp.path('simulated');
  mkdirSync(out);
  const isBegun = () => eventually(() => filesIn(out)[0] > 0);
  const { code, stderr } = await interrupted(['simulate', '--out', out, '--benign', '3000', '--pace', '600'], isBegun);
  const [files, empty] = filesIn(out);
  expect({ code, empty }).toEqual({ code: 130, empty: 0 });
  expect(stderr).toContain(`PARTIAL, stopped before the end: ${files.toLocaleString('en')} object`);
});
