import { Random } from '../../bin/synthetic-trail/random';
import { loadObject } from '../../test/support/detector-load';
import { REGIONS, T0 } from '../../test/support/records';
import type { Arrival } from './growing-world';

export interface ArrivalsSpec {
  readonly accounts: number;
  readonly regions: number;
  /** of one account and region */
  readonly objectsPerHour: number;
  readonly seconds: number;
  readonly matchedShare: number;
  /** actors of an object with a match */
  readonly actors: number;
}

/** CloudTrail's delivery lag, about. */
const LAG_SECONDS = 195;

/** Objects of many accounts, landing evenly over time, each with calls of the five minutes before its delivery. */
export function* evenArrivals(spec: ArrivalsSpec): Generator<Arrival> {
  const { accounts, regions, objectsPerHour, seconds, matchedShare, actors } = spec;
  const random = Random.seeded('arrivals');
  const places = accounts * regions;
  const count = Math.floor((places * objectsPerHour * seconds) / 3600);
  // A stride that shares no divisor with most numbers of places, so that accounts and regions come mixed.
  for (let index = 0; index < count; index += 1) {
    const place = (index * 7919) % places;
    const at = T0 + 600 + (index * seconds) / count;
    const account = String(100_000_000_000 + Math.floor(place / regions));
    const isMatched = random.chance(matchedShare);
    const object = loadObject({
      ...{ account, index, region: REGIONS[place % regions]! },
      actors: isMatched ? actors : 0,
      at: Math.floor(at - LAG_SECONDS - random.fraction() * 270),
    });
    yield { at, object };
  }
}

/** Objects of one account about the same five minutes, landing evenly over some time. */
export function* oneBucket(objects: number, actors: number, overSeconds: number): Generator<Arrival> {
  for (let index = 0; index < objects; index += 1) {
    const region = REGIONS[index % 17]!;
    const at = T0 + ((index * 31) % 270);
    yield {
      at: T0 + 400 + (index * overSeconds) / objects,
      object: loadObject({ account: '111122223333', index, region, actors, at }),
    };
  }
}
