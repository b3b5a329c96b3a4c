import { type Alert, buildAlert, newestFirst } from '../alert/alert';
import { gatherEvidence } from '../alert/evidence/gather';
import { entry } from '../collections';
import type { RegionsweepError } from '../errors';
import { inOrder } from '../in-order';
import type { Ledger } from '../ports';
import type { Reading, RecordFault } from '../trail/object-reader';
import { bucketKey } from '../window/bucket-key';
import type { Hit } from '../window/hits';
import type { Bucket } from '../window/partition';
import {
  inBatches,
  type ReadObject,
  type RememberedObject,
  readObjects,
  type StoredObject,
} from './replay-objects';
import { type ReplayTotals, Totals } from './replay-totals';
import { hitsIn } from './tallies';

/** Objects, or batches of files, under way at a time: enough to read ahead of the inflater, and little memory. */
const OBJECTS_AT_A_TIME = 8;

/** A local replay's ledger ends with its process. */
const NEVER = Number.POSITIVE_INFINITY;

export interface ReplayOptions {
  readonly reading: Reading;
  readonly ledger: Ledger;
  /** told of each object, in their order */
  readonly onObject: (event: ReplayedObject) => void;
  /** true once no further object shall be begun */
  readonly isStopped: () => boolean;
  /** objects or batches under way at a time, where the default is not enough to hide how far away they are */
  readonly concurrency?: number | undefined;
  /** reads local files, on other threads say, as `readObjects` would: one outcome for each, in their order */
  readonly readFiles?: ((files: readonly StoredObject[]) => Promise<readonly ReadObject[]>) | undefined;
  /** called once every object was read, before evidence is looked for: then `readFiles` is done with */
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
          entry(buckets, bucket.partition, () => new Map<number, Bucket>()).set(bucket.start, bucket);
        }
        options.onObject({ ...stored, error, faults });
      }
    },
  );
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
    const read =
      areFiles && readFiles !== undefined ? await readFiles(unread) : await readObjects(unread, reading);
    unread.forEach((stored, index) => {
      outcomes.set(stored, { stored, read: read[index]!, isKnown: false });
    });
  }
  return batch.map((stored) => outcomes.get(stored)!);
}

/** Puts what an object says where the hits are looked for, and notes it for the next run. */
async function keep(
  stored: StoredObject,
  { counts, parts, error }: ReadObject,
  isKnown: boolean,
  { reading, ledger, memory }: ReplayOptions,
): Promise<void> {
  for (const part of parts) await ledger.putTally(bucketKey(part.bucket, reading.rule), part, NEVER);
  if (!isKnown && error === undefined) await memory?.remember(stored, { counts, parts });
}

async function alertsOf(
  partitions: readonly Bucket[][],
  { reading, ledger, concurrency }: ReplayOptions,
  partial: boolean,
): Promise<Alert[]> {
  const { rule } = reading;
  // A tumbling window never leaves its bucket; a burst may, so a partition's buckets are then read together.
  const groups = rule.windowing === 'tumbling' ? partitions.flat().map((bucket) => [bucket]) : partitions;
  const hits: Hit[] = [];
  // One by one: as arguments of one call they would have to fit on the stack.
  for (const group of groups) for (const hit of await hitsIn(group, rule, ledger)) hits.push(hit);
  const evidence = await gatherEvidence(hits, reading, concurrency ?? OBJECTS_AT_A_TIME);
  return hits.map((hit) => buildAlert(hit, evidence.get(hit)!, rule, partial)).sort(newestFirst);
}
