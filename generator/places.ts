import { SLOT_SECONDS } from './deliveries';
import { Random } from './random';
import type { TrailRecord } from './records';

/** An account and a region: what CloudTrail writes objects for. */
export interface Site {
  readonly account: string;
  readonly region: string;
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
