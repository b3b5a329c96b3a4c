import fc from 'fast-check';
import { between, callsOf, tumblingDetections } from '../support/oracle';
import { holds } from '../support/properties';
import { REGIONS, T0 } from '../support/records';
import { callsAt, detectionsIn, matchedCall, ruleWith } from '../support/windows';
import { aWorld } from '../support/worlds';

const rule = ruleWith();

const second = (index: number) => T0 + index;

/** Its bounds and threshold: test/scenarios. */
describe('a window of thirty seconds', () => {
  const nine = Array.from({ length: 9 }, (_, index) => second(index));

  it('is one detection from several objects, and two are two', () => {
    const calls = callsAt(...nine, second(9));
    const next = callsAt(...nine.map((at) => at + 30), second(39));
    const detections = detectionsIn([calls.slice(0, 4), calls.slice(3), next], rule);
    expect(detections.map(({ start, objects }) => [start, objects.map(({ key }) => key)])).toEqual([
      [T0, ['0', '1']],
      [T0 + 30, ['2']],
    ]);
  });

  it('lists regions by first call, with the first and last of each', () => {
    const calls = callsAt(...nine.map((at) => at + 1), second(0));
    const [detection] = detectionsIn([[...calls, { ...calls[0]!, second: second(20) }]], rule);
    expect(detection?.regions.slice(0, 2)).toEqual([
      { region: REGIONS[9], first: T0, last: T0 },
      { region: REGIONS[0], first: T0 + 1, last: T0 + 20 },
    ]);
  });
});

describe('more calls than regions', () => {
  const demanding = ruleWith({ minRegions: 2, minCalls: 4 });
  const calls = (...ids: string[]) => ids.map((callId, index) => matchedCall({ region: REGIONS[index % 2]!, callId }));

  it('are four distinct eventIDs, not four records', () => {
    expect(detectionsIn([calls('a', 'b', 'c')], demanding)).toEqual([]);
    expect(detectionsIn([calls('a', 'b', 'c'), calls('a', 'b', 'c')], demanding)).toEqual([]);
    expect(detectionsIn([calls('a', 'b', 'c'), calls('a', 'd')], demanding)).toHaveLength(1);
  });

  it('are counted where they are all of one region and second', () => {
    const one = ruleWith({ minRegions: 1, minCalls: 3 });
    const alike = (...ids: string[]) => ids.map((callId) => matchedCall({ callId }));
    expect(detectionsIn([alike('a', 'b'), alike('b', 'a')], one)).toEqual([]);
    expect(detectionsIn([alike('a', 'b', 'c')], one)).toHaveLength(1);
    expect(detectionsIn([alike('a', 'b'), alike('c')], one)).toHaveLength(1);
  });
});

it('finds what trying every window finds, for any calls in any objects', async () => {
  const property = fc.property(aWorld('tumbling'), ({ rule: any, objects }) => {
    const calls = objects.flat();
    const detections = detectionsIn(objects, any);
    expect(detections.map(({ actor, start, end, decidedAt }) => ({ actor, start, end, decidedAt }))).toEqual(
      tumblingDetections(calls, any),
    );
    for (const { actor, start, end, regions, objects: named } of detections) {
      const inside = between(callsOf(calls, actor), start, end);
      expect(new Set(regions.map(({ region }) => region))).toEqual(new Set(inside.map(({ region }) => region)));
      const holding = objects.flatMap((own, index) => (own.some((call) => inside.includes(call)) ? [`${index}`] : []));
      expect(named.map(({ key }) => key)).toEqual(expect.arrayContaining(holding));
    }
  });
  await holds(1000, property);
});
