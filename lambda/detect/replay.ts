import { type Alert, buildAlert, newestFirst } from '../alert/alert';
import { gatherEvidence } from '../alert/evidence/gather';
import { entry } from '../collections';
import type { RegionsweepError } from '../errors';
import { inParallel } from '../parallel';
import type { Ledger, ObjectRef } from '../ports';
import type { ObjectReading, PassedOver, Reading, RecordFault } from '../trail/object-reader';
import { bucketKey } from '../window/bucket-key';
import type { Bucket } from '../window/partition';
import type { TallyPart } from '../window/tally-encoding';
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
  /** objects open at a time, where the default is not enough to hide how far away they are */
  readonly concurrency?: number | undefined;
  /** what earlier runs read, so that it need not be read again */
  readonly memory?: ReplayMemory | undefined;
}

/** An object to replay and the size it has in store, in bytes. */
export interface StoredObject {
  readonly object: ObjectRef;
  readonly bytes: number;
  /** differs when the content does; absent where that cannot be told */
  readonly version?: string | undefined;
}

/** What was read of objects, kept from one run of a replay to the next. Objects that failed are not kept. */
export interface ReplayMemory {
  recall(stored: StoredObject): RememberedObject | undefined;
  remember(stored: StoredObject, read: RememberedObject): Promise<void>;
}

/** All that a replay needs of an object it has read. */
export interface RememberedObject {
  readonly counts: ObjectCounts;
  readonly parts: readonly TallyPart[];
}

/** What is counted of one object. */
export interface ObjectCounts extends PassedOver {
  readonly records: number;
  readonly sightings: number;
  readonly faults: number;
  /** the excepted ones by the name of the exception */
  readonly exceptedBy: ReadonlyMap<string, number>;
}

export interface ReplayedObject extends StoredObject {
  readonly error: RegionsweepError | undefined;
  readonly faults: readonly RecordFault[];
}

export interface ReplayTotals extends ObjectCounts {
  readonly objects: number;
  /** objects that could not be read, or not to their end */
  readonly failedObjects: number;
  readonly bytes: number;
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
  await inParallel(untilStopped(), options.concurrency ?? OBJECTS_AT_A_TIME, async (stored) => {
    const { counts, parts, error, faults } =
      (await recalled(stored, options)) ?? (await read(stored, options));
    totals.add(counts, stored.bytes, error !== undefined);
    for (const { bucket } of parts) {
      entry(buckets, bucket.partition, () => new Map<number, Bucket>()).set(bucket.start, bucket);
    }
    options.onObject({ ...stored, error, faults });
  });
  const alerts = await alertsOf(
    [...buckets.values()].map((of) => [...of.values()]),
    options,
    partial,
  );
  return { alerts, totals: totals.sums, partial };
}

interface ReadObject extends RememberedObject {
  readonly error: RegionsweepError | undefined;
  readonly faults: readonly RecordFault[];
}

async function read(stored: StoredObject, { reading, ledger, memory }: ReplayOptions): Promise<ReadObject> {
  const { reading: told, parts } = await tallyObject(stored.object, reading, ledger, NEVER);
  const { error, faults } = told;
  const counts = countsOf(told);
  if (error === undefined) await memory?.remember(stored, { counts, parts });
  return { counts, parts, error, faults };
}

/** Puts what is remembered of an object where reading it would have put it. */
async function recalled(
  stored: StoredObject,
  { reading, ledger, memory }: ReplayOptions,
): Promise<ReadObject | undefined> {
  const known = memory?.recall(stored);
  if (known === undefined) return undefined;
  for (const part of known.parts) await ledger.putTally(bucketKey(part.bucket, reading.rule), part, NEVER);
  return { ...known, error: undefined, faults: [] };
}

function countsOf({ records, sightings, faults, passedOver, exceptedBy }: ObjectReading): ObjectCounts {
  return { records, sightings: sightings.length, faults: faults.length, ...passedOver, exceptedBy };
}

async function alertsOf(
  partitions: readonly Bucket[][],
  { reading, ledger, concurrency }: ReplayOptions,
  partial: boolean,
): Promise<Alert[]> {
  const { rule } = reading;
  // A tumbling window never leaves its bucket; a burst may, so a partition's buckets are then read together.
  const groups = rule.windowing === 'tumbling' ? partitions.flat().map((bucket) => [bucket]) : partitions;
  const hits = [];
  for (const group of groups) hits.push(...(await hitsIn(group, rule, ledger)));
  const evidence = await gatherEvidence(hits, reading, concurrency ?? OBJECTS_AT_A_TIME);
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
    excepted: 0,
    exceptedBy: new Map(),
  };

  add(counts: ObjectCounts, bytes: number, failed: boolean): void {
    this.sums = {
      objects: this.sums.objects + 1,
      failedObjects: this.sums.failedObjects + (failed ? 1 : 0),
      bytes: this.sums.bytes + bytes,
      records: this.sums.records + counts.records,
      sightings: this.sums.sightings + counts.sightings,
      faults: this.sums.faults + counts.faults,
      unattributed: this.sums.unattributed + counts.unattributed,
      ignoredRegion: this.sums.ignoredRegion + counts.ignoredRegion,
      outsideTime: this.sums.outsideTime + counts.outsideTime,
      excepted: this.sums.excepted + counts.excepted,
      exceptedBy: counts.exceptedBy.size === 0 ? this.sums.exceptedBy : this.withExcepted(counts),
    };
  }

  private withExcepted({ exceptedBy }: ObjectCounts): Map<string, number> {
    const sums = new Map(this.sums.exceptedBy);
    for (const [name, count] of exceptedBy) sums.set(name, (sums.get(name) ?? 0) + count);
    return sums;
  }
}
