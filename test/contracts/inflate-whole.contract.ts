import { gzipSync } from 'node:zlib';
import type { InflateEngine } from '../../lambda/ports';
import { expectNamed, LARGE, LIMIT, NAME, noise, outputOf, SMALL, stored, TEXT, wholeOf } from './inflate-samples';

const MIB = 1024 * 1024;
/** Several pieces of it, in two members. */
const LONG = Buffer.alloc(3 * MIB + 17, 'regionsweep ');
const SEVERAL = Buffer.concat([gzipSync(LONG), SMALL]);

/** Whole objects are inflated without waiting, or given back with nothing done. */
export function inflateWholeContract(engine: () => InflateEngine): void {
  it.each([
    ['small', SMALL, TEXT],
    ['several members', SEVERAL, Buffer.concat([LONG, TEXT])],
    ['followed by zeros', Buffer.concat([SMALL, Buffer.alloc(9)]), TEXT],
    ['that hardly compresses', LARGE, noise(2 * MIB)],
    ['an empty member', gzipSync(''), Buffer.alloc(0)],
  ])('gives all of an object at once, or nothing: %s', (_, gzip, output) => {
    const { did, error, pieces } = wholeOf(engine(), gzip);
    expect(error).toBeUndefined();
    expect(Buffer.concat(pieces).equals(did ? output : Buffer.alloc(0))).toBe(true);
    for (const { length } of pieces) {
      expect(length).toBeGreaterThan(0);
      expect(length).toBeLessThanOrEqual(4 * MIB);
    }
  });

  it('passes on what its taker throws, and is as good as new for the next object', async () => {
    for (const gzip of [SMALL, SEVERAL, SMALL]) {
      const failure = new Error('the sink is full');
      const take = () => {
        throw failure;
      };
      let thrown: unknown;
      let did = true;
      try {
        did = engine().inflateSync(gzip, NAME, LIMIT, take);
      } catch (error) {
        thrown = error;
      }
      expect(thrown).toBe(did ? failure : undefined);
      expect((await outputOf(engine(), stored(SMALL))).output.equals(TEXT)).toBe(true);
    }
  });

  it('inflates another object while it gives a piece of one', () => {
    const inner: Buffer[] = [];
    const outer: Buffer[] = [];
    const did = engine().inflateSync(SMALL, NAME, LIMIT, (piece) => {
      inner.push(...wholeOf(engine(), SMALL).pieces);
      outer.push(Buffer.from(piece));
    });
    expect(did).toBe(true);
    expect(Buffer.concat(outer).equals(TEXT)).toBe(true);
    expect(Buffer.concat(inner).equals(TEXT)).toBe(true);
  });

  it.each([1, 100, MIB])('gives the same output where it is given memory for it: %i bytes', (size) => {
    const area = new Uint8Array(size);
    const pieces: Buffer[] = [];
    const take = (piece: Uint8Array) => pieces.push(Buffer.from(piece));
    const did = engine().inflateSync(Buffer.concat([SMALL, SMALL]), NAME, LIMIT, take, area);
    expect(Buffer.concat(pieces).equals(did ? Buffer.concat([TEXT, TEXT]) : Buffer.alloc(0))).toBe(true);
  });

  it('refuses no bytes at all', () => {
    expectNamed(wholeOf(engine(), Buffer.alloc(0)).error);
  });
}
