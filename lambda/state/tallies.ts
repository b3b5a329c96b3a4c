import { bucketKey, LIVE } from '../detection/store-keys';
import { decodeTally, encodeTally, tallyCalls } from '../detection/tally';
import { DocumentError } from '../errors';
import { type ObjectRef, objectName } from '../ports';
import { type ReadOptions, readObject } from '../trail/object-reader';
import { decoded, type StateStore, TALLY_SECONDS } from './store';

/** Most identities with matched calls in one object: a hundred times what a trail has. */
export const MAX_ACTORS = 10_000;

/**
 * Reads an object and adds its tallies to the state store.
 * @param now UTC epoch second; tallies expire TALLY_SECONDS later
 * @throws StateStoreError; DocumentError for more identities than a bucket can be evaluated with
 */
export async function tallyObject(
  object: ObjectRef,
  options: ReadOptions,
  store: StateStore,
  now: number,
  scope = LIVE,
) {
  const reading = await readObject(object, { ...options, maxActors: MAX_ACTORS });
  if (new Set(reading.matchedCalls.map(({ actor }) => actor)).size > MAX_ACTORS) {
    throw new DocumentError(`${objectName(object)}: more than ${MAX_ACTORS} identities made the call in it`);
  }
  const tallies = tallyCalls(object, reading.matchedCalls, options.rule);
  const parts = tallies.flatMap((tally) => encodeTally(tally));
  for (const part of parts) {
    await store.putTally(bucketKey(part.bucket, options.rule, scope), part, now + TALLY_SECONDS);
  }
  return { reading, parts };
}

/** The tallies and items under a partition key. @throws StateStoreError that names a tally that cannot be decoded */
export async function readBucket(store: StateStore, partitionKey: string) {
  const { parts, items } = await store.read(partitionKey);
  const tallies = parts.map((part) => decoded({ partitionKey, sortKey: part.sortKey }, () => decodeTally(part)));
  return { tallies, items };
}
