import { ConfigurationError } from '../../lambda/errors';
import { compareText, formatInstant, getOrInsert } from '../../lambda/util/values';
import { backgroundRecords, type Member, membersOf } from './background';
import { deliverSlot, phaseOf, SLOT_SECONDS, type TrailObject } from './deliveries';
import { Inventory, type Site } from './inventory';
import { Random } from './random';
import type { TrailRecord } from './records';
import { planSweep, type SweepSpec } from './sweeps';

export interface TrailSpec {
  /** UTC epoch second of the first call */
  readonly start: number;
  /** from the first call to the last */
  readonly seconds: number;
  /** accounts with benign traffic, 12 digits each */
  readonly accounts: readonly string[];
  /** regions with benign traffic, busiest first */
  readonly regions: readonly string[];
  /** benign records of each account, over all its regions */
  readonly recordsPerMinute: number;
  /** 1 or more */
  readonly identitiesPerAccount: number;
  /** share of DescribeInstances among the benign calls of people and programs, 0 to 1 */
  readonly describeInstancesShare: number;
  /** sweeps and near misses, in any account and region */
  readonly sweeps: readonly SweepSpec[];
  /** organization id, `o-…`, of an organization trail */
  readonly organization?: string;
}

/** One identity in at least as many regions as the rule asks for, within one window. */
export type ExpectedDetection = ReturnType<typeof tumblingDetections>[number];

/** What a detector must find in a trail, derived from the plan. */
export type ExpectedResult = ReturnType<Trail['answer']>;

/**
 * Generates a trail: the same spec and seed give the same bytes.
 * @throws ConfigurationError if a sweep leaves the trail's interval
 */
export function generateTrail(spec: TrailSpec, seed: string | number): Trail {
  return new Trail(spec, seed);
}

/** A site and the state to generate its records. */
interface BusySite extends Site {
  readonly inventory: Inventory;
  readonly recordsPerMinute: number;
  readonly phase: number;
  /** records of sweeps, by number of slot */
  readonly swept: Map<number, TrailRecord[]>;
}

/** Factor by which each of the first two regions is busier than the others. */
const REGION_WEIGHTS = [12, 4] as const;

/** A trail that is generated while it is read. */
export class Trail {
  /** its objects by time of delivery, to be iterated once; takes the memory of a few slots */
  readonly objects: Iterable<TrailObject> = this.generate();
  private readonly sites = new Map<string, BusySite>();
  private readonly members: ReadonlyMap<string, readonly Member[]>;
  /** every distinct matched call, without its text */
  private readonly matchedCalls: TrailRecord[] = [];
  /** of records and matched calls repeated deliveries are counted as well */
  private readonly totals = { objects: 0, records: 0, matchedCalls: 0, distinctRecords: 0 };
  private isFinished = false;

  constructor(
    private readonly spec: TrailSpec,
    private readonly seed: string | number,
  ) {
    const { accounts, regions, recordsPerMinute, identitiesPerAccount: count, start } = spec;
    this.members = new Map(accounts.map((account) => [account, membersOf(account, count, start, seed)]));
    const weights = regions.map((_, index) => REGION_WEIGHTS[index] ?? 1);
    const sum = weights.reduce((total, weight) => total + weight, 0);
    for (const account of accounts) {
      for (const [index, region] of regions.entries()) {
        this.site({ account, region }, (recordsPerMinute * weights[index]!) / sum);
      }
    }
    for (const record of spec.sweeps.flatMap((sweep) => sweepWithin(spec, sweep, seed))) {
      const { phase, swept } = this.site(record, 0);
      getOrInsert(swept, Math.floor((record.second - phase) / SLOT_SECONDS), () => []).push(record);
    }
  }

  private site({ account, region }: Site, recordsPerMinute: number): BusySite {
    return getOrInsert(this.sites, `${account} ${region}`, () => ({
      ...{ account, region, recordsPerMinute },
      inventory: new Inventory(this.seed, account, region),
      phase: phaseOf({ account, region }),
      swept: new Map(),
    }));
  }

  /**
   * What a detector must find in it.
   * @throws RangeError before the last object was read
   */
  answer() {
    if (!this.isFinished) throw new RangeError('the answer is known once every object was taken');
    return { detections: tumblingDetections(this.matchedCalls), totals: this.totals };
  }

  private *generate(): Generator<TrailObject> {
    const { start, seconds } = this.spec;
    // A site's slots begin after the clock's, so the first calls may be in the previous slot.
    const first = Math.floor(start / SLOT_SECONDS) - 1;
    const last = Math.floor((start + seconds - 1) / SLOT_SECONDS);
    let waiting: TrailObject[] = [];
    for (let slot = first; slot <= last; slot++) {
      for (const site of this.sites.values()) waiting.push(...this.deliver(site, slot));
      waiting.sort((left, right) => left.deliveredAt - right.deliveredAt);
      // Objects of the next slot are delivered at its end or later.
      const settled = (slot + 2) * SLOT_SECONDS;
      yield* waiting.filter((object) => object.deliveredAt < settled);
      waiting = waiting.filter((object) => object.deliveredAt >= settled);
    }
    yield* waiting;
    this.isFinished = true;
  }

  /** Each slot has its own randomness, so that slots do not affect each other. */
  private deliver(site: BusySite, slot: number): TrailObject[] {
    const { account, region, phase, swept } = site;
    const random = Random.seeded(this.seed, 'slot', account, region, slot);
    const end = (slot + 1) * SLOT_SECONDS + phase;
    const planned = [...this.background(site, end, random), ...(swept.get(slot) ?? [])];
    const { regions, organization } = this.spec;
    const objects = deliverSlot(planned, { account, region, end, regions, organization }, random);
    for (const record of planned) if (record.matchedCall) this.matchedCalls.push({ ...record, text: '' });
    this.totals.distinctRecords += planned.length;
    this.totals.objects += objects.length;
    for (const { records, matchedCalls } of objects) {
      this.totals.records += records;
      this.totals.matchedCalls += matchedCalls;
    }
    return objects;
  }

  private background(site: BusySite, end: number, random: Random): TrailRecord[] {
    const { start, seconds, describeInstancesShare } = this.spec;
    const members = this.members.get(site.account);
    const from = Math.max(end - SLOT_SECONDS, start);
    const until = Math.min(end, start + seconds);
    if (members === undefined || from >= until) return [];
    // From half to one and a half times the mean, so that slots differ.
    const records = Math.round(((site.recordsPerMinute * (until - from)) / 60) * (0.5 + random.fraction()));
    const { inventory } = site;
    return backgroundRecords({ members, inventory, from, until, records, describeInstancesShare }, random);
  }
}

function sweepWithin(spec: TrailSpec, sweep: SweepSpec, seed: string | number): TrailRecord[] {
  const records = planSweep(sweep, seed);
  const end = spec.start + spec.seconds;
  const stray = records.find(({ second }) => second < spec.start || second >= end);
  if (stray === undefined) return records;
  throw new ConfigurationError(
    `sweep ${sweep.name} calls at ${formatInstant(stray.second)}, outside of the trail's ` +
      `${formatInstant(spec.start)} to ${formatInstant(end)}: move its start or lengthen the trail`,
  );
}

/** The default rule. Not imported: expectations must not depend on the detector's code. */
const WINDOW_SECONDS = 30;

const MIN_REGIONS = 10;

/** By window, then by actor; of distinct records, so that no call counts twice. Seconds are UTC epoch. */
function tumblingDetections(records: Iterable<TrailRecord>) {
  const groups = new Map<string, { windowStart: number; actor: string; regions: Set<string>; calls: number }>();
  for (const { second, actor, region, matchedCall } of records) {
    if (!matchedCall || actor === undefined) continue;
    const windowStart = second - (second % WINDOW_SECONDS);
    const none = { windowStart, actor, regions: new Set<string>(), calls: 0 };
    const group = getOrInsert(groups, `${windowStart} ${actor}`, () => none);
    group.regions.add(region);
    group.calls++;
  }
  return [...groups.values()]
    .filter(({ regions }) => regions.size >= MIN_REGIONS)
    .map((group) => ({ ...group, regions: [...group.regions].sort() }))
    .sort((a, b) => a.windowStart - b.windowStart || compareText(a.actor, b.actor));
}
