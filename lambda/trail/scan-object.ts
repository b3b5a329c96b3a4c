import { DefectError, RegionsweepError, reasonOf } from '../errors';
import { type ObjectRef, objectName } from '../ports';
import { type InflateOptions, inflateObject } from './object-bytes';
import type { LiteralSearch } from './scanner/literal-search';
import { RecordScanner, type RecordSink } from './scanner/record-scanner';

export interface ScannedObject {
  /** all top-level records */
  readonly records: number;
  /** inflated bytes */
  readonly bytes: number;
  /** why the rest could not be read */
  readonly error: RegionsweepError | undefined;
}

/**
 * Scans one object to its end or to its first fault. Nothing that the object holds, nor its absence, makes it throw.
 * @param sink is given what comes before a fault too
 */
export async function scanObject(
  object: ObjectRef,
  options: InflateOptions,
  search: LiteralSearch,
  sink: RecordSink,
): Promise<ScannedObject> {
  const name = objectName(object);
  const scanner = new RecordScanner(name, search, sink);
  let bytes = 0;
  let error: RegionsweepError | undefined;
  const take = (piece: Uint8Array) => {
    bytes += piece.length;
    scanner.push(piece);
  };
  try {
    await inflateObject(object, options, take);
    scanner.end();
  } catch (caught) {
    error = caught instanceof RegionsweepError ? caught : defectOf(name, caught);
  }
  return { records: scanner.records, bytes, error };
}

/** Whatever a record does to the code that reads it, other objects must not suffer. */
function defectOf(name: string, cause: unknown): DefectError {
  const reason = reasonOf(cause);
  return new DefectError(`${name}: a fault of regionsweep's own (${reason}); report it with the object`, { cause });
}
