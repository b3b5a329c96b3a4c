import { type Detection, findDetections } from '../detection/detections';
import { type Bucket, bucketKey, LIVE, type Scope } from '../detection/keys';
import type { RuleParameters } from '../detection/rule';
import { decodeTally, encodeTally, mergeTallies, type TallyPart, tallyCalls } from '../detection/tally';
import type { ObjectRef } from '../ports';
import { type ObjectReading, type ReadOptions, readObject } from '../trail/object-reader';
import type { StateStore } from './store';

/** Reads an object, and makes its tallies: also of what it said before a fault. */
export async function readTallies(
  object: ObjectRef,
  reading: ReadOptions,
): Promise<{ reading: ObjectReading; parts: TallyPart[] }> {
  const read = await readObject(object, reading);
  const tallies = tallyCalls(object, read.matchedCalls, reading.rule);
  return { reading: read, parts: tallies.flatMap((tally) => encodeTally(tally)) };
}

/**
 * Reads an object and puts its tallies into the ledger.
 * @param expiresAt UTC epoch second from which the ledger may forget it
 * @returns the reading, and what was put there
 * @throws LedgerError
 */
export async function tallyObject(
  object: ObjectRef,
  reading: ReadOptions,
  store: StateStore,
  expiresAt: number,
  scope: Scope = LIVE,
): Promise<{ reading: ObjectReading; parts: TallyPart[] }> {
  const read = await readTallies(object, reading);
  for (const part of read.parts) {
    await store.putTally(bucketKey(part.bucket, reading.rule, scope), part, expiresAt);
  }
  return read;
}

/** The hits in what the ledger holds of these buckets, each read once and all merged. */
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
