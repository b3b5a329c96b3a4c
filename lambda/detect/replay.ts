import { type Alert, buildAlert, newestFirst } from '../alert/alert';
import { gatherEvidence } from '../alert/evidence';
import { entry } from '../collections';
import type { RegionsweepError } from '../errors';
import { inParallel } from '../parallel';
import type { Ledger, ObjectRef } from '../ports';
import type { ObjectReading, PassedOver, Reading, RecordFault } from '../trail/object-reader';
import type { Bucket } from '../window/partition';
import { hitsIn, tallyObject } from './tallies';

/** Objects open at a time: enough to read ahead of the inflater, few enough to keep memory small. */
const OBJECTS_AT_A_TIME = 8;

/** A local replay's ledger ends with its process. */
const NEVER = Number.POSITIVE_INFINITY;

export interface ReplayOptions {
  readonly reading: Reading;
  readonly ledger: Ledger;
  /** told of each object as it ends */
  readonly onObject: (event: ReplayedObject) => void;
  /** true once no further object shall be begun */
  readonly isStopped: () => boolean;
}

/** An object to replay and the size it has in store, in bytes. */
export interface StoredObject {
  readonly object: ObjectRef;
  readonly bytes: number;
}

export interface ReplayedObject extends StoredObject {
  readonly error: RegionsweepError | undefined;
  readonly faults: readonly RecordFault[];
}

export interface ReplayTotals extends PassedOver {
  readonly objects: number;
  /** objects that could not be read, or not to their end */
  readonly failedObjects: number;
  readonly bytes: number;
  readonly records: number;
  readonly sightings: number;
  readonly faults: number;
}

export interface ReplayResult {
  /** newest window first */
  readonly alerts: readonly Alert[];
  readonly totals: ReplayTotals;
  /** true when it was stopped before the last object */
  readonly partial: boolean;
}

/** Runs the detector over objects in any order and tells every hit. Objects without a sighting leave nothing behind. */
export async function replay(
  objects: AsyncIterable<StoredObject>,
  options: ReplayOptions,
): Promise<ReplayResult> {
  const { reading, ledger } = options;
  const buckets = new Map<string, Map<number, Bucket>>();
  const totals = new Totals();
  let partial = false;
  const untilStopped = async function* () {
    for await (const stored of objects) {
      partial = options.isStopped();
      if (partial) return;
      yield stored;
    }
    partial = options.isStopped();
  };
  await inParallel(untilStopped(), OBJECTS_AT_A_TIME, async (stored) => {
    const { reading: read, buckets: touched } = await tallyObject(stored.object, reading, ledger, NEVER);
    totals.add(read, stored.bytes);
    for (const bucket of touched) {
      entry(buckets, bucket.partition, () => new Map<number, Bucket>()).set(bucket.start, bucket);
    }
    options.onObject({ ...stored, error: read.error, faults: read.faults });
  });
  const alerts = await alertsOf(
    [...buckets.values()].map((of) => [...of.values()]),
    options,
    partial,
  );
  return { alerts, totals: totals.sums, partial };
}

async function alertsOf(
  partitions: readonly Bucket[][],
  { reading, ledger }: ReplayOptions,
  partial: boolean,
): Promise<Alert[]> {
  const { rule } = reading;
  // A tumbling window never leaves its bucket; a burst may, so a partition's buckets are then read together.
  const groups = rule.windowing === 'tumbling' ? partitions.flat().map((bucket) => [bucket]) : partitions;
  const hits = [];
  for (const group of groups) hits.push(...(await hitsIn(group, rule, ledger)));
  const evidence = await gatherEvidence(hits, reading, OBJECTS_AT_A_TIME);
  return hits.map((hit) => buildAlert(hit, evidence.get(hit)!, rule, partial)).sort(newestFirst);
}

class Totals {
  sums: ReplayTotals = {
    objects: 0,
    failedObjects: 0,
    bytes: 0,
    records: 0,
    sightings: 0,
    faults: 0,
    unattributed: 0,
    ignoredRegion: 0,
    outsideTime: 0,
  };

  add(read: ObjectReading, bytes: number): void {
    this.sums = {
      objects: this.sums.objects + 1,
      failedObjects: this.sums.failedObjects + (read.error === undefined ? 0 : 1),
      bytes: this.sums.bytes + bytes,
      records: this.sums.records + read.records,
      sightings: this.sums.sightings + read.sightings.length,
      faults: this.sums.faults + read.faults.length,
      unattributed: this.sums.unattributed + read.passedOver.unattributed,
      ignoredRegion: this.sums.ignoredRegion + read.passedOver.ignoredRegion,
      outsideTime: this.sums.outsideTime + read.passedOver.outsideTime,
    };
  }
}
