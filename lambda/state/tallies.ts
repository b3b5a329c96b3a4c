import { bucketKey, LIVE } from '../detection/keys';
import { encodeTally, type TallyPart, tallyCalls } from '../detection/tally';
import type { ObjectRef } from '../ports';
import { type ObjectReading, type ReadOptions, readObject } from '../trail/object-reader';
import { type StateStore, TALLY_SECONDS } from './store';

/** An object as it was read, and its tallies: also of what it said before a fault. */
export interface TalliedObject {
  readonly reading: ObjectReading;
  readonly parts: readonly TallyPart[];
}

/**
 * Reads an object and puts its tallies into the state store.
 * @param now UTC epoch second, from which they live TALLY_SECONDS
 * @throws StateStoreError
 */
export async function tallyObject(
  object: ObjectRef,
  options: ReadOptions,
  store: StateStore,
  now: number,
  scope = LIVE,
): Promise<TalliedObject> {
  const reading = await readObject(object, options);
  const tallies = tallyCalls(object, reading.matchedCalls, options.rule);
  const parts = tallies.flatMap((tally) => encodeTally(tally));
  for (const part of parts)
    await store.putTally(bucketKey(part.bucket, options.rule, scope), part, now + TALLY_SECONDS);
  return { reading, parts };
}
