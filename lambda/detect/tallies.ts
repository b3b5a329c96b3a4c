import type { Ledger, ObjectRef } from '../ports';
import type { RuleParameters } from '../rule/rule';
import { type ObjectReading, type Reading, readObject } from '../trail/object-reader';
import { bucketKey, LIVE, type Scope } from '../window/bucket-key';
import { findHits, type Hit } from '../window/hits';
import { mergeTallies } from '../window/merge';
import type { Bucket } from '../window/partition';
import { tallySightings } from '../window/tally';
import { decodeTally, encodeTally, type TallyPart } from '../window/tally-encoding';

/** Reads an object, and makes its tallies: also of what it said before a fault. */
export async function readTallies(
  object: ObjectRef,
  reading: Reading,
): Promise<{ reading: ObjectReading; parts: TallyPart[] }> {
  const read = await readObject(object, reading);
  const tallies = tallySightings(object, read.sightings, reading.rule);
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
  reading: Reading,
  ledger: Ledger,
  expiresAt: number,
  scope: Scope = LIVE,
): Promise<{ reading: ObjectReading; parts: TallyPart[] }> {
  const read = await readTallies(object, reading);
  for (const part of read.parts) {
    await ledger.putTally(bucketKey(part.bucket, reading.rule, scope), part, expiresAt);
  }
  return read;
}

/** The hits in what the ledger holds of these buckets, each read once and all merged. */
export async function hitsIn(
  buckets: readonly Bucket[],
  rule: RuleParameters,
  ledger: Ledger,
): Promise<Hit[]> {
  const pages = await Promise.all(buckets.map((bucket) => ledger.read(bucketKey(bucket, rule))));
  return mergeTallies(pages.flatMap(({ parts }) => parts.map(decodeTally))).flatMap((activity) =>
    findHits(activity, rule),
  );
}
