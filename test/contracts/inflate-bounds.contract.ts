import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { InflateError, ObjectReadError } from '../../lambda/errors';
import type { InflateEngine } from '../../lambda/ports';
import { errorOf, expectNamed, LARGE, LIMIT, MIB, NAME, outputOf, SMALL, stored } from './inflate-samples';

/**
 * Memory stays within the limit, streamed and synchronously.
 * @param engine how the process that measures calls it
 */
export function inflateBombContract(engine: string): void {
  it.each([
    ['1 GiB of zeros', 'honest', 64],
    ['8 MiB that claim to be 30 KB, forty times', 'lying', 64],
    ['1,024 members of 1 MiB', 'members', 64],
    ['250 MiB of zeros and a stray byte', 'stray', 256],
  ])('stops a bomb of %s within its limit + 64 MiB', (_, kind, most) => {
    const script = join(__dirname, 'inflate-bomb.child.ts');
    const limits = [MIB, most * MIB];
    const flags = ['--expose-gc', '--import', 'tsx', script, engine, kind, ...limits.map(String)];
    const child = spawnSync(process.execPath, flags, { encoding: 'utf8' });
    expect(child.stderr).toBe('');
    const growths: number[] = JSON.parse(child.stdout);
    expect(growths).toHaveLength(limits.length);
    for (const [i, limit] of limits.entries()) {
      expect(growths[i]).toBeLessThan(limit + 64 * MIB);
    }
  });
}

/** Output stays within the limit, and the input is released however inflating ends. */
export function inflateBoundsContract(engine: () => InflateEngine): void {
  it('gives output of exactly the limit, and not one byte more', async () => {
    for (const [size, pieces] of [
      [1000, 1],
      [5 * MIB, 1],
      [5 * MIB, 3],
    ] as const) {
      const object = Buffer.concat(new Array(pieces).fill(gzipSync(Buffer.alloc(size))));
      const all = size * pieces;
      expect((await outputOf(engine(), stored(object), all)).output).toHaveLength(all);
      const error = await errorOf(engine(), stored(object), all - 1);
      expectNamed(error);
      expect(error).toHaveProperty('message', expect.stringContaining(`more than ${all - 1} bytes`));
    }
  });

  it('stops reading a bomb long before its end', async () => {
    let asked = 0;
    const bomb = gzipSync(Buffer.alloc(16 * MIB));
    async function* endless() {
      for (; asked < 1000; asked++) {
        yield bomb;
      }
    }
    expectNamed(await errorOf(engine(), endless(), MIB));
    expect(asked).toBeLessThan(100);
  });

  it.each([
    ['before the first byte', 0],
    ['in the first member', 1],
    ['of a large object', 5],
  ])('passes on unchanged what the input throws %s', async (_, good) => {
    const failure = new ObjectReadError('the download broke off');
    async function* failing() {
      for (let i = 0; i < good; i++) {
        yield LARGE.subarray(i * 400_000, (i + 1) * 400_000);
      }
      throw failure;
    }
    expect(await errorOf(engine(), failing())).toBe(failure);
  });

  it.each([
    ['small', SMALL],
    ['large', Buffer.concat([LARGE, LARGE])],
  ])('releases the input of a %s object when the consumer leaves', async (_, object) => {
    let open = 0;
    async function* watched() {
      open++;
      try {
        yield* stored(object, [10, 200_000, 2_500_000]);
      } finally {
        open--;
      }
    }
    for (let i = 0; i < 20; i++) {
      for await (const piece of engine().inflate(watched(), NAME, LIMIT)) {
        expect(piece.length).toBeGreaterThan(0);
        break;
      }
      expect(open).toBe(0);
    }
    await expect(errorOf(engine(), watched(), 10)).resolves.toBeInstanceOf(InflateError);
    expect(open).toBe(0);
  });
}
