import { gunzipSync, gzipSync } from 'node:zlib';
import fc from 'fast-check';
import type { InflateEngine } from '../../lambda/ports';
import { inflateBoundsContract } from './inflate-bounds.contract';
import { inflateDamageContract } from './inflate-damage.contract';
import { expectNamed, LARGE, LIMIT, MIB, noise, outputOf, SMALL, stored, syncOutput, TEXT } from './inflate-samples';

const SEED = 20_261_124;

/** In few words, so that a counterexample can be read: compresses well, hardly, or not at all; some larger than a piece. */
const content = fc.oneof(
  fc.tuple(fc.constant('bytes' as const), fc.array(fc.nat(255), { maxLength: 200 })),
  fc.tuple(fc.constant('text' as const), fc.nat(40)),
  fc.tuple(fc.constant('noise' as const), fc.nat(300_000)),
  fc.tuple(fc.constant('long' as const), fc.nat(5)),
);

function bytesOf([kind, of]: readonly ['bytes', number[]] | readonly ['text' | 'noise' | 'long', number]): Buffer {
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

/** What every inflate engine promises, whichever way it inflates. */
export function inflateContract(name: InflateEngine['name'], make: () => InflateEngine): void {
  let made: InflateEngine;
  const engine = () => made;
  beforeEach(() => {
    made = make();
  });

  it('is the engine it says', () => expect(engine().name).toBe(name));

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
          const { output, largest, smallest } = await outputOf(engine(), stored(object, cuts));
          expect(output.equals(gunzipSync(Buffer.concat(members)))).toBe(true);
          expect(largest).toBeLessThanOrEqual(4 * MIB);
          expect(smallest).toBeGreaterThan(0);
        },
      ),
      { seed: SEED, numRuns: 30 },
    );
  });

  const large = [noise(3 * MIB), Buffer.alloc(9 * MIB, 'x'), TEXT];
  const withZeros = (body: Buffer) => Buffer.concat([body, Buffer.alloc(70_000)]);
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
      (length) =>
        [65_536, 1_000_003, length].map((step) => Array.from({ length: length / step }, (_, at) => at * step)),
    ],
    ['an empty member', gzipSync(''), Buffer.alloc(0), () => [[]]],
    ...[SMALL, LARGE].map((body): [string, Buffer, Buffer, () => number[][]] => [
      `zero bytes after the last member, of ${body.length}`,
      withZeros(body),
      gunzipSync(body),
      () => [[], [body.length], [body.length + 1, body.length + 2], [body.length - 1]],
    ]),
  ])('takes %s', async (_what, object, expected, cuts) => {
    for (const each of cuts(object.length)) {
      const { output, largest } = await outputOf(engine(), stored(object, each));
      expect(output.equals(expected)).toBe(true);
      expect(largest).toBeLessThanOrEqual(4 * MIB);
    }
  });

  inflateDamageContract(engine);
  inflateBoundsContract(engine);
}

/** Several pieces, in two members. */
const LONG = Buffer.alloc(3 * MIB + 17, 'regionsweep ');

const SEVERAL = Buffer.concat([gzipSync(LONG), SMALL]);

/** Complete objects are inflated without waiting, or given back with nothing done. */
export function inflateSyncContract(make: () => InflateEngine): void {
  it.each([
    ['small', SMALL, TEXT],
    ['several members', SEVERAL, Buffer.concat([LONG, TEXT])],
    ['followed by zeros', Buffer.concat([SMALL, Buffer.alloc(9)]), TEXT],
    ['that hardly compresses', LARGE, noise(2 * MIB)],
    ['an empty member', gzipSync(''), Buffer.alloc(0)],
  ])('gives all of an object or nothing: %s', (_, gzip, expected) => {
    const { did, error, pieces } = syncOutput(make(), gzip);
    expect(error).toBeUndefined();
    expect(Buffer.concat(pieces).equals(did ? expected : Buffer.alloc(0))).toBe(true);
    for (const { length } of pieces) {
      expect(length).toBeGreaterThan(0);
      expect(length).toBeLessThanOrEqual(4 * MIB);
    }
  });

  it('passes on what its taker throws, and is as good as new for the next object', async () => {
    const engine = make();
    const failure = new Error('the sink is full');
    const take = () => {
      throw failure;
    };
    for (const gzip of [SMALL, SEVERAL, SMALL]) {
      let thrown: unknown;
      let did = true;
      try {
        did = engine.inflateSync(gzip, LIMIT, take);
      } catch (error) {
        thrown = error;
      }
      expect(thrown).toBe(did ? failure : undefined);
      expect((await outputOf(engine, stored(SMALL))).output.equals(TEXT)).toBe(true);
    }
  });

  it('inflates another object while it gives a piece of one', () => {
    const engine = make();
    const [inner, outer]: Buffer[][] = [[], []];
    const did = engine.inflateSync(SMALL, LIMIT, (piece) => {
      inner!.push(...syncOutput(engine, SMALL).pieces);
      outer!.push(Buffer.from(piece));
    });
    expect(did).toBe(true);
    for (const pieces of [inner, outer]) expect(Buffer.concat(pieces!).equals(TEXT)).toBe(true);
  });

  it('refuses no bytes at all', () => {
    const { did, error } = syncOutput(make(), Buffer.alloc(0));
    if (did) expectNamed(error);
  });
}
