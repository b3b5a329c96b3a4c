import fc from 'fast-check';
import { CallTable } from '../../lambda/detection/call-table';
import { findDetections } from '../../lambda/detection/detections';
import { nearMissesOf, type RuleChange } from '../../lambda/detection/near-misses';
import { DEFAULT_PARAMETERS, type RuleParameters, thresholds } from '../../lambda/detection/rule';
import { NO_TURN } from '../../lambda/util/concurrency';
import { holds } from '../support/properties';
import { MALLORY, REGIONS, T0 } from '../support/records';

interface Call {
  readonly actor: string;
  readonly region: string;
  readonly second: number;
}

const sweepOf = (regions: number, { at = T0, pace = 1, actor = MALLORY } = {}): Call[] =>
  REGIONS.slice(0, regions).map((region, index) => ({ actor, region, second: at + Math.floor(index * pace) }));

const ruleOf = (parameters: Partial<RuleParameters>): RuleParameters => ({ ...DEFAULT_PARAMETERS, ...parameters });

function missesOf(calls: readonly Call[], parameters: Partial<RuleParameters> = {}) {
  const rule = ruleOf(parameters);
  const table = new CallTable(rule);
  for (const call of calls) table.add({ bucket: '', key: 'k' }, [{ ...call, callId: '' }]);
  return nearMissesOf(table, rule, NO_TURN);
}

it.each<[string, readonly Call[], Partial<RuleParameters>, RuleChange]>([
  ['too few regions', sweepOf(9), {}, { minRegions: 9 }],
  ['the edge of a window', sweepOf(10, { at: T0 + 25 }), {}, { windowing: 'sliding' }],
  ['a slow pace', sweepOf(10, { pace: 5 }), {}, { slowWindowSeconds: 46 }],
  ['a slow pace, sliding', sweepOf(10, { pace: 5 }), { windowing: 'sliding' }, { slowWindowSeconds: 46 }],
  ['a short window', sweepOf(10, { pace: 2 }), { windowSeconds: 10 }, { slowWindowSeconds: 30 }],
  ['too few calls', sweepOf(12), { minCalls: 40 }, { minCalls: 10 }],
  ['too few calls, up to the end of a window', sweepOf(10, { pace: 3.2 }), { minCalls: 11 }, { minCalls: 10 }],
  ['both', sweepOf(9), { minCalls: 40 }, { minRegions: 9, minCalls: 9 }],
])('says what would find a miss for %s', async (_, calls, parameters, change) => {
  expect(await missesOf(calls, parameters)).toEqual([expect.objectContaining({ actor: MALLORY, change })]);
});

it('joins the sessions of a role, which is nearer than any of them', async () => {
  const role = 'arn:aws:sts::111122223333:assumed-role/audit';
  const calls = sweepOf(10).map((call, index) => ({ ...call, actor: `${role}/${index}` }));
  const found = { actor: role, regions: 10, start: T0, end: T0 + 10, change: { groupBy: 'issuer' } };
  expect(await missesOf(calls)).toEqual([found]);
  expect(await missesOf(calls, { groupBy: 'issuer' })).toEqual([]);
});

it('lists the nearest three, one an actor', async () => {
  const calls = [9, 3, 7, 8].flatMap((regions) => [
    ...sweepOf(regions, { actor: `user-${regions}` }),
    ...sweepOf(2, { actor: `user-${regions}`, at: T0 + 600 }),
  ]);
  expect((await missesOf(calls)).map(({ actor }) => actor)).toEqual(['user-9', 'user-8', 'user-7']);
});

it('takes one region for no miss, however often it is called', async () => {
  expect(await missesOf([...sweepOf(1), ...sweepOf(1), ...sweepOf(1, { at: T0 + 3 })])).toEqual([]);
});

it('the change makes a detection of the miss, and none that is smaller does', async () => {
  const calls = fc.array(
    fc.record({
      actor: fc.constantFrom('a', 'b'),
      region: fc.constantFrom(...REGIONS.slice(0, 6)),
      second: fc.integer({ min: T0, max: T0 + 150 }),
    }),
    { minLength: 1, maxLength: 40 },
  );
  const rules = fc.record({
    minRegions: fc.integer({ min: 3, max: 6 }),
    windowSeconds: fc.constantFrom(10, 30, 45),
    windowing: fc.constantFrom('tumbling' as const, 'sliding' as const),
  });
  const isFound = (all: readonly Call[], actor: string, rule: RuleParameters) => {
    const cells = all
      .filter((call) => call.actor === actor)
      .map(({ region, second }) => ({ region, second, calls: 1, callHashes: [] }))
      .sort((a, b) => a.second - b.second);
    return findDetections({ actor, cells, objects: [] }, rule).length > 0;
  };
  let met = 0;
  await holds(
    2_000,
    fc.asyncProperty(calls, rules, async (all, { minRegions, ...rest }) => {
      const rule = ruleOf({ ...rest, ...thresholds(minRegions) });
      for (const { actor, change } of await missesOf(all, rule)) {
        if (isFound(all, actor, rule)) continue;
        met += 1;
        const with_ = (one: RuleChange) => ({ ...rule, ...one, ...thresholds(one.minRegions ?? minRegions) });
        expect(isFound(all, actor, with_(change))).toBe(true);
        const { minRegions: fewer, slowWindowSeconds: slow = 0 } = change;
        if (fewer !== undefined) expect(isFound(all, actor, with_({ minRegions: fewer + 1 }))).toBe(false);
        if (slow > 30) expect(isFound(all, actor, with_({ slowWindowSeconds: slow - 1 }))).toBe(false);
      }
    }),
  );
  expect(met).toBeGreaterThan(500);
});
