import { Random } from '../../bin/synthetic-trail/random';
import { DEFAULT_PARAMETERS, type RuleParameters } from '../../lambda/detection/rule';
import { T0 } from '../support/records';
import { FAULT_KINDS, type FaultSettings } from './faults';
import { makeActors } from './make-actors';
import { makeNotices } from './make-notices';
import type { Fleet, Plan, PlannedCall, PlannedObject } from './plan';

/** What is left out of a world, to find the smallest that still fails. */
export interface Omissions {
  readonly faults: readonly string[];
  readonly actors: readonly number[];
  readonly notices: readonly number[];
  readonly oneFunction: boolean;
  readonly noSkew: boolean;
}

export const NOTHING_OMITTED: Omissions = {
  faults: [],
  actors: [],
  notices: [],
  oneFunction: false,
  noSkew: false,
};

/** The world of a seed. */
export function makePlan(seed: number, omitted: Omissions = NOTHING_OMITTED): Plan {
  const random = Random.seeded(seed, 'plan');
  const rule = makeRule(random);
  const actors = makeActors(rule, random);
  const objects = makeObjects(
    actors.flatMap(({ calls }) => calls),
    random,
  ).map((object) => ({
    ...object,
    calls: object.calls.filter(({ owner }) => !omitted.actors.includes(owner)),
  }));
  const notices = makeNotices(objects.length, random);
  return {
    rule,
    limits: random.chance(0.25)
      ? { capAlerts: random.pick([2, 4]), capSeconds: random.pick([60, 300, 300, 900]) }
      : { capAlerts: 100, capSeconds: 300 },
    followUpMinutes: random.pick([0, 1, 1, 5, 15, 15]),
    fleet: makeFleet(omitted, random),
    faults: withoutKinds(makeFaults(random), omitted),
    objects,
    notices: notices.filter((_, index) => !omitted.notices.includes(index)),
  };
}

function makeRule(random: Random): RuleParameters {
  const minRegions = random.integer(2, 4);
  return {
    ...DEFAULT_PARAMETERS,
    minRegions,
    minCalls: random.chance(0.25) ? minRegions + random.integer(1, 3) : minRegions,
    windowSeconds: random.pick([10, 30, 30, 45]),
    windowing: random.pick(['tumbling', 'sliding']),
    groupBy: random.chance(0.25) ? 'issuer' : 'arn',
    partitions: random.pick([1, 1, 3]),
  };
}

function makeFleet(omitted: Omissions, random: Random): Fleet {
  const fleet = {
    most: random.integer(1, 8),
    batchSize: random.pick([1, 2, 5, 10]),
    concurrency: random.pick([1, 4, 8]),
    skew: 2,
  };
  return {
    ...fleet,
    most: omitted.oneFunction ? 1 : fleet.most,
    skew: omitted.noSkew ? 0 : fleet.skew,
  };
}

/** A quarter of the worlds is calm; in the others some kinds of fault are out. */
function makeFaults(random: Random): FaultSettings {
  if (random.chance(0.25)) return { kinds: [], rate: 0, most: 0 };
  const share = random.pick([0.2, 0.5, 1]);
  return {
    kinds: FAULT_KINDS.filter(() => random.chance(share)),
    rate: random.pick([0.005, 0.02, 0.06]),
    most: random.integer(1, 6),
  };
}

function withoutKinds(faults: FaultSettings, omitted: Omissions): FaultSettings {
  return { ...faults, kinds: faults.kinds.filter((kind) => !omitted.faults.includes(kind)) };
}

/** Each call stands in one object or two: by region, as CloudTrail writes them, or in any. */
function makeObjects(calls: readonly PlannedCall[], random: Random): PlannedObject[] {
  const count = random.integer(2, 8);
  const byRegion = random.chance(0.5);
  const written = Array.from({ length: count }, (): PlannedCall[] => []);
  for (const call of calls) {
    const home = byRegion ? (Number(call.region.at(-1)) + call.region.length) % count : undefined;
    const index = home ?? random.integer(0, count - 1);
    written[index]!.push(call);
    if (random.chance(0.15)) {
      const other = random.integer(0, count - 1);
      if (other !== index) written[other]!.push(call);
    }
  }
  return written.map((own, index) => ({
    key: `AWSLogs/111122223333/CloudTrail/us-east-1/2026/11/24/object-${index}_${T0}.json.gz`,
    calls: random.shuffle(own),
    state: stateOf(random),
    pieces: random.pick([1, 1, 2]),
  }));
}

function stateOf(random: Random): PlannedObject['state'] {
  const chance = random.fraction();
  if (chance < 0.015) return 'gone';
  if (chance < 0.025) return 'garbage';
  return chance < 0.035 ? 'cut' : 'whole';
}
