import { ConfigurationError } from '../../lambda/errors';
import { formatInstant } from '../../lambda/util/collections';
import { type Call, DESCRIBE_INSTANCES, Inventory } from './calls';
import {
  bySlot,
  DELIVERY_DEFAULTS,
  type Delivery,
  type DeliveryOptions,
  deliverSlot,
  type Place,
  placesOf,
  SLOT_SECONDS,
  slotName,
  type TrailObject,
} from './deliveries';
import { type ExpectedResult, type TrailTotals, tumblingDetections } from './expected';
import { type Member, membersOf, SERVICE_KINDS } from './identities';
import { Random } from './random';
import { denial, type TrailRecord, throttling, writeRecord } from './records';
import { planSweep, type SweepSpec } from './sweeps';

/** A trail to be made. */
export interface TrailSpec {
  /** Epoch second of the first call. */
  readonly start: number;
  /** How long the calls go on. */
  readonly seconds: number;
  /** Accounts with benign traffic; 12 digits each. */
  readonly accounts: readonly string[];
  /** Regions with benign traffic, busiest first. */
  readonly regions: readonly string[];
  /** Benign records of each account, over all its regions. */
  readonly recordsPerMinute: number;
  /** 1 or more. */
  readonly identitiesPerAccount: number;
  /** Share of DescribeInstances among the benign calls of people and programs, 0 to 1. */
  readonly describeInstancesShare: number;
  /** Sweeps and near misses, also of other accounts and regions. */
  readonly sweeps: readonly SweepSpec[];
  readonly deliveries?: Partial<DeliveryOptions>;
}

/** A trail that is made as it is read. */
export interface Trail {
  /** Its objects in the order in which they land, to be gone through once. Memory stays that of a few slots. */
  readonly objects: Iterable<TrailObject>;
  /**
   * What is to be found in it.
   * @throws RangeError before the last object was taken
   */
  answer(): ExpectedResult;
}

/**
 * Makes a trail: the same spec and seed give the same bytes.
 * @throws ConfigurationError when a sweep leaves the trail's time
 */
export function generateTrail(spec: TrailSpec, seed: string | number): Trail {
  const maker = new TrailMaker(spec, seed);
  return { objects: maker.objects(), answer: () => maker.answer() };
}

class TrailMaker {
  private readonly options: DeliveryOptions;
  private readonly members: ReadonlyMap<string, readonly Member[]>;
  private readonly swept: ReadonlyMap<string, readonly TrailRecord[]>;
  private readonly places: readonly Place[];
  private readonly inventories: ReadonlyMap<Place, Inventory>;
  /** Every distinct sighting, without its text. */
  private readonly matchedCalls: TrailRecord[] = [];
  private readonly totals: TrailTotals = {
    objects: 0,
    records: 0,
    matchedCalls: 0,
    distinctRecords: 0,
    distinctMatchedCalls: 0,
    unattributed: 0,
  };
  private finished = false;

  constructor(
    private readonly spec: TrailSpec,
    private readonly seed: string | number,
  ) {
    const { accounts, identitiesPerAccount: count, start } = spec;
    this.options = { ...DELIVERY_DEFAULTS, ...spec.deliveries };
    this.members = new Map(accounts.map((account) => [account, membersOf(account, count, start, seed)]));
    const swept = spec.sweeps.flatMap((sweep) => sweepWithin(spec, sweep, seed));
    this.swept = bySlot(swept);
    this.places = placesOf(spec, swept);
    this.inventories = new Map(this.places.map((place) => [place, new Inventory(seed, place.account, place.region)]));
  }

  answer(): ExpectedResult {
    if (!this.finished) throw new RangeError('the answer is known once every object was taken');
    return { detections: tumblingDetections(this.matchedCalls), totals: { ...this.totals } };
  }

  *objects(): Generator<TrailObject> {
    // A place's slots begin after the clock's: those of the one before may still hold the first calls.
    const first = Math.floor(this.spec.start / SLOT_SECONDS) - 1;
    const last = Math.floor((this.spec.start + this.spec.seconds - 1) / SLOT_SECONDS);
    let waiting: TrailObject[] = [];
    for (let slot = first; slot <= last; slot++) {
      for (const place of this.places) waiting.push(...this.deliver(place, slot));
      waiting.sort((left, right) => left.deliveredAt - right.deliveredAt);
      // Whatever the next slot holds lands at its end or later.
      const settled = (slot + 2) * SLOT_SECONDS;
      yield* waiting.filter((object) => object.deliveredAt < settled);
      waiting = waiting.filter((object) => object.deliveredAt >= settled);
    }
    yield* waiting;
    this.finished = true;
  }

  /** Each slot has randomness of its own, so that what one holds does not change the next. */
  private deliver(place: Place, slot: number): TrailObject[] {
    const random = Random.seeded(this.seed, 'slot', place.account, place.region, slot);
    const end = (slot + 1) * SLOT_SECONDS + place.phase;
    const swept = this.swept.get(slotName(place, slot)) ?? [];
    const records = [...this.background(place, end, random), ...swept];
    this.countPlanned(records);
    const { regions } = this.spec;
    const deliveries = deliverSlot(records, { ...place, end, regions }, this.options, random);
    for (const delivery of deliveries) this.countDelivered(delivery);
    return deliveries.map(({ object }) => object);
  }

  private background(place: Place, end: number, random: Random): TrailRecord[] {
    const { spec } = this;
    const from = Math.max(end - SLOT_SECONDS, spec.start);
    const until = Math.min(end, spec.start + spec.seconds);
    const members = this.members.get(place.account);
    if (members === undefined || from >= until) return [];
    // Half as many to half as many again: no two slots are equally busy.
    const records = Math.round(((place.recordsPerMinute * (until - from)) / 60) * (0.5 + random.fraction()));
    const { describeInstancesShare } = spec;
    return backgroundRecords(
      { members, inventory: this.inventories.get(place)!, from, until, records, describeInstancesShare },
      random,
    );
  }

  private countPlanned(records: readonly TrailRecord[]): void {
    const matchedCalls = records.filter((record) => record.matchedCall);
    for (const matchedCall of matchedCalls) this.matchedCalls.push({ ...matchedCall, text: '' });
    this.totals.distinctRecords += records.length;
    this.totals.distinctMatchedCalls += matchedCalls.length;
    this.totals.unattributed += matchedCalls.filter(({ actor }) => actor === undefined).length;
  }

  private countDelivered({ records }: Delivery): void {
    this.totals.objects += 1;
    this.totals.records += records.length;
    this.totals.matchedCalls += records.filter((record) => record.matchedCall).length;
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

/** Benign calls of one account and region over some seconds. */
export interface BackgroundRequest {
  /** Each as often as they are active. */
  readonly members: readonly Member[];
  readonly inventory: Inventory;
  /** Epoch seconds, the second one exclusive. */
  readonly from: number;
  readonly until: number;
  readonly records: number;
  /** Share of DescribeInstances among the calls of people and programs. */
  readonly describeInstancesShare: number;
}

/** Most calls that one member makes in one go; most goes are much shorter. */
const BURST_CALLS = 40;

/** Share of calls in the same second as the one before; the others come up to so many seconds later. */
const AT_ONCE_SHARE = 0.65;

const LONGEST_PAUSE = 7;

const FAILED_SHARE = 0.04;

/** Records of everyday traffic: each member makes some calls in a few seconds, then another does. */
export function backgroundRecords(request: BackgroundRequest, random: Random): TrailRecord[] {
  const records: TrailRecord[] = [];
  while (records.length < request.records) {
    const member = random.pick(request.members);
    const calls = 1 + Math.floor(random.small() * BURST_CALLS);
    let second = random.integer(request.from, request.until - 1);
    for (let index = 0; index < calls && records.length < request.records; index++) {
      records.push(oneCall(request, member, second, random));
      second += random.chance(AT_ONCE_SHARE) ? 0 : random.integer(1, LONGEST_PAUSE);
      if (second >= request.until) break;
    }
  }
  return records;
}

function oneCall(request: BackgroundRequest, member: Member, second: number, random: Random): TrailRecord {
  const { identity, origin } = member;
  const { inventory } = request;
  const call = chooseCall(request, member, random);
  const failed = random.chance(FAILED_SHARE) && call.eventType === undefined;
  const failure = random.chance(0.7) ? denial(call, identity) : throttling(call);
  return writeRecord({ call, identity, origin, inventory, second, ...(failed && { failure }) }, random);
}

function chooseCall(request: BackgroundRequest, { identity, habits }: Member, random: Random): Call {
  const isService = SERVICE_KINDS.has(identity.kind);
  if (!isService && random.chance(request.describeInstancesShare)) return DESCRIBE_INSTANCES;
  let call = random.pick(habits);
  while (call.global === true && request.inventory.region !== 'us-east-1') call = random.pick(habits);
  return call;
}
