import { execFileSync } from 'node:child_process';
import { linkSync, mkdirSync, readdirSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { gzipSync } from 'node:zlib';
import { eventually, startProcess } from '../support/cli';
import { document, record, sweep } from '../support/records';
import { useTempFolder } from '../support/temp-folder';

const temp = useTempFolder();
const sweeping = temp.write('found.json', document(sweep({ regions: 10 })));
const broken = temp.write('broken.json', '{');

/** Takes long enough to be interrupted. */
const large = temp.write(
  'large.json.gz',
  gzipSync(document([record({ fields: { eventName: 'DescribeVpcs', userAgent: 'x'.repeat(2 ** 20) } })])),
);
const FILES = 4_000;
mkdirSync(temp.path('many'));
for (let index = 0; index < FILES; index++) linkSync(large, temp.path(`many/${index}.json.gz`));

describe('Ctrl-C', () => {
  it.each(['1', '2'])(
    'ends a replay on %s threads after the current object, with a partial result',
    async (threads) => {
      const replay = startProcess(['replay', sweeping, broken, temp.path('many'), '--threads', threads]);
      await replay.until('failed: ');
      replay.interrupt();
      const { code, stdout, stderr } = await replay.ended;
      expect(code).toBe(130);
      expect(JSON.parse(stdout)).toMatchObject({ regionsweep: { partial: true, region_count: 10, call_count: 10 } });
      expect(stderr).toMatch(/^PARTIAL, stopped before the end: 1 alert$/m);
      expect(stderr).toMatch(/^failed: 1 object /m);
      expect(Number(/^read ([\d,]+) objects/m.exec(stderr)?.[1]?.replace(',', ''))).toBeLessThan(FILES);
      expect(stderr).not.toMatch(/^ +at /m);
    },
  );

  it('ends a replay after the pipe that it waits for', async () => {
    const fifo = temp.path('slow.json');
    execFileSync('mkfifo', [fifo]);
    const replay = startProcess(['replay', sweeping, broken, fifo]);
    await replay.until('failed: ');
    const writer = await open(fifo, 'w');
    replay.interrupt();
    await writer.write(document([]));
    await writer.close();
    const { code, stdout, stderr } = await replay.ended;
    expect(code).toBe(130);
    expect(JSON.parse(stdout)).toHaveProperty('regionsweep.partial', true);
    expect(stderr).toMatch(/^read 3 objects /m);
  });

  it('ends the wait for standard input, and removes its copy', async () => {
    mkdirSync(temp.path('tmp'));
    const replay = startProcess(['replay', '-'], { env: { TMPDIR: temp.path('tmp') } });
    await eventually(() => readdirSync(temp.path('tmp')).length > 0);
    replay.child.stdin!.write('{"Records":[');
    replay.interrupt();
    const { code, stdout, stderr } = await replay.ended;
    expect({ code, stdout }).toEqual({ code: 130, stdout: '' });
    expect(stderr).toMatch(/^PARTIAL, /m);
    expect(readdirSync(temp.path('tmp'))).toEqual([]);
  });
});

it('succeeds when standard output is closed early', async () => {
  const { child, ended } = startProcess(['replay', sweeping, '--format', 'table']);
  child.stdout!.destroy();
  const { code, stderr } = await ended;
  expect(code).toBe(0);
  expect(stderr).not.toMatch(/EPIPE|^ +at /m);
});

it.each<[number, string[]]>([
  [0, [sweeping]],
  [1, [broken, sweeping, broken]],
])('writes its result and exits with %i when standard error is closed', async (expected, paths) => {
  const { child, ended } = startProcess(['replay', ...paths]);
  child.stderr!.destroy();
  const { code, stdout } = await ended;
  expect(JSON.parse(stdout)).toHaveProperty('regionsweep.region_count', 10);
  expect(code).toBe(expected);
});
