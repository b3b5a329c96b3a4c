import { Readable } from 'node:stream';
import { createGunzip, gunzipSync, gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { zlibEngine } from '../../lambda/adapters/inflate/node-zlib';
import { InflateError, ObjectReadError } from '../../lambda/errors';
import {
  attempt,
  CHANGED,
  DAMAGED,
  errorOf,
  expectNamed,
  LARGE,
  LIMIT,
  MIB,
  NAME,
  noise,
  objectOf,
  outputOf,
  SMALL,
  someObject,
  stored,
  TEXT,
} from '../contracts/inflate-samples';
import { SEED } from '../support/properties';

/** How every engine streams: the contract of engines has it that they share this. */

it(`gives what gunzip gives, for any members and any cuts (seed ${SEED})`, async () => {
  const cutting = [fc.array(fc.nat(), { maxLength: 12 }), fc.boolean()] as const;
  const property = fc.asyncProperty(someObject, ...cutting, async (some, offsets, atBorders) => {
    const { members, object } = objectOf(some);
    const borders = members.map((_, i) => Buffer.concat(members.slice(0, i + 1)).length);
    const cuts = [...offsets.map((offset) => offset % object.length), ...(atBorders ? borders : [])];
    const { output, largest, smallest } = await outputOf(zlibEngine, stored(object, cuts));
    expect(output.equals(gunzipSync(Buffer.concat(members)))).toBe(true);
    expect(largest).toBeLessThanOrEqual(4 * MIB);
    expect(smallest).toBeGreaterThan(0);
  });
  await fc.assert(property, { seed: SEED, numRuns: 30 });
});

const large = [noise(3 * MIB), Buffer.alloc(9 * MIB, 'x'), TEXT];

it.each<[what: string, object: Buffer, output: Buffer, cuts: (length: number) => number[][]]>([
  [
    'the input in single bytes',
    Buffer.concat([gzipSync(TEXT), gzipSync(noise(3000))]),
    Buffer.concat([TEXT, noise(3000)]),
    (length) => [Array.from({ length }, (_, at) => at)],
  ],
  [
    'objects too large to gather, in several members',
    Buffer.concat(large.map((bytes) => gzipSync(bytes))),
    Buffer.concat(large),
    (length) => [65_536, 1_000_003, length].map((step) => Array.from({ length: length / step }, (_, at) => at * step)),
  ],
  ['an empty member', gzipSync(''), Buffer.alloc(0), () => [[]]],
  ...[SMALL, LARGE].map((body): [string, Buffer, Buffer, () => number[][]] => [
    `zero bytes after the last member, of ${body.length}`,
    Buffer.concat([body, Buffer.alloc(70_000)]),
    gunzipSync(body),
    () => [[], [body.length], [body.length + 1, body.length + 2], [body.length - 1]],
  ]),
])('takes %s', async (_what, object, expected, cuts) => {
  for (const each of cuts(object.length)) {
    const { output, largest } = await outputOf(zlibEngine, stored(object, each));
    expect(output.equals(expected)).toBe(true);
    expect(largest).toBeLessThanOrEqual(4 * MIB);
  }
});

describe('a damaged object', () => {
  it.each(DAMAGED)('is refused by its name: %s', async (_, samples) => {
    for (const [object, ...cuts] of samples) {
      for (const each of cuts) expectNamed(await errorOf(zlibEngine, stored(object, each)));
    }
  });

  it('is refused if it has no piece at all', async () => expectNamed(await errorOf(zlibEngine, Readable.from([]))));

  it('never gives other output for a changed byte', async () => {
    let refused = 0;
    for (const object of CHANGED.objects()) {
      const result = await attempt(zlibEngine, stored(object));
      if ('error' in result) {
        expectNamed(result.error);
        refused++;
      } else {
        expect(result.output.equals(CHANGED.output)).toBe(true);
      }
    }
    expect(refused).toBeGreaterThan(CHANGED.leastRefused);
  });

  it('that is plain JSON may not be gzip, it says', async () => {
    const error = await errorOf(zlibEngine, stored(TEXT));
    expect(error).toHaveProperty('message', expect.stringMatching(/not gzip.*replace it with an intact copy/));
  });

  it.each([
    ['text', (gzip: Buffer) => Buffer.concat([gzip, Buffer.from('appended')])],
    ['one byte', (gzip: Buffer) => Buffer.concat([gzip, Buffer.from('x')])],
    ['a wrong checksum', (gzip: Buffer) => Buffer.concat([gzip.subarray(0, -8), Buffer.alloc(8, 1)])],
  ])('gives all that comes before %s', async (_, damage) => {
    for (const content of [TEXT, noise(100_000), Buffer.alloc(100_000, 'x')]) {
      const pieces: Uint8Array[] = [];
      const reading = (async () => {
        for await (const piece of zlibEngine.inflate(stored(damage(gzipSync(content))), NAME, LIMIT))
          pieces.push(Buffer.from(piece));
      })();
      await expect(reading).rejects.toThrow(InflateError);
      expect(Buffer.concat(pieces).equals(content)).toBe(true);
    }
  });
});

it('gives output of exactly the limit, and not one byte more', async () => {
  for (const [size, pieces] of [
    [1000, 1],
    [5 * MIB, 1],
    [5 * MIB, 3],
  ] as const) {
    const object = Buffer.concat(new Array(pieces).fill(gzipSync(Buffer.alloc(size))));
    const all = size * pieces;
    expect((await outputOf(zlibEngine, stored(object), all)).output).toHaveLength(all);
    const error = await errorOf(zlibEngine, stored(object), all - 1);
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
  expectNamed(await errorOf(zlibEngine, endless(), MIB));
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
  expect(await errorOf(zlibEngine, failing())).toBe(failure);
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
    for await (const piece of zlibEngine.inflate(watched(), NAME, LIMIT)) {
      expect(piece.length).toBeGreaterThan(0);
      break;
    }
    expect(open).toBe(0);
  }
  await expect(errorOf(zlibEngine, watched(), 10)).resolves.toBeInstanceOf(InflateError);
  expect(open).toBe(0);
});

it.each([
  ['a consumer who left', LIMIT],
  ['an output past its limit', 10],
])('frees zlib after %s', async (_, limit) => {
  const destroyed = jest.spyOn(Object.getPrototypeOf(createGunzip()), 'destroy');
  try {
    for await (const _ of zlibEngine.inflate(stored(gzipSync(noise(2_000_000)), [50_000]), NAME, limit)) {
      expect(destroyed).not.toHaveBeenCalled();
      break;
    }
  } catch (error) {
    expect(error).toBeInstanceOf(InflateError);
  }
  expect(destroyed).toHaveBeenCalledTimes(1);
  destroyed.mockRestore();
});
