import { type Detection, findDetections } from '../detection/detections';
import { type Bucket, bucketKey, LIVE } from '../detection/keys';
import type { RuleParameters } from '../detection/rule';
import { decodeTally, encodeTally, mergeTallies, type TallyPart, tallyCalls } from '../detection/tally';
import type { ObjectRef } from '../ports';
import { type ObjectReading, type ReadOptions, readObject } from '../trail/object-reader';
import { type StateStore, TALLY_SECONDS } from './store';

/** An object as it was read, and its tallies: also of what it said before a fault. */
export interface TalliedObject {
  readonly reading: ObjectReading;
  readonly parts: readonly TallyPart[];
}

export async function readTallies(object: ObjectRef, reading: ReadOptions): Promise<TalliedObject> {
  const read = await readObject(object, reading);
  const tallies = tallyCalls(object, read.matchedCalls, reading.rule);
  return { reading: read, parts: tallies.flatMap((tally) => encodeTally(tally)) };
}

/**
 * Reads an object and puts its tallies into the state store.
 * @param now UTC epoch second, from which they live TALLY_SECONDS
 * @throws StateStoreError
 */
export async function tallyObject(
  object: ObjectRef,
  reading: ReadOptions,
  store: StateStore,
  now: number,
  scope = LIVE,
): Promise<TalliedObject> {
  const tallied = await readTallies(object, reading);
  for (const part of tallied.parts) {
    await store.putTally(bucketKey(part.bucket, reading.rule, scope), part, now + TALLY_SECONDS);
  }
  return tallied;
}

/** The detections in what the state store holds of these buckets, each read once and all merged. */
export async function detectionsIn(
  buckets: readonly Bucket[],
  rule: RuleParameters,
  store: StateStore,
): Promise<Detection[]> {
  const pages = await Promise.all(buckets.map((bucket) => store.read(bucketKey(bucket, rule))));
  return mergeTallies(pages.flatMap(({ parts }) => parts.map(decodeTally))).flatMap((activity) =>
    findDetections(activity, rule),
  );
}
