import { execFileSync } from 'node:child_process';
import { linkSync, mkdirSync, readdirSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { gzipSync } from 'node:zlib';
import { startCli } from '../support/cli';
import { document, record, sweep } from '../support/records';
import { useTempFolder } from '../support/temp-folder';

const temp = useTempFolder();
const found = temp.write('found.json', document(sweep({ regions: 10 })));
const broken = temp.write('broken.json', '{');

/** A folder with more objects than are read while a signal arrives. */
function manyObjects(): string {
  const quiet = document([record({ fields: { eventName: 'DescribeVpcs' } })]);
  const first = temp.write('many/0.json.gz', gzipSync(quiet));
  for (let index = 1; index < 30_000; index++) linkSync(first, temp.path('many', `${index}.json.gz`));
  return temp.path('many');
}

const many = manyObjects();

function objectsRead(stderr: string): number {
  return Number(/^read ([\d,]+) objects/m.exec(stderr)?.[1]?.replaceAll(',', ''));
}

describe('Ctrl-C', () => {
  it('ends a long replay soon, telling what was found as partial', async () => {
    const { child, ended, until } = startCli(['replay', found, broken, many]);
    await until('failed: ');
    child.kill('SIGINT');
    const { code, stdout, stderr } = await ended;
    expect(code).toBe(130);
    expect(JSON.parse(stdout)).toMatchObject({
      regionsweep: { partial: true, region_count: 10, call_count: 10 },
    });
    expect(stderr).toMatch(/^PARTIAL, stopped before the end: 1 alert$/m);
    expect(objectsRead(stderr)).toBeLessThan(30_002);
    expect(stderr).not.toMatch(/^ +at /m);
  });

  it('lets the object that is being read end', async () => {
    const fifo = temp.path('slow.json');
    execFileSync('mkfifo', [fifo]);
    const { child, ended, until } = startCli(['replay', found, broken, fifo, many]);
    await until('failed: ');
    const writer = await open(fifo, 'w');
    child.kill('SIGINT');
    await writer.write(document([]));
    await writer.close();
    const { code, stdout, stderr } = await ended;
    expect(code).toBe(130);
    expect(JSON.parse(stdout)).toHaveProperty('regionsweep.partial', true);
    expect(stderr).toMatch(/^failed: 1 object,/m);
  });

  it('ends the wait for standard input, and leaves nothing behind', async () => {
    mkdirSync(temp.path('tmp'));
    const { child, ended } = startCli(['replay', '-'], { env: { TMPDIR: temp.path('tmp') } });
    while (readdirSync(temp.path('tmp')).length === 0) await new Promise((resolve) => setTimeout(resolve, 20));
    child.stdin!.write('{"Records":[');
    child.kill('SIGINT');
    const { code, stdout, stderr } = await ended;
    expect({ code, stdout }).toEqual({ code: 130, stdout: '' });
    expect(stderr).toMatch(/^PARTIAL, /m);
    expect(readdirSync(temp.path('tmp'))).toEqual([]);
  });
});

it('a reader that has seen enough is no fault', async () => {
  const { child, ended } = startCli(['replay', found, '--format', 'table']);
  child.stdout!.destroy();
  const { code, stderr } = await ended;
  expect(code).toBe(0);
  expect(stderr).not.toMatch(/EPIPE|^ +at /m);
});

it('nor is one that does not listen to what is told beside the result', async () => {
  const { child, ended } = startCli(['replay', broken, found, broken]);
  child.stderr!.destroy();
  const { code, stdout } = await ended;
  expect(JSON.parse(stdout)).toHaveProperty('regionsweep.region_count', 10);
  expect(code).toBe(1);
  const whole = startCli(['replay', found]);
  whole.child.stderr!.destroy();
  expect(await whole.ended).toMatchObject({ code: 0, stdout });
});
