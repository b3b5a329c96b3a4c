import fc from 'fast-check';
import type { MatchedCall } from '../../lambda/detection/classify';
import type { RuleParameters, Windowing } from '../../lambda/detection/rule';
import { MALLORY, REGIONS, T0 } from './records';
import { ruleWith } from './windows';

/** A rule, and what some objects say of some actors' calls; one call may be in several. */
export interface World {
  readonly rule: RuleParameters;
  readonly objects: readonly (readonly MatchedCall[])[];
}

export const anActor = fc.constantFrom(MALLORY, 'arn:aws:sts::444455556666:assumed-role/r/s', '__proto__');

/** Small thresholds, so that detections and near misses are about as frequent. */
export function aRule(windowing: Windowing): fc.Arbitrary<RuleParameters> {
  return fc
    .record({
      minRegions: fc.integer({ min: 1, max: 4 }),
      minCalls: fc.integer({ min: 1, max: 7 }),
      windowSeconds: fc.constantFrom(1, 7, 30, 45, 300, 400),
    })
    .map((parameters) => ruleWith({ ...parameters, windowing }));
}

/** A call within some windows' lengths of a bucket's edge. Its id may be another call's: AWS never does that. */
function aCall({ windowSeconds }: RuleParameters): fc.Arbitrary<MatchedCall> {
  const reach = Math.ceil(2.5 * windowSeconds);
  return fc.record({
    actor: anActor,
    region: fc.constantFrom(...REGIONS.slice(0, 5)),
    second: fc.integer({ min: T0 - reach, max: T0 + reach }),
    callId: fc.integer({ min: 0, max: 30 }).map(String),
  });
}

export function aWorld(windowing: Windowing): fc.Arbitrary<World> {
  return aRule(windowing).chain((rule) => {
    const recordedCall = fc.record({ call: aCall(rule), by: fc.subarray([0, 1, 2], { minLength: 1 }) });
    return fc.array(recordedCall, { maxLength: 40 }).map((recorded) => ({
      rule,
      objects: [0, 1, 2].map((object) => recorded.filter(({ by }) => by.includes(object)).map(({ call }) => call)),
    }));
  });
}

/** An actor who goes on for minutes, at a pace around what the rule minds. */
export const aSteadyScanner: fc.Arbitrary<World> = fc
  .record({
    minRegions: fc.integer({ min: 2, max: 4 }),
    windowSeconds: fc.constantFrom(5, 30, 320),
    steps: fc.array(fc.integer({ min: 0, max: 12 }), { minLength: 60, maxLength: 200 }),
  })
  .map(({ minRegions, windowSeconds, steps }) => {
    let second = T0;
    const calls = steps.map((step, index) => {
      second += step;
      return { actor: MALLORY, region: REGIONS[index % 5]!, second, callId: `call ${index}` };
    });
    const rule = ruleWith({ minRegions, minCalls: 1, windowSeconds, windowing: 'sliding' });
    return { rule, objects: [calls] };
  });
