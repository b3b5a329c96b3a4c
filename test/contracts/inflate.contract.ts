import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { zlibEngine } from '../../lambda/adapters/inflate/node-zlib';
import type { InflateEngine } from '../../lambda/ports';
import { SEED } from '../support/properties';
import {
  CHANGED,
  DAMAGED,
  LARGE,
  LIMIT,
  MIB,
  noise,
  objectOf,
  outputOf,
  SMALL,
  someObject,
  stored,
  syncOutput,
  TEXT,
} from './inflate-samples';

/** Several pieces, in two members. */
const LONG = Buffer.alloc(3 * MIB + 17, 'regionsweep ');

const SEVERAL = Buffer.concat([gzipSync(LONG), SMALL]);

/** Every engine streams as the default one does; complete objects it inflates at once, or gives back with nothing done. */
export function inflateContract(name: InflateEngine['name'], make: () => InflateEngine): void {
  it('is the engine it says, and streams as the default one', () => {
    expect(make()).toMatchObject({ name, inflate: zlibEngine.inflate });
  });

  /** @returns whether it gave all of the object */
  function givesAllOrNothing(engine: InflateEngine, gzip: Uint8Array, expected: Buffer, limit = LIMIT): boolean {
    const { did, error, pieces } = syncOutput(engine, gzip, limit);
    expect(error).toBeUndefined();
    expect(Buffer.concat(pieces).equals(did ? expected : Buffer.alloc(0))).toBe(true);
    for (const { length } of pieces) {
      expect(length).toBeGreaterThan(0);
      expect(length).toBeLessThanOrEqual(4 * MIB);
    }
    return did;
  }

  it(`gives all of any members and zeros, or nothing (seed ${SEED})`, () => {
    const engine = make();
    const property = fc.property(someObject, (some) => {
      const { object, output } = objectOf(some);
      givesAllOrNothing(engine, object, output);
    });
    fc.assert(property, { seed: SEED, numRuns: 30 });
    givesAllOrNothing(engine, Buffer.concat([SMALL, Buffer.alloc(70_000)]), TEXT);
    givesAllOrNothing(engine, LARGE, noise(2 * MIB));
    givesAllOrNothing(engine, gzipSync(''), Buffer.alloc(0));
  });

  it('gives output of exactly the limit, and not one byte more', () => {
    const engine = make();
    for (const size of [1000, 5 * MIB]) {
      for (const members of [1, 3]) {
        const object = Buffer.concat(new Array(members).fill(gzipSync(Buffer.alloc(size))));
        const all = Buffer.alloc(size * members);
        expect(givesAllOrNothing(engine, object, all, all.length)).toBe(all.length <= 4 * MIB);
        expect(givesAllOrNothing(engine, object, all, all.length - 1)).toBe(false);
      }
    }
  });

  it.each(DAMAGED)('gives back a damaged object: %s', (_, samples) => {
    const engine = make();
    for (const [object] of samples) expect(givesAllOrNothing(engine, object, Buffer.alloc(0))).toBe(false);
    expect(givesAllOrNothing(engine, SMALL, TEXT)).toBe(true);
  });

  it('never gives other output for a changed byte', () => {
    const engine = make();
    let refused = 0;
    for (const object of CHANGED.objects()) if (!givesAllOrNothing(engine, object, CHANGED.output)) refused++;
    expect(refused).toBeGreaterThan(CHANGED.leastRefused);
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
      expect(givesAllOrNothing(engine, SMALL, TEXT)).toBe(true);
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
}

/** Memory stays within the limit, streamed and at once, as a process of its own measures. */
export function inflateBombContract(engine: InflateEngine['name']): void {
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
