import fc from 'fast-check';
import { type ActorCalls, CallTable, PIECE } from '../../lambda/detection/call-table';
import { detectionsIn } from '../../lambda/detection/detections';
import { tallyCalls } from '../../lambda/detection/tally';
import { NO_TURN } from '../../lambda/util/concurrency';
import { holds } from '../support/properties';
import { REGIONS, T0 } from '../support/records';
import { detectionsIn as detectionsInTallies, matchedCall, objectNamed, ruleWith } from '../support/windows';

it('has the same detections and calls from objects, tallies and threads', async () => {
  const calls = fc.array(
    fc
      .record({
        actor: fc.constantFrom('a', 'b'),
        region: fc.constantFrom(...REGIONS.slice(0, 4)),
        second: fc.integer({ min: T0 + 250, max: T0 + 350 }),
        id: fc.integer({ min: 0, max: 9 }),
      })
      .map(({ id, ...call }) => matchedCall({ ...call, callId: `${call.actor}/${call.region}/${id}` })),
    { maxLength: 40 },
  );
  const rule = fc.constantFrom(
    ...[{}, { minCalls: 5 }, { windowing: 'sliding' as const }, { slowWindowSeconds: 60 }].map((one) =>
      ruleWith({ minRegions: 3, minCalls: 3, ...one }),
    ),
  );
  let found = 0;
  const property = fc.asyncProperty(fc.array(calls, { maxLength: 3 }), rule, async (objects, of) => {
    const tables = [new CallTable(of), new CallTable(of), new CallTable(of)] as const;
    for (const [index, own] of objects.entries()) {
      const object = objectNamed(`${index}`);
      tables[0].add(object, own);
      for (const tally of tallyCalls(object, own, of)) tables[1].addTally(tally);
    }
    tables[2].merge(structuredClone(tables[0].content));
    const expected = detectionsInTallies(objects, of);
    for (const table of tables) {
      const detections = await detectionsIn(table, of, NO_TURN);
      expect(detections).toHaveLength(expected.length);
      expect(detections).toEqual(
        expect.arrayContaining(expected.map((one) => expect.objectContaining(withoutObjects(one)))),
      );
      if (of.minCalls === 3) expect([...table.counts()].sort()).toEqual([...tables[0].counts()].sort());
    }
    found += expected.length;
  });
  await holds(500, property);
  expect(found).toBeGreaterThan(100);
});

it('gives the calls of a busy actor by time and region, with turns between parts of them', async () => {
  const table = new CallTable(ruleWith({ minRegions: 3 }));
  const made = Array.from({ length: 3 * PIECE }, (_, call) => ({
    // Most in one second, the others over a month.
    second: call % 3 === 0 ? T0 + ((call * 7919) % 2_592_000) : T0,
    region: REGIONS[(call * 31) % 5]!,
  }));
  table.add(
    objectNamed('x'),
    made.map((one) => matchedCall({ actor: 'busy', ...one })),
  );
  table.add(objectNamed('y'), [matchedCall({ actor: 'other', region: REGIONS[0]!, second: T0 })]);
  let turns = 0;
  const turn = async () => {
    turns += 1;
  };
  const groups: ActorCalls[] = [];
  for await (const group of table.groups((actor) => actor, 3, turn)) groups.push(group);
  const order = (one: { second: number; region: string }) => one.second * 100 + table.regions.indexOf(one.region);
  const given = Array.from(groups[0]!.seconds, (second, call) => ({
    second,
    region: table.regions[groups[0]!.regions[call]!]!,
  }));
  expect(groups.map(({ actor }) => actor)).toEqual(['busy']);
  expect(given).toEqual(made.toSorted((a, b) => order(a) - order(b)));
  expect(turns).toBeGreaterThan(6);
});

/** Of several buckets merged at once the objects are those of all. */
function withoutObjects<T extends { readonly objects: unknown }>({ objects: _, ...rest }: T) {
  return rest;
}
