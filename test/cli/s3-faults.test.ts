import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { gzipSync } from 'node:zlib';
import { type Intervention, useAws } from '../support/aws';
import { jsonLines, runCli, runProcess } from '../support/cli';
import { document, sweep } from '../support/records';
import { refusal } from '../support/s3-server';
import { simulated, upload } from '../support/simulated';
import { useTempFolder } from '../support/temp-folder';

const temp = useTempFolder();
const body = gzipSync(document(sweep({ regions: 12 })));
const aws = useAws(['trail', 'foreign']);

beforeAll(async () => {
  await upload(aws, 'trail', '');
  await aws.put('foreign', 'exports/', Buffer.alloc(0));
  await aws.put('foreign', 'exports/2026-11-24.gz', body);
  await aws.put('foreign', 'exports/notes.txt', 'none');
  await aws.put('foreign', 'AWSLogs/111122223333/Config/us-east-1/2026/11/24/x.json.gz', body);
});

const replay = (...args: readonly string[]) => runCli(['replay', ...args]);
const isGet = ({ method, url = '' }: IncomingMessage) => method === 'GET' && url.includes('.json.gz');
const objectGets = () => aws.asked.filter((line) => line.startsWith('GET') && line.includes('.json.gz'));
const said = (stderr: string, text: string) => stderr.split(text).length - 1;

/** Each object's first download breaks after some bytes. */
function breaking(): Intervention {
  const seen = new Set<string>();
  return (asked: IncomingMessage, response: ServerResponse) => {
    if (!isGet(asked) || seen.has(asked.url!)) return false;
    seen.add(asked.url!);
    const { body: stored } = simulated().find(({ key }) => asked.url!.includes(encodeURI(key).slice(-30)))!;
    response.writeHead(200, { 'content-length': stored.length });
    response.write(stored.subarray(0, 99), () => setTimeout(() => response.destroy(), 10));
    return true;
  };
}

it('reads a body that breaks again', async () => {
  const whole = await replay('s3://trail');
  aws.intervene(breaking());
  const broken = await replay('s3://trail');
  expect([broken.code, broken.stdout === whole.stdout]).toEqual([0, true]);
});

it('ends at once for a fault of the credentials, names it once, and continues with --state', async () => {
  const whole = await replay('s3://trail');
  const state = temp.path('expired.state');
  let gets = 0;
  aws.intervene((asked, response) => {
    if (!isGet(asked)) return false;
    gets += 1;
    if (gets > 20) refusal(400, 'ExpiredToken')(response, asked);
    return gets > 20;
  });
  const expired = await replay('s3://trail', '--state', state);
  expect(expired.code).toBe(1);
  expect(said(expired.stderr, 'cannot be read: ExpiredToken')).toBe(1);
  expect(expired.stderr).toMatch(/^PARTIAL, stopped before the end/m);
  expect(expired.stderr).toContain(`renew the credentials, then run the same command again to continue from ${state}`);
  expect(gets).toBeLessThanOrEqual(simulated().length);
  const without = await replay('s3://trail');
  expect(without.stderr).toContain('renew the credentials and run it again; with --state FILE it can be continued');
  aws.intervene(undefined);
  const rest = await replay('s3://trail', '--state', state);
  expect([rest.code, rest.stdout]).toEqual([0, whole.stdout]);
  expect(rest.stderr).toMatch(/not read again: \d+ objects/);
});

it('ends if listing fails without credentials', async () => {
  aws.intervene((asked, response) => {
    refusal(403, 'InvalidAccessKeyId')(response, asked);
    return true;
  });
  const { code, stderr } = await replay('s3://trail', 's3://foreign');
  expect([code, said(stderr, 'cannot be listed: InvalidAccessKeyId')]).toEqual([1, 1]);
  expect(stderr).toContain('renew the credentials');
});

it('recognises archived objects in the listing, without asking for each', async () => {
  const objects = simulated();
  aws.intervene((asked, response) => {
    if (!asked.url!.includes('list-type=2')) return false;
    const contents = objects.map(
      ({ key }, i) =>
        `<Contents><Key>${key}</Key><Size>9</Size><StorageClass>${i === 0 ? 'STANDARD' : 'DEEP_ARCHIVE'}</StorageClass></Contents>`,
    );
    response.end(`<ListBucketResult><IsTruncated>false</IsTruncated>${contents.join('')}</ListBucketResult>`);
    return true;
  });
  const { code, stderr } = await replay('s3://trail');
  expect([code, objectGets().length]).toEqual([1, 1]);
  expect(stderr).toContain(
    `failed: archived, as s3://trail/${objects[1]!.key} and ${objects.length - 2} others; restore them`,
  );
  expect(await replay('s3://trail', '--dry-run')).toMatchObject({ code: 1 });
});

describe("keys that are not of CloudTrail's layout", () => {
  it('are skipped, counted and named', async () => {
    const { code, stdout, stderr } = await replay('s3://foreign');
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toContain('skipped: 1 file (another service), 3 files (other)');
    expect(stderr).toContain(
      "not of CloudTrail's layout, as s3://foreign/exports/2026-11-24.gz and 1 other; --any-key reads them",
    );
  });

  it.each([
    ['with --any-key', ['s3://foreign/exports/2026', '--any-key']],
    ['with --any-key, and a filter of keys', ['s3://foreign/exports/2026', '--any-key', '--since', '2026-11-24']],
    ['by the full key', ['s3://foreign/exports/2026-11-24.gz']],
    ['by the full key, and a filter of keys', ['s3://foreign/exports/2026-11-24.gz', '--since', '2026-11-24']],
  ])('are read %s', async (_, args) => {
    const { code, stdout } = await replay(...args);
    expect([code, jsonLines(stdout).length]).toEqual([0, 1]);
  });

  it('are read with --any-key or fail by name, but not those of other services', async () => {
    const { code, stdout, stderr } = await replay('s3://foreign', '--any-key');
    expect([code, jsonLines(stdout).length]).toEqual([1, 1]);
    expect(stderr).toMatch(/^failed: s3:\/\/foreign\/exports\/notes\.txt: /m);
    expect(stderr).toContain('skipped: 1 file (another service), 1 file (other)');
  });

  it('are never sent to a stack', async () => {
    expect(await replay('s3://foreign', '--any-key', '--through', 'regionsweep')).toMatchObject({ code: 2 });
    const { code, stderr } = await replay('s3://foreign/exports/2026-11-24.gz', '--through', 'regionsweep');
    expect([code, stderr]).toEqual([1, expect.stringContaining('no log files found')]);
  });
});

describe('a proxy', () => {
  it('is used as the environment says, and not for what NO_PROXY names', async () => {
    const asked: string[] = [];
    const { port: emulator } = new URL(process.env.AWS_ENDPOINT_URL!);
    const proxy = createServer().on('connect', ({ url = '' }: IncomingMessage, socket) => {
      asked.push(url);
      const onward = connect(Number(emulator), '127.0.0.1', () => {
        socket.write('HTTP/1.1 200 Connection established\r\n\r\n');
        onward.pipe(socket).pipe(onward);
      });
      for (const end of [onward, socket]) end.on('error', () => undefined);
    });
    proxy.listen(0, '127.0.0.1');
    await once(proxy, 'listening');
    const env = { HTTP_PROXY: `http://127.0.0.1:${(proxy.address() as AddressInfo).port}` };
    const run = (more: Record<string, string>) => runProcess(['replay', 's3://trail'], { env: { ...env, ...more } });
    try {
      // Nothing listens there.
      const through = await run({ AWS_ENDPOINT_URL: 'http://localhost:1' });
      expect([through.code, jsonLines(through.stdout).length]).toEqual([0, 1]);
      expect(new Set(asked)).toEqual(new Set(['localhost:1']));
      asked.length = 0;
      expect(await run({ NO_PROXY: '127.0.0.1' })).toMatchObject({ code: 0, stdout: through.stdout });
      expect(asked).toEqual([]);
    } finally {
      proxy.closeAllConnections();
      proxy.close();
    }
  });
});
