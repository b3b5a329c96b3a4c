import { Random } from '../../bin/synthetic-trail/random';
import { DEFAULT_PARAMETERS, type RuleParameters } from '../../lambda/detection/rule';
import { T0 } from '../support/records';
import { FAULT_KINDS, type FaultSettings } from './faults';
import { makeCalls } from './make-calls';
import type { Notice, Plan, PlannedCall, PlannedObject } from './plan';

/** What is left out of a world, to find the smallest that still fails. */
export interface Omissions {
  readonly faults: readonly string[];
  readonly actors: readonly number[];
  readonly notices: readonly number[];
  readonly oneFunction: boolean;
  readonly noSkew: boolean;
}

export const NOTHING_OMITTED: Omissions = {
  ...{ faults: [], actors: [], notices: [] },
  ...{ oneFunction: false, noSkew: false },
};

/** The world of a seed. */
export function makePlan(seed: number, omitted: Omissions = NOTHING_OMITTED): Plan {
  const random = Random.seeded(seed, 'plan');
  const rule = { ...makeRule(random), slowWindowSeconds: makeSlowWindow(seed) };
  // Drawn apart, so that the worlds stay as they were before there was more to draw.
  const more = Random.seeded(seed, 'more');
  const calls = makeCalls(rule, random);
  const excepted = more.chance(0.1) ? more.pick(calls).actor : undefined;
  const isGzip = more.chance(0.2);
  const objects = makeObjects(calls, random).map((object) => ({
    ...object,
    isGzip,
    calls: object.calls.filter(({ owner }) => !omitted.actors.includes(owner)),
  }));
  const notices = makeNotices(objects.length, random);
  const limits = random.chance(0.25)
    ? { capAlerts: random.pick([2, 4]), capSeconds: random.pick([60, 300, 300, 900]) }
    : { capAlerts: 100, capSeconds: 300 };
  const followUpMinutes = random.pick([0, 1, 1, 5, 15, 15]);
  const most = random.integer(1, 8);
  const [batchSize, concurrency] = [random.pick([1, 2, 5, 10]), random.pick([1, 4, 8])];
  const fewFaults = makeFaults(random);
  const suppressMinutes = more.chance(0.2) ? more.pick([1, 5, 60, 720]) : 0;
  const isListed = more.chance(0.2);
  const slowness = more.chance(0.1) ? 10 : 1;
  const faults = more.chance(0.1) || slowness > 1 ? manyFaults(more) : fewFaults;
  return {
    ...{ rule, limits, followUpMinutes, suppressMinutes, excepted, isListed, objects },
    fleet: {
      ...{ most: omitted.oneFunction ? 1 : most, batchSize, concurrency },
      ...{ skew: omitted.noSkew ? 0 : 2, slowness },
    },
    faults: { ...faults, kinds: faults.kinds.filter((kind) => !omitted.faults.includes(kind)) },
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

/** Every fourth world has one; its stream is its own, so that the others are the same as if there were none. */
function makeSlowWindow(seed: number): number {
  return [4, 6].includes(seed % 8) ? Random.seeded(seed, 'slow window').pick([60, 120, 300]) : 0;
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

/** So many that messages end in the dead letters; then none. */
function manyFaults(random: Random): FaultSettings {
  const until = OPENING + random.pick([300, 1800, 7200]);
  return { kinds: FAULT_KINDS, rate: random.pick([0.02, 0.1]), most: Number.POSITIVE_INFINITY, until };
}

/** Each call stands in one object or two: by region, as CloudTrail writes them, or in any. */
function makeObjects(calls: readonly PlannedCall[], random: Random): Omit<PlannedObject, 'isGzip'>[] {
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

/** When the first notice comes: after everything was called. */
export const OPENING = T0 + 1500;

/** When which object is announced: mostly at once, so that functions race; some late, some twice, some as a replay. */
function makeNotices(objects: number, random: Random): Notice[] {
  const pace = random.pick([1, 5, 60, 600]);
  const notices: Notice[] = [];
  for (const named of grouped(objects, random)) {
    notices.push({ at: timeOf(pace, random), objects: named });
    while (random.chance(0.15)) notices.push({ at: timeOf(pace, random), objects: named });
  }
  if (random.chance(0.15)) {
    for (let object = 0; object < objects; object += 1) {
      if (random.chance(0.7)) notices.push({ at: timeOf(pace, random), objects: [object], replayId: 'again-1' });
    }
    // What only the replay reads must not show up in the live state.
    if (random.chance(0.5)) return notices.filter(({ replayId }) => replayId !== undefined || random.chance(0.7));
  }
  if (random.chance(0.05)) notices.push({ at: timeOf(pace, random), objects: [], body: 'no notice' });
  return notices;
}

function grouped(objects: number, random: Random): number[][] {
  const several = random.chance(0.3);
  const groups: number[][] = [];
  for (let object = 0; object < objects; object += 1) {
    if (several && groups.length > 0 && random.chance(0.4)) random.pick(groups).push(object);
    else groups.push([object]);
  }
  return groups;
}

/** Within seconds or minutes; some an hour late, and few after twelve days, which is less than a queue keeps them. */
function timeOf(pace: number, random: Random): number {
  const chance = random.fraction();
  const soon = OPENING + random.fraction() * pace;
  if (chance < 0.02) return soon + 12 * 86_400;
  if (chance < 0.12) return soon + random.integer(600, 5000);
  return soon;
}
