import fc from 'fast-check';
import type { MatchedCall } from '../../lambda/detection/classify';
import {
  type Activity,
  decodeTally,
  encodeTally,
  MAX_PART_BYTES,
  mergeTallies,
  type Tally,
  type TallyPart,
  tallyCalls,
} from '../../lambda/detection/tally';
import { holds } from '../support/properties';
import { MALLORY, REGIONS, T0 } from '../support/records';
import { matchedCall, objectNamed, ruleWith } from '../support/windows';

const object = objectNamed('logs/a.json.gz');

const counting = ruleWith({ minRegions: 2, minCalls: 5 });

const matchedCalls: fc.Arbitrary<MatchedCall[]> = fc.array(
  fc.record({
    actor: fc.constantFrom(MALLORY, '__proto__', 'constructor', 'ü\u2028"\\', '\ud800'),
    region: fc.constantFrom(...REGIONS.slice(0, 3), '__proto__'),
    second: fc.integer({ min: T0 - 3, max: T0 + 3 }),
    callId: fc.integer({ min: 0, max: 40 }).map(String),
  }),
  { maxLength: 60 },
);

function partsOf(tallies: readonly Tally[], maxBytes?: number): TallyPart[] {
  return tallies.flatMap((tally) => encodeTally(tally, maxBytes));
}

/** Merged, with each set in an order of its own. */
function known(tallies: readonly Tally[]): Activity[] {
  return mergeTallies(tallies).map((activity) => ({
    ...activity,
    cells: activity.cells.map((cell) => ({ ...cell, callHashes: [...cell.callHashes].sort() })),
  }));
}

describe('an encoded tally', () => {
  it.each([
    ['regions', ruleWith()],
    ['calls', counting],
  ])('is read back as it was, where %s count', async (_, rule) => {
    const property = fc.property(matchedCalls, (given) => {
      const tallies = tallyCalls(object, given, rule);
      const read = partsOf(tallies).map(decodeTally);
      expect(known(read)).toEqual(known(tallies));
      expect(read.map(({ bucket }) => bucket)).toEqual(tallies.map(({ bucket }) => bucket));
    });
    await holds(500, property);
  });

  it('is the same for the same calls in any order', async () => {
    const shuffled = matchedCalls.chain((given) =>
      fc.tuple(fc.constant(given), fc.shuffledSubarray(given, { minLength: given.length })),
    );
    const property = fc.property(shuffled, fc.integer({ min: 60, max: 400 }), ([one, other], maxBytes) => {
      const [a, b] = [one, other].map((given) => {
        const parts = partsOf(tallyCalls(object, given, counting), maxBytes);
        return parts.sort((x, y) => x.bucket.start - y.bucket.start || (x.sortKey < y.sortKey ? -1 : 1));
      });
      expect(b).toEqual(a);
    });
    await holds(300, property);
  });

  it('is split into parts that fit, can be read separately, and together are complete', async () => {
    const property = fc.property(matchedCalls, fc.integer({ min: 60, max: 400 }), (given, maxBytes) => {
      const tallies = tallyCalls(object, given, counting);
      const parts = partsOf(tallies, maxBytes);
      const read = parts.map(decodeTally);
      expect(known(read)).toEqual(known(tallies));
      expect(new Set(parts.map(({ bucket, sortKey }) => `${bucket.start} ${sortKey}`)).size).toBe(parts.length);
      for (const [index, { actors }] of read.entries()) {
        const cells = actors.flatMap((actor) => actor.cells).length;
        if (cells > 1) expect(Buffer.byteLength(parts[index]!.encoded)).toBeLessThanOrEqual(maxBytes);
        expect(cells).toBeGreaterThan(0);
      }
    });
    await holds(300, property);
  });

  it('fits a stored item where thousands of sessions call at once', () => {
    const crowd = Array.from({ length: 12_000 }, (_, index) => matchedCall({ actor: `${MALLORY}-${index}` }));
    const parts = partsOf(tallyCalls(object, crowd, ruleWith()));
    expect(parts.length).toBeGreaterThan(1);
    for (const { encoded } of parts) expect(Buffer.byteLength(encoded)).toBeLessThanOrEqual(MAX_PART_BYTES);
    expect(known(parts.map(decodeTally))).toHaveLength(12_000);
  });

  it('is named after its object and its content', () => {
    const name = (key: string, callId: string) =>
      partsOf(tallyCalls(objectNamed(key), [matchedCall({ callId })], counting))[0]!.sortKey;
    expect(name('a', '1')).toBe(name('a', '1'));
    expect(new Set([name('a', '1'), name('b', '1'), name('a', '2')]).size).toBe(3);
  });
});

describe('merged tallies', () => {
  it('say the same in any order', async () => {
    const lists = fc.array(matchedCalls, { minLength: 1, maxLength: 4 });
    const property = fc.property(lists, fc.nat(), (objects, seed) => {
      const tallies = objects.flatMap((given, index) => tallyCalls(objectNamed(`${index}`), given, counting));
      const turned = [...tallies.slice(seed % (tallies.length + 1)), ...tallies.slice(0, seed % (tallies.length + 1))];
      expect(known(turned.reverse())).toEqual(known(tallies));
    });
    await holds(300, property);
  });

  it('keep a partial write what it is: less, and nothing else', () => {
    const crowd = Array.from({ length: 40 }, (_, index) => matchedCall({ actor: `actor ${index}` }));
    const parts = partsOf(tallyCalls(object, crowd, ruleWith()), 300);
    const [some, all] = [parts.slice(1), parts].map((read) => known(read.map(decodeTally)));
    expect(some!.length).toBeLessThan(all!.length);
    expect(all).toEqual(expect.arrayContaining(some!));
  });
});
