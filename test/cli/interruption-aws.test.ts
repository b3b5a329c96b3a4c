import { existsSync, mkdirSync, readdirSync, statSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { dirname, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { STACK, useAws } from '../support/aws';
import { eventually, startProcess } from '../support/cli';
import { document, REGIONS, sweep } from '../support/records';
import { useTempFolder } from '../support/temp-folder';

/** Ctrl-C while a command waits for an answer that never comes, or has much to write. */

const temp = useTempFolder();
const sweeping = temp.write('found.json', document(sweep({ regions: 10 })));
const history = ['--event-history', '--region', REGIONS.slice(0, 2).join()];

const aws = useAws(['trail']);

/** Requests that are not answered. */
let stalled = 0;
const silent = createServer(() => stalled++);

beforeAll(async () => {
  const key = 'AWSLogs/111122223333/CloudTrail/eu-west-1/2026/11/24/111122223333_CloudTrail_eu-west-1_20261124T0405Z_a';
  await aws.put('trail', `${key}.json.gz`, gzipSync(document([])));
  await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
});

afterAll(() => {
  silent.closeAllConnections();
  silent.close();
});

/** Ends well before any request times out. */
const SOON_MS = 10_000;

async function interrupted(args: readonly string[], isWaiting: () => boolean, env = {}) {
  const run = startProcess(args, { env, cwd: dirname(sweeping) });
  await eventually(isWaiting);
  const startedAt = performance.now();
  run.interrupt();
  const ended = await run.ended;
  expect(performance.now() - startedAt).toBeLessThan(SOON_MS);
  expect(ended.stderr).not.toMatch(/^ +at |fault of regionsweep|failed/m);
  return ended;
}

const STOPPED = 'PARTIAL, stopped before the end';

it.each<[string, string, string | RegExp, string | RegExp]>([
  // What is asked for, by a service's name or a pattern of requests to S3 and SQS; then standard error and output.
  ['replay found.json s3://trail', 'GET .*a.json.gz', `${STOPPED}: 1 alert\n`, '"partial":true'],
  ['replay found.json s3://trail', 'list-type=2', `${STOPPED}: 1 alert\n`, '"partial":true'],
  ['replay s3://trail --dry-run', 'list-type=2', `${STOPPED}\n`, /^$/],
  [`replay ${history.join(' ')}`, 'CLOUDTRAIL', `${STOPPED}: 0 alerts\n`, /^$/],
  ['replay --event-history', 'ACCOUNT', `${STOPPED}\n`, /^$/],
  [`backtest ${history.join(' ')}`, 'CLOUDTRAIL', `${STOPPED}: 208 settings compared`, '"partial": true'],
  [
    `replay s3://trail --through ${STACK}`,
    'list-type=2',
    `\n${STOPPED}; use --state FILE to continue`,
    /^\d{8}-\S+\n$/,
  ],
  [`replay s3://trail --through ${STACK}`, 'SendMessageBatch', /0 objects on the queue\nPARTIAL, /, /^\d{8}-\S+\n$/],
  [`replay s3://trail --through ${STACK} --wait`, 'DYNAMODB', /^PARTIAL, .* continues; list its alerts later/m, /^$/],
  [`simulate --through ${STACK}`, 'PUT ', `${STOPPED}: 0 objects in s3://`, /^$/],
  [`alerts --stack ${STACK}`, 'CLOUDFORMATION', `${STOPPED}\n`, /^$/],
  [`alerts --stack ${STACK}`, 'DYNAMODB', `${STOPPED}: 0 alerts\n`, /^$/],
  [`explain ${'0f'.repeat(16)} --stack ${STACK} --out left.html`, 'DYNAMODB', `${STOPPED}\n`, /^$/],
  ['doctor --source', 'STS', `${STOPPED}\n`, /^$/],
  ['doctor --source', 'CLOUDTRAIL', `${STOPPED}\n`, 'trails: not checked: Ctrl-C\n'],
])('ends %s while %s is waited for', async (command, wanted, stderr, stdout) => {
  stalled = 0;
  aws.intervene(({ method, url, headers }) => {
    const isIt = `${method} ${url} ${headers['x-amz-target']}`.match(wanted) !== null;
    stalled += isIt ? 1 : 0;
    return isIt;
  });
  const isService = /^[A-Z]{3,}$/.test(wanted);
  const endpoint = `http://127.0.0.1:${(silent.address() as AddressInfo).port}`;
  const env = isService ? { [`AWS_ENDPOINT_URL_${wanted}`]: endpoint } : {};
  const ended = await interrupted(command.split(' '), () => stalled > 0, env);
  expect(ended.code).toBe(130);
  expect(ended.stderr).toMatch(stderr);
  expect(ended.stdout).toMatch(stdout);
  expect(existsSync(temp.path('left.html'))).toBe(false);
});

/** Files, and those of them that are empty. */
function filesIn(folder: string): [files: number, empty: number] {
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  return [files.length, files.filter((file) => statSync(join(file.parentPath, file.name)).size === 0).length];
}

it('ends a simulation, and leaves complete files only', async () => {
  const out = temp.path('simulated');
  mkdirSync(out);
  const args = ['simulate', '--out', out, '--benign', '3000', '--pace', '600'];
  const { code, stderr } = await interrupted(args, () => filesIn(out)[0] > 0);
  const [files, empty] = filesIn(out);
  expect({ code, empty }).toEqual({ code: 130, empty: 0 });
  expect(stderr).toContain(`${STOPPED}: ${files.toLocaleString('en')} object`);
});
