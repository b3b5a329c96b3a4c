import fc from 'fast-check';
import { CallTable } from '../../lambda/detection/call-table';
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

/** Of several buckets merged at once the objects are those of all. */
function withoutObjects<T extends { readonly objects: unknown }>({ objects: _, ...rest }: T) {
  return rest;
}
