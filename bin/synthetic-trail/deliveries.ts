/** How CloudTrail delivers records in objects: in slots of five minutes, late, out of order, some twice. */

import { formatInstant } from '../../lambda/util/values';
import type { Site } from './inventory';
import { Random } from './random';
import type { TrailRecord } from './records';

/** An object before compression. */
export type TrailObject = ReturnType<typeof deliverSlot>[number];

/** Of a real trail of 30,477 records in 3,872 objects: seconds from a call to the delivery of its record. */
const LAG = { min: 26, median: 195, max: 608 };

/** Share of records delivered a second time, always in another object. */
const DUPLICATE_SHARE = 0.27;

/** Share of objects not in time order, and the most seconds by which a record in them follows a later one. */
const UNSORTED_SHARE = 0.5;

const DISORDER = 246;

/** Share of objects whose key has a different region from their records. */
const STRAY_SHARE = 0.002;

const MAX_RECORDS = 622;

/** Seconds of calls that are delivered together. */
export const SLOT_SECONDS = 300;

/** Share of slots that come late, up to the greatest lag. */
const LATE_SHARE = 0.05;

/** Least disorder of an unsorted object, as a share of the greatest; few calls may still be in order. */
const MIN_DISORDER_SHARE = 0.02;

/**
 * The objects of one account, region and slot, in any order.
 * @param records those of the slot: seconds from `end - SLOT_SECONDS` up to, and without, `end`
 * @param slot `end`: the UTC epoch second after its last; `regions`: those that a wrong key may name; `organization`: its
 * id, `o-…`, in an organization trail
 */
export function deliverSlot(
  records: readonly TrailRecord[],
  slot: Site & { readonly end: number; readonly regions: readonly string[]; readonly organization: string | undefined },
  random: Random,
) {
  if (records.length === 0) return [];
  const chunks = split(random.shuffle(records), random);
  const again = redelivered(records, random);
  if (again.length > 0) chunks.push(...split(again, random));
  return chunks.map((chunk) => {
    const ordered = order(chunk, random);
    const deliveredAt = slot.end - 1 + delay(random);
    const region = random.chance(STRAY_SHARE) ? random.pick(slot.regions) : slot.region;
    return {
      key: objectKey({ ...slot, region }, deliveredAt, random),
      body: `{"Records":[${ordered.map(({ text }) => text).join(',')}]}`,
      /** UTC epoch second */
      deliveredAt,
      records: chunk.length,
      matchedCalls: chunk.filter(({ matchedCall }) => matchedCall).length,
    };
  });
}

/** All or most of a slot is redelivered at once, so that a repeated record is always in another object. */
function redelivered(records: readonly TrailRecord[], random: Random): TrailRecord[] {
  const part = 0.75;
  return random.chance(DUPLICATE_SHARE / part) ? records.filter(() => random.chance(part)) : [];
}

/** Small slots are mostly one object; capacities vary, as in AWS. */
function split(records: readonly TrailRecord[], random: Random): TrailRecord[][] {
  const low = random.pick([16, 32, 64, 128, 256]);
  const size = Math.min(MAX_RECORDS, random.integer(low, 2 * low));
  const chunks: TrailRecord[][] = [];
  for (let from = 0; from < records.length; from += size) chunks.push(records.slice(from, from + size));
  return chunks;
}

/** In time order, or out of it by up to DISORDER; half of the unsorted objects by at most an eighth of it. */
function order(records: readonly TrailRecord[], random: Random): TrailRecord[] {
  const isUnsorted = random.chance(UNSORTED_SHARE);
  const reach = isUnsorted ? DISORDER * Math.max(MIN_DISORDER_SHARE, random.small()) : 0;
  return records
    .map((record) => ({ record, position: record.second + reach * random.fraction() }))
    .sort((left, right) => left.position - right.position)
    .map(({ record }) => record);
}

/** Seconds from the slot's last second to the delivery; the first second waits 299 s more. */
function delay(random: Random): number {
  const longest = LAG.max - (SLOT_SECONDS - 1);
  // Calls are spread evenly over a slot, so half of them wait at least half a slot.
  const usual = 2 * (LAG.median - SLOT_SECONDS / 2) - LAG.min;
  return random.integer(LAG.min, random.chance(LATE_SHARE) ? longest : usual);
}

function objectKey(
  { account, region, organization }: Site & { readonly organization: string | undefined },
  at: number,
  random: Random,
): string {
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
