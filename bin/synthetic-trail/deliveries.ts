/** How CloudTrail delivers records in objects: in slots of five minutes, late, out of order, some twice. */

import { formatInstant } from '../../lambda/util/values';
import type { Site } from './inventory';
import { Random } from './random';
import type { TrailRecord } from './records';

/** An object before compression. */
export interface TrailObject {
  readonly key: string;
  /** `{"Records":[…]}` on one line */
  readonly body: string;
  /** UTC epoch second of its delivery */
  readonly deliveredAt: number;
  readonly records: number;
  /** calls of EC2's DescribeInstances among them */
  readonly matchedCalls: number;
}

/** Defaults: those of a real trail of 30,477 records in 3,872 objects. */
export interface DeliveryOptions {
  /** organization id, `o-…`, of an organization trail */
  readonly organization?: string;
  /** seconds from a call to the delivery of its record; `median` is at least 176, `max` at least `min` + 325 */
  readonly lag: { readonly min: number; readonly median: number; readonly max: number };
  /** share of records delivered a second time, always in another object */
  readonly duplicateShare: number;
  /** share of objects not in time order */
  readonly unsortedShare: number;
  /** most seconds by which a record follows a later one */
  readonly disorder: number;
  /** share of objects whose key has a different region from their records */
  readonly strayShare: number;
  /** most records of one object */
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

/** Least disorder of an unsorted object, as a share of the greatest; few calls may still be in order. */
const MIN_DISORDER_SHARE = 0.02;

/**
 * The objects of one account, region and slot, in any order.
 * @param records those of the slot: seconds from `end - SLOT_SECONDS` up to, and without, `end`
 * @param slot `end`: the UTC epoch second after its last; `regions`: those that a wrong key may name
 */
export function deliverSlot(
  records: readonly TrailRecord[],
  slot: Site & { readonly end: number; readonly regions: readonly string[] },
  options: DeliveryOptions,
  random: Random,
): TrailObject[] {
  if (records.length === 0) return [];
  const chunks = split(random.shuffle(records), options.maxRecords, random);
  const again = redelivered(records, options.duplicateShare, random);
  if (again.length > 0) chunks.push(...split(again, options.maxRecords, random));
  return chunks.map((chunk) => {
    const ordered = order(chunk, options, random);
    const deliveredAt = slot.end - 1 + delay(options, random);
    const region = random.chance(options.strayShare) ? random.pick(slot.regions) : slot.region;
    return {
      key: objectKey({ account: slot.account, region }, deliveredAt, options, random),
      body: `{"Records":[${ordered.map(({ text }) => text).join(',')}]}`,
      deliveredAt,
      records: chunk.length,
      matchedCalls: chunk.filter(({ matchedCall }) => matchedCall).length,
    };
  });
}

/** All or most of a slot is redelivered at once, so that a repeated record is always in another object. */
function redelivered(records: readonly TrailRecord[], share: number, random: Random): TrailRecord[] {
  const part = Math.max(0.75, share);
  return random.chance(share / part) ? records.filter(() => random.chance(part)) : [];
}

/** Small slots are mostly one object; capacities vary, as in AWS. */
function split(records: readonly TrailRecord[], most: number, random: Random): TrailRecord[][] {
  const low = random.pick([16, 32, 64, 128, 256]);
  const size = Math.min(most, random.integer(low, 2 * low));
  const chunks: TrailRecord[][] = [];
  for (let from = 0; from < records.length; from += size) chunks.push(records.slice(from, from + size));
  return chunks;
}

/** In time order, or out of it by up to `disorder`; half of the unsorted objects by at most an eighth of it. */
function order(records: readonly TrailRecord[], options: DeliveryOptions, random: Random): TrailRecord[] {
  const isUnsorted = random.chance(options.unsortedShare);
  const reach = isUnsorted ? options.disorder * Math.max(MIN_DISORDER_SHARE, random.small()) : 0;
  return records
    .map((record) => ({ record, position: record.second + reach * random.fraction() }))
    .sort((left, right) => left.position - right.position)
    .map(({ record }) => record);
}

/** Seconds from the slot's last second to the delivery; the first second waits 299 s more. */
function delay({ lag }: DeliveryOptions, random: Random): number {
  const longest = lag.max - (SLOT_SECONDS - 1);
  // Calls are spread evenly over a slot, so half of them wait at least half a slot.
  const usual = 2 * (lag.median - SLOT_SECONDS / 2) - lag.min;
  return random.integer(lag.min, random.chance(LATE_SHARE) ? longest : Math.min(usual, longest));
}

function objectKey({ account, region }: Site, at: number, { organization }: DeliveryOptions, random: Random): string {
  const [day, time] = formatInstant(at - (at % SLOT_SECONDS)).split('T') as [string, string];
  const minute = `${day.replaceAll('-', '')}T${time.slice(0, 5).replace(':', '')}Z`;
  const owner = organization === undefined ? account : `${organization}/${account}`;
  const name = `${account}_CloudTrail_${region}_${minute}_${random.alphanumeric(16)}.json.gz`;
  return `AWSLogs/${owner}/CloudTrail/${region}/${day.replaceAll('-', '/')}/${name}`;
}

/** Offset in seconds of a site's slots from the clock, so that no two regions are in step. */
export function phaseOf({ account, region }: Site): number {
  return Random.seeded('phase', account, region).integer(0, SLOT_SECONDS - 1);
}

/** The regions that every new account has enabled, busiest first. */
export const DEFAULT_REGIONS: readonly string[] = [
  ...['us-east-1', 'us-east-2', 'us-west-1', 'us-west-2', 'ap-south-1', 'ap-northeast-1', 'ap-northeast-2'],
  ...['ap-northeast-3', 'ap-southeast-1', 'ap-southeast-2', 'ca-central-1', 'eu-central-1', 'eu-west-1'],
  ...['eu-west-2', 'eu-west-3', 'eu-north-1', 'sa-east-1'],
];

/** All regions, opt-in regions last: `REGIONS.slice(0, n)` is the likeliest set of n. */
export const REGIONS: readonly string[] = [
  ...DEFAULT_REGIONS,
  ...['af-south-1', 'ap-east-1', 'ap-east-2', 'ap-south-2', 'ap-southeast-3', 'ap-southeast-4', 'ap-southeast-5'],
  ...['ap-southeast-7', 'ca-west-1', 'eu-central-2', 'eu-south-1', 'eu-south-2', 'il-central-1', 'me-central-1'],
  ...['me-south-1', 'mx-central-1'],
];
