import fc from 'fast-check';
import { actorsOf, between, callsOf, denseIntervals, type Interval, isEnough, wholeBursts } from '../support/oracle';
import { holds } from '../support/properties';
import { T0 } from '../support/records';
import { callsAt, detectionsIn, ruleWith } from '../support/windows';
import { aSteadyScanner, aWorld, type World } from '../support/worlds';

const rule = ruleWith({ windowing: 'sliding' });

const ten = Array.from({ length: 10 }, (_, index) => T0 + 25 + index);

/** Across the edges of windows and buckets: test/scenarios. */
describe('any thirty seconds', () => {
  it('are half-open: thirty seconds apart is too far', () => {
    const nine = ten.slice(0, 9).map(() => T0);
    expect(detectionsIn([callsAt(...nine, T0 + 29)], rule)).toHaveLength(1);
    expect(detectionsIn([callsAt(...nine, T0 + 30)], rule)).toEqual([]);
  });

  it('are one detection with those they share a call with, and two without', () => {
    const burst = (at: number) => callsAt(...ten.map((_, index) => at + index));
    const bridge = callsAt(T0 + 25).map((call) => ({ ...call, callId: 'bridge' }));
    expect(detectionsIn([burst(T0), burst(T0 + 60)], rule).map(({ start, end }) => [start, end])).toEqual([
      [T0, T0 + 10],
      [T0 + 60, T0 + 70],
    ]);
    expect(detectionsIn([burst(T0), burst(T0 + 35)], rule).map(({ start }) => start)).toEqual([T0, T0 + 35]);
    const joined = detectionsIn([burst(T0), bridge, burst(T0 + 12)], rule);
    expect(joined.map(({ start, end }) => [start, end])).toEqual([[T0, T0 + 26]]);
  });
});

/** What must hold of the detections of any world; where no burst is too long they are the bursts. */
function explain({ rule: any, objects }: World): void {
  const calls = objects.flat();
  const detections = detectionsIn(objects, any);
  const longest = Math.max(300, any.windowSeconds);
  for (const actor of actorsOf(calls)) {
    const own = callsOf(calls, actor);
    const found = detections.filter((detection) => detection.actor === actor);
    const dense = denseIntervals(own, any);
    expect(dense.filter((interval) => !found.some((detection) => overlap(detection, interval)))).toEqual([]);
    for (const burst of wholeBursts(own, any).filter(({ start, end }) => end - start <= longest)) {
      expect(found.filter((detection) => overlap(detection, burst))).toMatchObject([burst]);
    }
    for (const [index, detection] of found.entries()) {
      expect(detection.end - detection.start).toBeLessThanOrEqual(longest);
      expect(detection.start).toBeGreaterThanOrEqual(found[index - 1]?.end ?? 0);
      expect(dense).toContainEqual({
        actor,
        start: detection.start,
        end: detection.decidedAt + 1,
        decidedAt: detection.decidedAt,
      });
      const inside = between(own, detection.start, detection.end);
      expect(isEnough(inside, any)).toBe(true);
      expect(new Set(inside.map(({ second }) => second))).toContain(detection.end - 1);
      expect(new Set(detection.regions.map(({ region }) => region))).toEqual(
        new Set(inside.map(({ region }) => region)),
      );
    }
  }
  const known = actorsOf(calls);
  expect(detections.filter(({ actor }) => !known.includes(actor))).toEqual([]);
}

function overlap(a: { start: number; end: number }, b: Interval): boolean {
  return a.start < b.end && b.start < a.end;
}

it('covers every dense interval and invents none, for any calls in any objects', async () => {
  await holds(800, fc.property(aWorld('sliding'), explain));
});

it('covers a scan of minutes in pieces that each reach the threshold', async () => {
  await holds(150, fc.property(aSteadyScanner, explain));
});
