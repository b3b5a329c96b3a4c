import type { Ledger, ObjectRef } from '../ports';
import type { RuleParameters } from '../rule/rule';
import { type ObjectReading, type Reading, readObject } from '../trail/object-reader';
import { bucketKey, LIVE, type Scope } from '../window/bucket-key';
import { findHits, type Hit } from '../window/hits';
import { mergeTallies } from '../window/merge';
import type { Bucket } from '../window/partition';
import { tallySightings } from '../window/tally';
import { decodeTally, encodeTally, type TallyPart } from '../window/tally-encoding';

/**
 * Reads an object and puts what it says into the ledger: also what it said before a fault.
 * @param expiresAt UTC epoch second from which the ledger may forget it
 * @returns the reading, the buckets it told something of, and what was put there
 * @throws LedgerError
 */
export async function tallyObject(
  object: ObjectRef,
  reading: Reading,
  ledger: Ledger,
  expiresAt: number,
  scope: Scope = LIVE,
): Promise<{ reading: ObjectReading; buckets: Bucket[]; parts: TallyPart[] }> {
  const read = await readObject(object, reading);
  const tallies = tallySightings(object, read.sightings, reading.rule);
  const parts = tallies.flatMap((tally) => encodeTally(tally));
  for (const part of parts) {
    await ledger.putTally(bucketKey(part.bucket, reading.rule, scope), part, expiresAt);
  }
  return { reading: read, buckets: tallies.map(({ bucket }) => bucket), parts };
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
