import type { ObjectRef } from '../../lambda/ports';
import { DEFAULT_PARAMETERS, type RuleParameters } from '../../lambda/rule/rule';
import type { Sighting } from '../../lambda/trail/sighting';
import { findHits, type Hit } from '../../lambda/window/hits';
import { mergeTallies } from '../../lambda/window/merge';
import { tallySightings } from '../../lambda/window/tally';
import { decodeTally, encodeTally } from '../../lambda/window/tally-encoding';
import { MALLORY, REGIONS, T0 } from './records';

export function ruleWith(parameters: Partial<RuleParameters> = {}): RuleParameters {
  return { ...DEFAULT_PARAMETERS, ...parameters };
}

export function sighting(spec: Partial<Sighting> = {}): Sighting {
  const { actor = MALLORY, region = REGIONS[0]!, second = T0 } = spec;
  return { actor, region, second, callId: spec.callId ?? `${actor}/${region}/${second}` };
}

/** One call a region, at the seconds given. */
export function callsAt(...seconds: readonly number[]): Sighting[] {
  return seconds.map((second, index) => sighting({ region: REGIONS[index]!, second }));
}

export function objectNamed(key: string): ObjectRef {
  return { bucket: 'b', key };
}

/** The hits in what several objects say, by way of the ledger's encoding, as the detector goes. */
export function hitsIn(objects: readonly (readonly Sighting[])[], rule: RuleParameters): Hit[] {
  const parts = objects.flatMap((sightings, index) =>
    tallySightings(objectNamed(`${index}`), sightings, rule).flatMap((tally) => encodeTally(tally)),
  );
  return mergeTallies(parts.map(decodeTally)).flatMap((activity) => findHits(activity, rule));
}
