import { formatInstant } from '../../lambda/util/collections';
import type { Site } from './calls';
import { Random } from './random';
import type { TrailRecord } from './records';

/** One object as it lands in the bucket, before it is compressed. */
export interface TrailObject {
  readonly key: string;
  /** `{"Records":[…]}` on one line. */
  readonly body: string;
  /** Epoch second at which it lands. */
  readonly deliveredAt: number;
}

/** How CloudTrail delivers. The defaults are those of a real trail of 30,477 records in 3,872 objects. */
export interface DeliveryOptions {
  /** Organisation id, `o-…`, where the trail is an organisation's. */
  readonly organization?: string;
  /** Seconds from a call to the landing of its record. `median` is 176 s at least, `max` 325 s more than `min` at least. */
  readonly lag: { readonly min: number; readonly median: number; readonly max: number };
  /** Share of records delivered a second time, always in another object. */
  readonly duplicateShare: number;
  /** Share of objects not in time order. */
  readonly unsortedShare: number;
  /** Most seconds by which a record stands behind a later one. */
  readonly disorder: number;
  /** Share of objects whose key names another region than their records do. */
  readonly strayShare: number;
  /** Most records of one object. */
  readonly maxRecords: number;
}

export const DELIVERY_DEFAULTS: DeliveryOptions = {
  lag: { min: 26, median: 195, max: 608 },
  duplicateShare: 0.27,
  unsortedShare: 0.5,
  disorder: 246,
  strayShare: 0.002,
  maxRecords: 622,
};

/** Seconds of calls that are delivered together. */
export const SLOT_SECONDS = 300;

/** Share of slots that come late, up to the greatest lag. */
const LATE_SHARE = 0.05;

/** Share of the greatest disorder that every unsorted object is given; few calls may come in order all the same. */
const LEAST_DISORDER = 0.02;

/** What came into one object. */
export interface Delivery {
  readonly object: TrailObject;
  readonly records: readonly TrailRecord[];
}

/** Where and when a slot ends. */
export interface Slot {
  readonly account: string;
  readonly region: string;
  /** Epoch second after its last one. */
  readonly end: number;
  /** Regions an object's key may stray to. */
  readonly regions: readonly string[];
}

/**
 * The objects of one account, region and slot, in no order.
 * @param records those of the slot: seconds from `end - SLOT_SECONDS` up to, and without, `end`
 */
export function deliverSlot(
  records: readonly TrailRecord[],
  slot: Slot,
  options: DeliveryOptions,
  random: Random,
): Delivery[] {
  if (records.length === 0) return [];
  const chunks = split(random.shuffle(records), options.maxRecords, random);
  const again = redelivered(records, options.duplicateShare, random);
  if (again.length > 0) chunks.push(...split(again, options.maxRecords, random));
  return chunks.map((chunk) => deliver(chunk, slot, options, random));
}

/** A slot is redelivered as a whole or in good part, which is why it is another object that repeats a record. */
function redelivered(records: readonly TrailRecord[], share: number, random: Random): TrailRecord[] {
  const part = Math.max(0.75, share);
  return random.chance(share / part) ? records.filter(() => random.chance(part)) : [];
}

/** Small slots mostly come as one object; how much fits into one differs, as it does at AWS. */
function split(records: readonly TrailRecord[], most: number, random: Random): TrailRecord[][] {
  const low = random.pick([16, 32, 64, 128, 256]);
  const size = Math.min(most, random.integer(low, 2 * low));
  const chunks: TrailRecord[][] = [];
  for (let from = 0; from < records.length; from += size) chunks.push(records.slice(from, from + size));
  return chunks;
}

function deliver(chunk: readonly TrailRecord[], slot: Slot, options: DeliveryOptions, random: Random): Delivery {
  const records = order(chunk, options, random);
  const deliveredAt = slot.end - 1 + delay(options, random);
  return {
    object: {
      key: objectKey(slot, deliveredAt, options, random),
      body: `{"Records":[${records.map((record) => record.text).join(',')}]}`,
      deliveredAt,
    },
    records,
  };
}

/** Seconds from the slot's last second to the landing; the slot's first one has waited 299 s more. */
function delay({ lag }: DeliveryOptions, random: Random): number {
  const longest = lag.max - (SLOT_SECONDS - 1);
  // Calls fall evenly into a slot: half of them have waited half a slot before it ends.
  const usual = 2 * (lag.median - SLOT_SECONDS / 2) - lag.min;
  return random.integer(lag.min, random.chance(LATE_SHARE) ? longest : Math.min(usual, longest));
}

/** In time order, or as far out of it as `disorder` allows. */
function order(records: readonly TrailRecord[], options: DeliveryOptions, random: Random): TrailRecord[] {
  // Half of the unsorted objects by an eighth of the most, or less.
  const reach = random.chance(options.unsortedShare) ? options.disorder * Math.max(LEAST_DISORDER, random.small()) : 0;
  return records
    .map((record) => ({ record, place: record.second + reach * random.fraction() }))
    .sort((left, right) => left.place - right.place)
    .map(({ record }) => record);
}

function objectKey(slot: Slot, deliveredAt: number, options: DeliveryOptions, random: Random): string {
  const { account } = slot;
  const region = random.chance(options.strayShare) ? random.pick(slot.regions) : slot.region;
  const stamp = formatInstant(deliveredAt - (deliveredAt % SLOT_SECONDS));
  const day = stamp.slice(0, 10).replaceAll('-', '/');
  const minute = `${stamp.slice(0, 10).replaceAll('-', '')}T${stamp.slice(11, 16).replace(':', '')}Z`;
  const owner = options.organization === undefined ? account : `${options.organization}/${account}`;
  const name = `${account}_CloudTrail_${region}_${minute}_${random.alphanumeric(16)}.json.gz`;
  return `AWSLogs/${owner}/CloudTrail/${region}/${day}/${name}`;
}

/** A site of a trail and its benign traffic. */
export interface Place extends Site {
  readonly recordsPerMinute: number;
  /** Seconds by which its delivery slots begin after those of the clock: no two regions are in step. */
  readonly phase: number;
}

/** How much busier the first two regions are than each of the rest. */
const REGION_WEIGHTS = [12, 4] as const;

/** Where a trail holds records: the sites with benign traffic, then those that only `others` touch. */
export function placesOf(
  traffic: {
    readonly accounts: readonly string[];
    readonly regions: readonly string[];
    readonly recordsPerMinute: number;
  },
  others: readonly Site[],
): Place[] {
  const weights = traffic.regions.map((_, index) => REGION_WEIGHTS[index] ?? 1);
  const sum = weights.reduce((total, weight) => total + weight, 0);
  const places = new Map<string, Place>();
  const add = (site: Site, recordsPerMinute: number): void => {
    const name = `${site.account} ${site.region}`;
    if (places.has(name)) return;
    places.set(name, { account: site.account, region: site.region, recordsPerMinute, phase: phaseOf(site) });
  };
  for (const account of traffic.accounts) {
    for (const [index, region] of traffic.regions.entries()) {
      add({ account, region }, (traffic.recordsPerMinute * weights[index]!) / sum);
    }
  }
  for (const site of others) add(site, 0);
  return [...places.values()];
}

/** Records by the name of the slot they are delivered in. */
export function bySlot(records: readonly TrailRecord[]): Map<string, TrailRecord[]> {
  const slots = new Map<string, TrailRecord[]>();
  for (const record of records) {
    const slot = Math.floor((record.second - phaseOf(record)) / SLOT_SECONDS);
    const name = slotName(record, slot);
    const list = slots.get(name);
    if (list === undefined) slots.set(name, [record]);
    else list.push(record);
  }
  return slots;
}

/** The slots of a site are numbered from the epoch on. */
export function slotName({ account, region }: Site, slot: number): string {
  return `${account} ${region} ${slot}`;
}

function phaseOf({ account, region }: Site): number {
  return Random.seeded('phase', account, region).integer(0, SLOT_SECONDS - 1);
}

/** The regions that every new account has enabled. */
export const DEFAULT_REGIONS: readonly string[] = [
  'us-east-1',
  'us-east-2',
  'us-west-1',
  'us-west-2',
  'ap-south-1',
  'ap-northeast-1',
  'ap-northeast-2',
  'ap-northeast-3',
  'ap-southeast-1',
  'ap-southeast-2',
  'ca-central-1',
  'eu-central-1',
  'eu-west-1',
  'eu-west-2',
  'eu-west-3',
  'eu-north-1',
  'sa-east-1',
];

/** Regions an account must opt in to. */
export const OPT_IN_REGIONS: readonly string[] = [
  'af-south-1',
  'ap-east-1',
  'ap-east-2',
  'ap-south-2',
  'ap-southeast-3',
  'ap-southeast-4',
  'ap-southeast-5',
  'ap-southeast-7',
  'ca-west-1',
  'eu-central-2',
  'eu-south-1',
  'eu-south-2',
  'il-central-1',
  'me-central-1',
  'me-south-1',
  'mx-central-1',
];

/** All of them, the default ones first: `REGIONS.slice(0, n)` is the likeliest set of n. */
export const REGIONS: readonly string[] = [...DEFAULT_REGIONS, ...OPT_IN_REGIONS];
