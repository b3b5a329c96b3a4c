import fc from 'fast-check';
import { longestBurst } from '../../lambda/detection/windows';
import { actorsOf, callsOf, denseIntervals, tumblingDetections } from '../support/oracle';
import { holds } from '../support/properties';
import { T0 } from '../support/records';
import { callsAt, detectionsIn, ruleWith } from '../support/windows';
import { aWorld } from '../support/worlds';

const rule = ruleWith({ slowWindowSeconds: 120 });

const paced = (pace: number, at = T0, count = 10) => callsAt(...Array.from({ length: count }, (_, n) => at + pace * n));

const brief = (calls: ReturnType<typeof callsAt>, of = rule) =>
  detectionsIn([calls], of).map(({ start, end, isSlow = false, regions }) => {
    return { start: start - T0, end: end - T0, isSlow, regions: regions.length };
  });

it.each([
  ['a loop over regions', paced(10), [{ start: 0, end: 91, isSlow: true, regions: 10 }]],
  ['one across the edge of two buckets', paced(10, T0 + 260), [{ start: 260, end: 351, isSlow: true, regions: 10 }]],
  ['what the first window finds only once', paced(2), [{ start: 0, end: 30, isSlow: false, regions: 10 }]],
  ['what is slower than itself not at all', paced(14), []],
])('finds %s', (_, calls, expected) => {
  expect(brief(calls)).toEqual(expected);
});

it('is off by default, and finds what sliding windows of its length find', () => {
  expect(brief(paced(10), ruleWith())).toEqual([]);
  const sliding = ruleWith({ windowing: 'sliding', windowSeconds: 120 });
  expect(brief(paced(10)).map(({ isSlow: _, ...rest }) => rest)).toEqual(
    brief(paced(10), sliding).map(({ isSlow: _, ...rest }) => rest),
  );
});

it('finds all that lies apart from what the first window finds, and nothing else', async () => {
  let slow = 0;
  const world = fc.tuple(
    fc.constantFrom('tumbling' as const, 'sliding' as const).chain((windowing) => aWorld(windowing)),
    fc.constantFrom(60, 120, 300),
  );
  const property = fc.property(world, ([{ rule: first, objects }, slowWindowSeconds]) => {
    const any = { ...first, slowWindowSeconds };
    const calls = objects.flat();
    const detections = detectionsIn(objects, any);
    // The first window finds the same with it as without.
    expect(detections.filter(({ isSlow }) => !isSlow)).toEqual(detectionsIn(objects, first));
    for (const actor of actorsOf(calls)) {
      const own = callsOf(calls, actor);
      const found = first.windowing === 'tumbling' ? tumblingDetections(own, first) : denseIntervals(own, first);
      const overlaps = (a: { start: number; end: number }, b: { start: number; end: number }) =>
        a.start < b.end && b.start < a.end;
      const due = denseIntervals(own, { ...first, windowSeconds: slowWindowSeconds }).filter(
        (one) => !found.some((other) => overlaps(one, other)),
      );
      const mine = detections.filter((one) => one.isSlow && one.actor === actor);
      const longest = longestBurst(any);
      for (const one of mine) {
        expect(found.some((other) => overlaps(one, other))).toBe(false);
        expect(one.end - one.start).toBeLessThanOrEqual(longest);
        expect(due.some(({ start, end }) => start >= one.start && end <= one.end)).toBe(true);
      }
      if (due.length > 0) slow += 1;
      for (const one of due) expect(mine.some(({ start }) => Math.abs(one.start - start) < longest)).toBe(true);
    }
  });
  await holds(400, property);
  expect(slow).toBeGreaterThan(40);
});
