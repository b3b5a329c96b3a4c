import { gunzipSync, gzipSync } from 'node:zlib';
import fc from 'fast-check';
import type { InflateEngine } from '../../lambda/ports';
import { inflateBoundsContract } from './inflate-bounds.contract';
import { inflateDamageContract } from './inflate-damage.contract';
import { LARGE, noise, outputOf, SMALL, stored, TEXT } from './inflate-samples';
import { inflateWholeContract } from './inflate-whole.contract';

const MIB = 1024 * 1024;
const SEED = 20_261_124;

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

/**
 * What every inflate engine promises, whichever way it inflates.
 * @param bombed how the process that measures bombs calls the engine
 */
export function inflateContract(name: InflateEngine['name'], make: () => InflateEngine, bombed: string = name): void {
  let made: InflateEngine;
  const engine = () => made;
  beforeEach(() => {
    made = make();
  });

  it('is the engine it says', () => {
    expect(engine().name).toBe(name);
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
          const { output, largest, smallest } = await outputOf(engine(), stored(object, cuts));
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
    const { output } = await outputOf(engine(), stored(object, cuts));
    expect(output.equals(Buffer.concat([TEXT, noise(3000)]))).toBe(true);
  });

  it('inflates objects too large to gather, in several members', async () => {
    const contents = [noise(3 * MIB), Buffer.alloc(9 * MIB, 'x'), TEXT];
    const object = Buffer.concat(contents.map((bytes) => gzipSync(bytes)));
    for (const step of [65_536, 1_000_003, object.length]) {
      const cuts = Array.from({ length: Math.floor(object.length / step) }, (_, i) => i * step);
      const { output, largest } = await outputOf(engine(), stored(object, cuts));
      expect(output.equals(Buffer.concat(contents))).toBe(true);
      expect(largest).toBeLessThanOrEqual(4 * MIB);
    }
  });

  it('gives no piece for an empty member', async () => {
    expect((await outputOf(engine(), stored(gzipSync('')))).output).toHaveLength(0);
  });

  it('accepts zero bytes after the last member', async () => {
    for (const body of [SMALL, LARGE]) {
      const object = Buffer.concat([body, Buffer.alloc(70_000)]);
      for (const cuts of [[], [body.length], [body.length + 1, body.length + 2], [body.length - 1]]) {
        const { output } = await outputOf(engine(), stored(object, cuts));
        expect(output.equals(gunzipSync(body))).toBe(true);
      }
    }
  });

  inflateDamageContract(engine);
  inflateWholeContract(engine);
  inflateBoundsContract(bombed, engine);
}
