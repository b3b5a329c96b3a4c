import { DefectError, RegionsweepError, reasonOf } from '../errors';
import { type ObjectRef, objectName } from '../ports';
import { type InflateOptions, inflateObject } from './object-bytes';
import type { LiteralSearch } from './scanner/literal-search';
import { RecordScanner, type RecordSink } from './scanner/record-scanner';

export interface ScannedObject {
  readonly records: number;
  readonly bytes: number;
  readonly error: RegionsweepError | undefined;
}

/**
 * Scans one object to its end or first fault. Neither its contents nor its absence make it throw.
 * @param sink also receives what comes before a fault
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

/** A record that triggers a defect of ours must not affect other objects. */
function defectOf(name: string, cause: unknown): DefectError {
  const reason = reasonOf(cause);
  return new DefectError(`${name}: an internal error (${reason}); please report it with the object`, { cause });
}
