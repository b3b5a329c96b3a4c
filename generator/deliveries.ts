import { formatInstant } from '../lambda/time';
import type { Random } from './random';
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

function deliver(
  chunk: readonly TrailRecord[],
  slot: Slot,
  options: DeliveryOptions,
  random: Random,
): Delivery {
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
  const reach = random.chance(options.unsortedShare)
    ? options.disorder * Math.max(LEAST_DISORDER, random.small())
    : 0;
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
