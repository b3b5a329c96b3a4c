import type { MatchedCall } from '../../lambda/detection/classify';
import { type Detection, findDetections } from '../../lambda/detection/detections';
import { DEFAULT_PARAMETERS, type RuleParameters } from '../../lambda/detection/rule';
import { decodeTally, encodeTally, mergeTallies, tallyCalls } from '../../lambda/detection/tally';
import type { ObjectRef } from '../../lambda/ports';
import { MALLORY, REGIONS, T0 } from './records';

export function ruleWith(parameters: Partial<RuleParameters> = {}): RuleParameters {
  return { ...DEFAULT_PARAMETERS, ...parameters };
}

export function matchedCall(spec: Partial<MatchedCall> = {}): MatchedCall {
  const { actor = MALLORY, region = REGIONS[0]!, second = T0 } = spec;
  return { actor, region, second, callId: spec.callId ?? `${actor}/${region}/${second}` };
}

/** One call a region, at the seconds given. */
export function callsAt(...seconds: readonly number[]): MatchedCall[] {
  return seconds.map((second, index) => matchedCall({ region: REGIONS[index]!, second }));
}

export function objectNamed(key: string): ObjectRef {
  return { bucket: 'b', key };
}

/** The detections in what several objects say, by way of the stored encoding, as the detector goes. */
export function detectionsIn(objects: readonly (readonly MatchedCall[])[], rule: RuleParameters): Detection[] {
  const parts = objects.flatMap((matchedCalls, index) =>
    tallyCalls(objectNamed(`${index}`), matchedCalls, rule).flatMap((tally) => encodeTally(tally)),
  );
  return mergeTallies(parts.map(decodeTally)).flatMap((activity) => findDetections(activity, rule));
}
