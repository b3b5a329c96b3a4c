/** Two other ways to build the detector, for docs/cost.md: what they take by the object. */

import {
  billOf,
  DEFAULT_WORKLOAD,
  HOURS_PER_MONTH,
  objectsPerMonth,
  readingUsage,
  STORED_MONTHS,
  type Usage,
  type Workload,
} from '../bin/cost/model';

/** Means of the trails of DEFAULT_WORKLOAD; only the compared designs depend on them. */
export const COMPARED_MEANS = {
  /** windows of 30 s in which each actor of an object with a matched call calls */
  windows: 1.8,
  /** of an object as stored */
  objectBytes: 2_600,
} as const;

export const COMPARED_WORKLOAD = { ...DEFAULT_WORKLOAD, ...COMPARED_MEANS };

export type ComparedWorkload = Workload & { readonly windows: number; readonly objectBytes: number };

/** Bytes of a counter: keys, the set of regions and its expiry. */
const COUNTER_BYTES = 450;

/** A query every five minutes; each scans 10 MB at least, and writes a result and its description. */
const ATHENA = { queries: 12 * HOURS_PER_MONTH, minBytes: 10e6, puts: 2, keysPerListing: 1000, usdPerTb: 5 } as const;

/** How far back Athena reads: at best nine minutes, or the day so far, as CloudTrail's keys divide it. */
const ATHENA_HOURS = { best: 9 / 60, day: 12 } as const;

/** US dollars a month by the object, for each design; alerts and the stack itself would cost the same for all. */
export const WAYS: Readonly<Record<string, (workload: ComparedWorkload) => number>> = {
  regionsweep: (workload) => billOf(readingUsage(workload)).usd,
  'one counter per actor and window': (workload) => billOf(counterUsage(workload)).usd,
  'Athena every 5 minutes, if it reads only 9 minutes': (workload) => athenaUsd(workload, ATHENA_HOURS.best),
  "Athena every 5 minutes, by CloudTrail's own days": (workload) => athenaUsd(workload, ATHENA_HOURS.day),
};

/** US dollars a month for DynamoDB alone. */
export function stateUsd(workload: ComparedWorkload, design: 'detector' | 'counters'): number {
  const { lines } = billOf(design === 'detector' ? readingUsage(workload) : counterUsage(workload));
  return lines.filter(({ name }) => name.startsWith('dynamo')).reduce((sum, { usd }) => sum + usd, 0);
}

/**
 * The usual design: one item per actor and window that holds the regions seen, changed by one update for each actor and
 * window of each object. It needs no query, since the update returns the new value.
 */
function counterUsage(workload: ComparedWorkload): Usage {
  const updates = objectsPerMonth(workload) * workload.matchedShare * workload.actors * workload.windows;
  const stored = (updates * COUNTER_BYTES * STORED_MONTHS) / 1e9;
  return {
    ...readingUsage(workload),
    dynamoWrite: updates,
    dynamoRead: 0,
    dynamoStorage: stored,
    dynamoRecovery: stored,
  };
}

/** Partitions are projected, so each query lists each account and region once and reads each object once. */
function athenaUsd(workload: ComparedWorkload, hours: number): number {
  const { accounts, regions, objectsPerHour, objectBytes, kms } = workload;
  const partitions = accounts * regions;
  const objects = objectsPerHour * hours;
  const listings = Math.max(1, objects / ATHENA.keysPerListing);
  const scanned = ATHENA.queries * Math.max(ATHENA.minBytes, partitions * objects * objectBytes);
  const usage = {
    s3Get: ATHENA.queries * partitions * objects,
    s3ListPut: ATHENA.queries * (partitions * listings + ATHENA.puts),
    kmsRequests: kms ? ATHENA.queries * partitions * objects : 0,
  };
  return billOf(usage).usd + (scanned / 1e12) * ATHENA.usdPerTb;
}
