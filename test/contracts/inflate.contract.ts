import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { InflateError, ObjectReadError } from '../../lambda/errors';
import type { InflateEngine } from '../../lambda/ports';
import { attempt, LIMIT, lying, NAME, noise, outputOf, stored } from './inflate-samples';

const MIB = 1024 * 1024;
const SEED = 20_261_124;
const TEXT = Buffer.from('{"Records":[{"eventName":"DescribeInstances","awsRegion":"eu-west-1"}]}');

/** Told in few words, so that a counterexample can be read. */
type Content = readonly ['bytes', number[]] | readonly ['text' | 'noise' | 'long', number];

/** Content that compresses well, hardly, or not at all; some of it larger than one piece may be. */
const content: fc.Arbitrary<Content> = fc.oneof(
  fc.tuple(fc.constant('bytes' as const), fc.array(fc.nat(255), { maxLength: 200 })),
  fc.tuple(fc.constant('text' as const), fc.nat(40)),
  fc.tuple(fc.constant('noise' as const), fc.nat(300_000)),
  fc.tuple(fc.constant('long' as const), fc.nat(5)),
);

function bytesOf([kind, of]: Content): Buffer {
  switch (kind) {
    case 'bytes':
      return Buffer.from(of);
    case 'text':
      return Buffer.concat(new Array(of).fill(TEXT));
    case 'noise':
      return noise(of);
    case 'long':
      return Buffer.alloc(of * MIB + 1, 'regionsweep ');
  }
}

async function errorOf(engine: InflateEngine, object: AsyncIterable<Uint8Array>, limit = LIMIT) {
  const result = await attempt(engine, object, limit);
  return 'error' in result ? result.error : undefined;
}

function expectNamed(error: unknown): void {
  expect(error).toBeInstanceOf(InflateError);
  expect(error).toHaveProperty('message', expect.stringContaining(NAME));
}

/** What every inflate engine promises, whichever way it inflates. */
export function inflateContract(name: InflateEngine['name'], make: () => InflateEngine): void {
  let engine: InflateEngine;
  beforeEach(() => {
    engine = make();
  });

  it('is the engine it says', () => {
    expect(engine.name).toBe(name);
  });

  it(`gives what gunzip gives, for any members and any cuts (seed ${SEED})`, async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(content, { minLength: 1, maxLength: 4 }),
        fc.array(fc.nat(), { maxLength: 12 }),
        fc.boolean(),
        fc.nat(20),
        async (contents, offsets, atBorders, zeros) => {
          const members = contents.map((of) => gzipSync(bytesOf(of)));
          const object = Buffer.concat([...members, Buffer.alloc(zeros)]);
          const borders = members.map((_, i) => Buffer.concat(members.slice(0, i + 1)).length);
          const cuts = [...offsets.map((offset) => offset % object.length), ...(atBorders ? borders : [])];
          const { output, largest, smallest } = await outputOf(engine, stored(object, cuts));
          expect(output.equals(gunzipSync(Buffer.concat(members)))).toBe(true);
          expect(largest).toBeLessThanOrEqual(4 * MIB);
          expect(smallest).toBeGreaterThan(0);
        },
      ),
      { seed: SEED, numRuns: 60 },
    );
  });

  it('takes the input in single bytes', async () => {
    const object = Buffer.concat([gzipSync(TEXT), gzipSync(noise(3000))]);
    const cuts = Array.from({ length: object.length }, (_, i) => i);
    const { output } = await outputOf(engine, stored(object, cuts));
    expect(output.equals(Buffer.concat([TEXT, noise(3000)]))).toBe(true);
  });

  it('inflates objects too large to gather, in several members', async () => {
    const contents = [noise(3 * MIB), Buffer.alloc(9 * MIB, 'x'), TEXT];
    const object = Buffer.concat(contents.map((bytes) => gzipSync(bytes)));
    for (const step of [65_536, 1_000_003, object.length]) {
      const cuts = Array.from({ length: Math.floor(object.length / step) }, (_, i) => i * step);
      const { output, largest } = await outputOf(engine, stored(object, cuts));
      expect(output.equals(Buffer.concat(contents))).toBe(true);
      expect(largest).toBeLessThanOrEqual(4 * MIB);
    }
  });

  it('gives no piece for an empty member', async () => {
    expect((await outputOf(engine, stored(gzipSync('')))).output).toHaveLength(0);
  });

  it.each([
    ['no bytes', []],
    ['an empty piece', [new Uint8Array(0)]],
  ])('refuses an object of %s', async (_, pieces) => {
    expectNamed(
      await errorOf(
        engine,
        (async function* () {
          yield* pieces;
        })(),
      ),
    );
  });

  // The first sample is inflated in one call, the second as a stream.
  const small = gzipSync(TEXT);
  const large = gzipSync(noise(2 * MIB));

  it('refuses a member cut at any byte', async () => {
    for (let end = 0; end < small.length; end++) {
      expectNamed(await errorOf(engine, stored(small.subarray(0, end), [9])));
    }
    for (const end of [large.length - 1, large.length - 8, large.length - 9, 1_500_000]) {
      expectNamed(await errorOf(engine, stored(large.subarray(0, end), [700_000])));
    }
  });

  it('refuses a second member cut at any byte', async () => {
    for (let end = 1; end < small.length; end++) {
      const object = Buffer.concat([small, small.subarray(0, end)]);
      expectNamed(await errorOf(engine, stored(object, [small.length])));
    }
  });

  it('never gives other output for an object with a changed byte', async () => {
    const object = Buffer.concat([small, small]);
    const whole = Buffer.concat([TEXT, TEXT]);
    let refused = 0;
    for (let at = 0; at < object.length; at++) {
      for (const change of [0x01, 0x80, 0xff, object[at] ?? 0]) {
        const changed = Buffer.from(object);
        changed[at] = (changed[at] ?? 0) ^ change;
        const result = await attempt(engine, stored(changed));
        if ('error' in result) {
          expectNamed(result.error);
          refused++;
        } else {
          expect(result.output.equals(whole)).toBe(true);
        }
      }
    }
    // Only time stamp, system and hints in the header may change unnoticed.
    expect(refused).toBeGreaterThan(object.length * 3);
  });

  it.each([20, 500_000, 1_990_000, large.length - 6, large.length - 2])(
    'refuses a large object with byte %i changed',
    async (at) => {
      const changed = Buffer.from(large);
      changed[at] = (changed[at] ?? 0) ^ 0x10;
      expectNamed(await errorOf(engine, stored(changed, [65_536, 1_900_000])));
    },
  );

  it.each([
    ['text', Buffer.from('{"Records":[]}')],
    ['one byte', Buffer.from('x')],
    ['zeros, then text', Buffer.from('\0\0\0text')],
    ['zeros, then a member', Buffer.concat([Buffer.alloc(2), small])],
    ['its own trailer again', small.subarray(-8)],
    ['a bare gzip magic', Buffer.from([0x1f, 0x8b])],
  ])('refuses an object followed by %s', async (_, tail) => {
    for (const body of [small, large]) {
      const object = Buffer.concat([body, tail]);
      for (const cuts of [[], [body.length], [body.length + 1], [body.length - 3]]) {
        expectNamed(await errorOf(engine, stored(object, cuts)));
      }
    }
  });

  it('accepts zero bytes after the last member', async () => {
    for (const body of [small, large]) {
      const object = Buffer.concat([body, Buffer.alloc(70_000)]);
      for (const cuts of [[], [body.length], [body.length + 1, body.length + 2], [body.length - 1]]) {
        const { output } = await outputOf(engine, stored(object, cuts));
        expect(output.equals(gunzipSync(body))).toBe(true);
      }
    }
  });

  it.each([0, 1, 70, 72, 30_000, 5 * MIB, 0xffff_ffff])(
    'refuses a member that claims %i bytes',
    async (claim) => {
      expectNamed(await errorOf(engine, stored(lying(TEXT, claim))));
    },
  );

  it('refuses plain JSON, and says that it may be no gzip', async () => {
    const error = await errorOf(engine, stored(TEXT));
    expectNamed(error);
    expect(error).toHaveProperty('message', expect.stringMatching(/no gzip.*put a whole copy in its place/));
  });

  it('gives output of exactly the limit, and not one byte more', async () => {
    for (const [size, pieces] of [
      [1000, 1],
      [5 * MIB, 1],
      [5 * MIB, 3],
    ] as const) {
      const object = Buffer.concat(new Array(pieces).fill(gzipSync(Buffer.alloc(size))));
      const all = size * pieces;
      expect((await outputOf(engine, stored(object), all)).output).toHaveLength(all);
      const error = await errorOf(engine, stored(object), all - 1);
      expectNamed(error);
      expect(error).toHaveProperty('message', expect.stringContaining(`more than ${all - 1} bytes`));
    }
  });

  it.each([
    ['1 GiB of zeros', 'honest'],
    ['20 MiB that claim to be 30 KB, forty times', 'lying'],
    ['1,024 members of 1 MiB', 'members'],
  ])('stops a bomb of %s within its limit + 64 MiB', (_, kind) => {
    const script = join(__dirname, 'inflate-bomb.child.ts');
    const limits = [MIB, 64 * MIB];
    const flags = ['--expose-gc', '--import', 'tsx', script, name, kind, ...limits.map(String)];
    const child = spawnSync(process.execPath, flags, { encoding: 'utf8' });
    expect(child.stderr).toBe('');
    const growths: number[] = JSON.parse(child.stdout);
    expect(growths).toHaveLength(limits.length);
    for (const [i, limit] of limits.entries()) {
      expect(growths[i]).toBeLessThan(limit + 64 * MIB);
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
    expectNamed(await errorOf(engine, endless(), MIB));
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
        yield large.subarray(i * 400_000, (i + 1) * 400_000);
      }
      throw failure;
    }
    expect(await errorOf(engine, failing())).toBe(failure);
  });

  it.each([
    ['small', small],
    ['large', Buffer.concat([large, large])],
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
      for await (const piece of engine.inflate(watched(), NAME, LIMIT)) {
        expect(piece.length).toBeGreaterThan(0);
        break;
      }
      expect(open).toBe(0);
    }
    await expect(errorOf(engine, watched(), 10)).resolves.toBeInstanceOf(InflateError);
    expect(open).toBe(0);
  });
}
