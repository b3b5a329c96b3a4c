import { DefectError, RegionsweepError, reasonOf } from '../errors';
import { type ObjectRef, objectName } from '../ports';
import { giveText, type Inflating } from './inflated';
import { scanRecords } from './record-scanner';
import type { RecordSink } from './record-sink';
import { CALL_NEEDLE } from './sighting';
import { skimmerFor } from './skim/skimmer';

/** An instance is kept as long as the process lives; other needles than the rule's are texts of anybody's. */
const SKIMMED = [CALL_NEEDLE];

/**
 * Goes through one object to its end or to its first fault. Nothing that the object holds, nor its absence, makes it
 * throw.
 * @param needles as `scanRecords` takes them
 * @returns all top-level records, the inflated bytes, and why the rest could not be read
 */
export async function scanObject(
  object: ObjectRef,
  inflating: Inflating,
  needles: readonly string[],
  sink: RecordSink,
): Promise<{ records: number; bytes: number; error: RegionsweepError | undefined }> {
  const skimmer = skimmerFor(SKIMMED);
  const scanner = scanRecords(objectName(object), needles, sink, skimmer);
  let bytes = 0;
  let error: RegionsweepError | undefined;
  const take = (piece: Uint8Array) => {
    bytes += piece.length;
    scanner.push(piece);
  };
  try {
    // What is inflated where it is skimmed need not be copied there.
    await giveText(object, inflating, take, skimmer?.area);
    scanner.end();
  } catch (caught) {
    error = caught instanceof RegionsweepError ? caught : defect(objectName(object), caught);
  }
  return { records: scanner.records, bytes, error };
}

/** Whatever a record does to the code that reads it, other objects must not suffer. */
function defect(name: string, cause: unknown): DefectError {
  const reason = reasonOf(cause);
  return new DefectError(`${name}: a fault of regionsweep's own (${reason}); report it with the object`, {
    cause,
  });
}
