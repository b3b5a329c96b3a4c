import { buildAlert } from '../alert/assemble';
import { gatherEvidence } from '../alert/evidence/gather';
import type { Evidence } from '../alert/evidence/model';
import { type Alert, newestFirst } from '../alert/model';
import { type Recurrence, recurrenceOf, traitsOfAlert } from '../alert/recurrence';
import { alertIdOf, type Detection, ruleOf } from '../detection/detections';
import { type Bucket, bucketKey } from '../detection/keys';
import { crossesBuckets, type RuleParameters } from '../detection/rule';
import type { TallyPart } from '../detection/tally';
import type { RegionsweepError } from '../errors';
import type { ObjectRef } from '../ports';
import { addAlerts, type EarlierAlerts, identityOfActor, NO_EARLIER_ALERTS } from '../state/earlier-alerts';
import type { StateStore } from '../state/store';
import { detectionsIn, readTallies } from '../state/tallies';
import type { ObjectReading, ReadOptions, RecordFault, SkippedCounts } from '../trail/object-reader';
import { inOrder } from '../util/concurrency';
import { getOrInsert, minOf } from '../util/values';

/** Objects, or batches of files, under way at a time: enough to read ahead of the inflater, and little memory. */
const OBJECTS_AT_A_TIME = 8;

/** The state store of a local replay ends with its process. */
const NEVER = Number.POSITIVE_INFINITY;

export interface ReplayOptions {
  readonly reading: ReadOptions;
  readonly store: StateStore;
  /** called for each object, in order */
  readonly onObject: (event: ReplayedObject) => void;
  /** true once no further object may be started */
  readonly isStopped: () => boolean;
  /** objects or batches under way at a time, where the default does not hide how far away they are */
  readonly concurrency?: number | undefined;
  /** reads local files, on other threads say, as `readObjects` would: one outcome for each, in their order */
  readonly readFiles?: ((files: readonly StoredObject[]) => Promise<readonly ReadObject[]>) | undefined;
  /** called once every object was read, before evidence is gathered: `readFiles` is not called again */
  readonly onRead?: (() => Promise<void>) | undefined;
  /** what earlier runs read, so that it need not be read again */
  readonly memory?: ReplayMemory | undefined;
}

/** What was read of objects, kept from one run of a replay to the next. Objects that failed are not kept. */
export interface ReplayMemory {
  recall(stored: StoredObject): RememberedObject | undefined;
  remember(stored: StoredObject, read: RememberedObject): Promise<void>;
}

export interface ReplayedObject extends StoredObject {
  readonly error: RegionsweepError | undefined;
  readonly faults: readonly RecordFault[];
}

export interface ReplayResult {
  /** newest window first */
  readonly alerts: readonly Alert[];
  readonly totals: ReplayTotals;
  /** true when it was stopped before the last object */
  readonly partial: boolean;
}

/** Runs the rule over objects in any order. Objects without a matched call leave no state. */
export async function replay(objects: AsyncIterable<StoredObject>, options: ReplayOptions): Promise<ReplayResult> {
  const buckets = new Map<string, Map<number, Bucket>>();
  const totals = new Totals();
  let partial = false;
  const untilStopped = async function* () {
    for await (const stored of objects) {
      partial = options.isStopped();
      if (partial) return;
      yield stored;
    }
  };
  await inOrder(
    inBatches(untilStopped()),
    options.concurrency ?? OBJECTS_AT_A_TIME,
    (batch) => readBatch(batch, options),
    async (outcomes) => {
      for (const { stored, read, isKnown } of outcomes) {
        await keep(stored, read, isKnown, options);
        const { counts, parts, error, faults } = read;
        totals.add(counts, stored.bytes, error !== undefined);
        for (const { bucket } of parts) {
          getOrInsert(buckets, bucket.partition, () => new Map<number, Bucket>()).set(bucket.start, bucket);
        }
        options.onObject({ ...stored, error, faults });
      }
    },
  );
  partial ||= options.isStopped();
  await options.onRead?.();
  const alerts = await alertsOf(
    [...buckets.values()].map((of) => [...of.values()]),
    options,
    partial,
  );
  return { alerts, totals, partial };
}

interface Outcome {
  readonly stored: StoredObject;
  readonly read: ReadObject;
  /** from an earlier run */
  readonly isKnown: boolean;
}

/** Reads those that no earlier run has read. */
async function readBatch(
  batch: readonly StoredObject[],
  { reading, memory, readFiles }: ReplayOptions,
): Promise<Outcome[]> {
  const outcomes = new Map<StoredObject, Outcome>();
  const unread: StoredObject[] = [];
  for (const stored of batch) {
    const known = memory?.recall(stored);
    if (known === undefined) unread.push(stored);
    else outcomes.set(stored, { stored, read: { ...known, error: undefined, faults: [] }, isKnown: true });
  }
  if (unread.length > 0) {
    const areFiles = unread.every(({ isFile }) => isFile);
    const read = areFiles && readFiles !== undefined ? await readFiles(unread) : await readObjects(unread, reading);
    unread.forEach((stored, index) => {
      outcomes.set(stored, { stored, read: read[index]!, isKnown: false });
    });
  }
  return batch.map((stored) => outcomes.get(stored)!);
}

/** Stores the tallies of an object, and remembers it for the next run. */
async function keep(
  stored: StoredObject,
  { counts, parts, error }: ReadObject,
  isKnown: boolean,
  { reading, store, memory }: ReplayOptions,
): Promise<void> {
  for (const part of parts) await store.putTally(bucketKey(part.bucket, reading.rule), part, NEVER);
  if (!isKnown && error === undefined) await memory?.remember(stored, { counts, parts });
}

async function alertsOf(
  partitions: readonly Bucket[][],
  { reading, store, concurrency }: ReplayOptions,
  partial: boolean,
): Promise<Alert[]> {
  const { rule } = reading;
  // A tumbling window never leaves its bucket; a burst may, so a partition's buckets are then read together.
  const groups = crossesBuckets(rule) ? partitions : partitions.flat().map((bucket) => [bucket]);
  const detections: Detection[] = [];
  // One by one: as arguments of one call they would have to fit on the stack.
  for (const group of groups)
    for (const detection of await detectionsIn(group, rule, store)) detections.push(detection);
  const evidence = await gatherEvidence(detections, { reading, concurrency: concurrency ?? OBJECTS_AT_A_TIME });
  const recurrences = recurrencesOf(detections, evidence, rule, minOf(partitions.flat().map(({ start }) => start)));
  return detections
    .map((detection) => {
      const of = { evidence: evidence.get(detection)!, recurrence: recurrences.get(detection) };
      return buildAlert({ detection, ...of, rule: ruleOf(detection, rule), partial });
    })
    .sort(newestFirst);
}

/** What the deployed detector remembers from alert to alert, within what was read. */
function recurrencesOf(
  detections: readonly Detection[],
  evidence: ReadonlyMap<Detection, Evidence>,
  rule: RuleParameters,
  since: number,
): Map<Detection, Recurrence | undefined> {
  const recurrences = new Map<Detection, Recurrence | undefined>();
  const earlier = new Map<string, EarlierAlerts>();
  for (const detection of [...detections].sort((a, b) => a.start - b.start)) {
    const { name } = identityOfActor(detection.actor);
    const id = alertIdOf(ruleOf(detection, rule), detection.start, detection.actor);
    const traits = traitsOfAlert(id, detection, evidence.get(detection)!);
    const all = addAlerts(earlier.get(name) ?? NO_EARLIER_ALERTS, [traits]);
    earlier.set(name, all);
    recurrences.set(detection, recurrenceOf(traits, all, 'replay', since));
  }
  return recurrences;
}

/** An object to replay and the size it has in store, in bytes. */
export interface StoredObject {
  readonly object: ObjectRef;
  readonly bytes: number;
  /** differs when the content does; absent where unknown */
  readonly version?: string | undefined;
  /** a local file, which has the same bytes for every reader */
  readonly isFile?: boolean | undefined;
}

/** Counts of one object. */
export interface ObjectCounts extends SkippedCounts {
  readonly records: number;
  readonly matchedCalls: number;
  readonly faults: number;
  /** the excepted ones by the name of the exception */
  readonly exceptedBy: ReadonlyMap<string, number>;
}

/** All that a replay needs of an object it has read. */
export interface RememberedObject {
  readonly counts: ObjectCounts;
  readonly parts: readonly TallyPart[];
}

export interface ReadObject extends RememberedObject {
  readonly error: RegionsweepError | undefined;
  readonly faults: readonly RecordFault[];
}

/** Reads objects, one after the other. What they say depends on nothing but them and how they are read. */
export async function readObjects(
  objects: readonly StoredObject[],
  reading: ReadOptions,
): Promise<readonly ReadObject[]> {
  const read: ReadObject[] = [];
  for (const { object } of objects) {
    const { reading: one, parts } = await readTallies(object, reading);
    read.push({ counts: countsOf(one), parts, error: one.error, faults: one.faults });
  }
  return read;
}

function countsOf({ records, matchedCalls, faults, skipped, exceptedBy }: ObjectReading): ObjectCounts {
  return { records, matchedCalls: matchedCalls.length, faults: faults.length, ...skipped, exceptedBy };
}

/** Files read together: enough that handing them on costs little, few enough that Ctrl-C takes effect soon. */
const MAX_FILES = 64;

const MAX_BYTES = 1024 * 1024;

/** Files together, up to a number and a size; every other object by itself, since it may be slow. */
export async function* inBatches(objects: AsyncIterable<StoredObject>): AsyncIterable<StoredObject[]> {
  let files: StoredObject[] = [];
  let bytes = 0;
  for await (const stored of objects) {
    const isFull = files.length === MAX_FILES || bytes + stored.bytes > MAX_BYTES;
    if (files.length > 0 && (isFull || stored.isFile !== true)) {
      yield files;
      files = [];
      bytes = 0;
    }
    if (stored.isFile === true) {
      files.push(stored);
      bytes += stored.bytes;
    } else {
      yield [stored];
    }
  }
  if (files.length > 0) yield files;
}

export interface ReplayTotals extends ObjectCounts {
  readonly objects: number;
  /** objects that could not be read, or not to their end */
  readonly failedObjects: number;
  readonly bytes: number;
}

/** What a replay counts, summed up over its objects. */
export class Totals implements ReplayTotals {
  objects = 0;
  failedObjects = 0;
  bytes = 0;
  records = 0;
  matchedCalls = 0;
  faults = 0;
  unattributed = 0;
  ignoredRegion = 0;
  outsideTime = 0;
  excepted = 0;
  unplaceable = 0;
  readonly exceptedBy = new Map<string, number>();

  /** @param bytes of the object, as stored */
  add(counts: ObjectCounts, bytes: number, failed: boolean): void {
    this.objects += 1;
    this.failedObjects += failed ? 1 : 0;
    this.bytes += bytes;
    this.records += counts.records;
    this.matchedCalls += counts.matchedCalls;
    this.faults += counts.faults;
    this.unattributed += counts.unattributed;
    this.ignoredRegion += counts.ignoredRegion;
    this.outsideTime += counts.outsideTime;
    this.excepted += counts.excepted;
    this.unplaceable += counts.unplaceable;
    for (const [name, count] of counts.exceptedBy) {
      this.exceptedBy.set(name, getOrInsert(this.exceptedBy, name, () => 0) + count);
    }
  }
}
