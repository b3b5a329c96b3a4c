import { CALL_LITERAL, type MatchedCall, type TrailRecord } from '../detection/classify';
import { DocumentError, RegionsweepError, reasonOf } from '../errors';
import { type ObjectListing, type ObjectRef, objectName, type RecordSearch } from '../ports';
import { type InflateOptions, inflateObject } from './object-bytes';
import { type CallOptions, ObjectCalls, type SkippedCounts } from './object-calls';
import { LiteralSearch } from './scanner/literal-search';
import { type RecordPosition, RecordScanner, type RecordSink } from './scanner/record-scanner';

export interface ReadOptions extends InflateOptions, CallOptions {
  /** lists the files near the objects, for evidence; without it there is no search in other files */
  readonly listing?: ObjectListing | undefined;
  /** searches objects for evidence, if it can; otherwise they are scanned */
  readonly records?: RecordSearch | undefined;
  /** identities after which the rest of an object is not read; at most about twice as many are kept */
  readonly maxActors?: number | undefined;
}

/** What one object holds. If `error` is set, it holds what came before the fault, which still counts. */
export interface ObjectReading {
  readonly object: ObjectRef;
  /** all top-level records, whatever they are */
  readonly records: number;
  readonly matchedCalls: readonly MatchedCall[];
  readonly faults: readonly RecordFault[];
  readonly skipped: SkippedCounts;
  /** the number of excluded ones, by the name of the exception */
  readonly exceptedBy: ReadonlyMap<string, number>;
  readonly error: RegionsweepError | undefined;
}

/** An invalid record. `reason` may quote it and is untrusted. */
export interface RecordFault extends RecordPosition {
  readonly object: ObjectRef;
  readonly reason: string;
}

/** Most invalid records of one object: a trail has none, and each takes memory. */
export const MAX_FAULTS = 10_000;

/** One for all objects: preparing it takes longer than scanning a small one. */
const CALL_SEARCH = new LiteralSearch([CALL_LITERAL]);

/** Reads one object to its end or first fault. Neither its contents nor its absence make it throw. */
export async function readObject(object: ObjectRef, options: ReadOptions): Promise<ObjectReading> {
  const calls = new ObjectCalls(options);
  const faults: RecordFault[] = [];
  const fault = (reason: string, { index, offset }: RecordPosition): void => {
    faults.push({ index, offset, object, reason });
    if (faults.length <= MAX_FAULTS) return;
    const what = `more than ${MAX_FAULTS} of its records cannot be placed, the last of them record ${index}`;
    throw new DocumentError(`${objectName(object)}: byte ${offset}: ${what}`);
  };
  const { maxActors = Number.POSITIVE_INFINITY } = options;
  let countedAt = maxActors;
  const record = (value: TrailRecord, at: RecordPosition, text: () => string): void => {
    const reason = calls.add(value, text);
    if (reason !== undefined) fault(reason, at);
    if (calls.matchedCalls.length <= countedAt) return;
    // Only now and then, since it takes long.
    countedAt *= 2;
    if (new Set(calls.matchedCalls.map(({ actor }) => actor)).size <= maxActors) return;
    const what = `more than ${maxActors} identities made the call in it`;
    throw new DocumentError(`${objectName(object)}: ${what}`);
  };
  const { records, error } = await scanObject(object, options, CALL_SEARCH, { record, fault });
  const { matchedCalls, skipped, exceptedBy } = calls;
  return { object, records, matchedCalls, faults, skipped, exceptedBy, error };
}

export interface ScannedObject {
  readonly records: number;
  /** inflated */
  readonly bytes: number;
  readonly error: RegionsweepError | undefined;
}

/** Scans one object to its end or first fault, never throws, and passes on what comes before a fault. */
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
    // A record that triggers a defect of ours must not affect other objects.
    const defect = `${name}: an internal error (${reasonOf(caught)}); please report it with the object`;
    error = caught instanceof RegionsweepError ? caught : new RegionsweepError(defect, { cause: caught });
  }
  return { records: scanner.records, bytes, error };
}
