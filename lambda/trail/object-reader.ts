import { callerOf } from '../detection/caller';
import { CALL_LITERAL, type MatchedCall, matchCall, type RecordReading, type TrailRecord } from '../detection/classify';
import { type Exception, exceptionFor } from '../detection/exceptions';
import type { RuleParameters } from '../detection/rule';
import { DocumentError, type RegionsweepError } from '../errors';
import { type ObjectListing, type ObjectRef, objectName } from '../ports';
import type { InflateOptions } from './object-bytes';
import { scanObject } from './scan-object';
import { LiteralSearch } from './scanner/literal-search';
import type { RecordPosition } from './scanner/record-scanner';

/** How objects are read. */
export interface ReadOptions extends InflateOptions {
  readonly rule: RuleParameters;
  /** UTC epoch seconds, `since` included and `until` not: calls outside are skipped and counted */
  readonly since?: number | undefined;
  readonly until?: number | undefined;
  /** calls that one of these matches are skipped and counted */
  readonly exceptions?: readonly Exception[] | undefined;
  /** whether the actor of a call is its caller, for whoever groups calls afterwards; the rule groups by issuer then */
  readonly keepsCallers?: boolean | undefined;
  /** lists the files near the objects, for evidence; without it none are looked for */
  readonly listing?: ObjectListing | undefined;
}

/** What one object holds. Where `error` is set the rest of it could not be read, and what came before still counts. */
export interface ObjectReading {
  readonly object: ObjectRef;
  /** all top-level records, whatever they are */
  readonly records: number;
  readonly matchedCalls: readonly MatchedCall[];
  readonly faults: readonly RecordFault[];
  readonly skipped: SkippedCounts;
  /** the excepted ones among them, by the name of the exception */
  readonly exceptedBy: ReadonlyMap<string, number>;
  readonly error: RegionsweepError | undefined;
}

/** The rule's calls that are not counted, and why. */
export interface SkippedCounts {
  /** without an identity that could be told from others */
  readonly unattributed: number;
  readonly ignoredRegion: number;
  /** before `since` or not before `until` */
  readonly outsideTime: number;
  /** of an exception */
  readonly excepted: number;
  /** with a fault in the time, the region or the identity */
  readonly unplaceable: number;
}

/** A record that could not be placed. `reason` may quote it: hostile where it is shown. */
export interface RecordFault extends RecordPosition {
  readonly object: ObjectRef;
  readonly reason: string;
}

/** Records of one object that may be no records: a trail has none, and memory for each is an attacker's to claim. */
export const MAX_FAULTS = 10_000;

/** One for all objects: to prepare it takes longer than to scan a small one. */
const CALL_SEARCH = new LiteralSearch([CALL_LITERAL]);

/** Reads one object to its end or to its first fault. Nothing that the object holds, nor its absence, makes it throw. */
export async function readObject(object: ObjectRef, options: ReadOptions): Promise<ObjectReading> {
  const matchedCalls: MatchedCall[] = [];
  const faults: RecordFault[] = [];
  const skipped = { unattributed: 0, ignoredRegion: 0, outsideTime: 0, excepted: 0, unplaceable: 0 };
  const exceptedBy = new Map<string, number>();
  const fault = (reason: string, { index, offset }: RecordPosition): void => {
    faults.push({ index, offset, object, reason });
    if (faults.length <= MAX_FAULTS) return;
    const what = `more than ${MAX_FAULTS} of its records cannot be placed, the last of them record ${index}`;
    throw new DocumentError(`${objectName(object)}: byte ${offset}: ${what}`, offset);
  };
  const record = (value: TrailRecord, at: RecordPosition, text: () => string): void => {
    const outcome = filterCall(matchCall(value, text, options.rule), value, options);
    switch (outcome.kind) {
      case 'match':
        matchedCalls.push(
          options.keepsCallers === true ? { ...outcome.matchedCall, actor: callerOf(value) } : outcome.matchedCall,
        );
        break;
      case 'unattributed':
        skipped.unattributed += 1;
        break;
      case 'ignored-region':
        skipped.ignoredRegion += 1;
        break;
      case 'outside-time':
        skipped.outsideTime += 1;
        break;
      case 'excepted':
        skipped.excepted += 1;
        exceptedBy.set(outcome.by, (exceptedBy.get(outcome.by) ?? 0) + 1);
        break;
      case 'fault':
        skipped.unplaceable += 1;
        fault(outcome.reason, at);
        break;
      case 'other':
        break;
    }
  };
  const { records, error } = await scanObject(object, options, CALL_SEARCH, { record, fault });
  return { object, records, matchedCalls, faults, skipped, exceptedBy, error };
}

type FilteredReading =
  | RecordReading
  | { readonly kind: 'outside-time' }
  | { readonly kind: 'excepted'; readonly by: string };

/** What was read of a record, unless its time or an exception keeps it from counting. */
export function filterCall(
  reading: RecordReading,
  record: TrailRecord,
  { since, until, exceptions }: Pick<ReadOptions, 'since' | 'until' | 'exceptions'>,
): FilteredReading {
  if (reading.kind === 'other' || reading.kind === 'fault') return reading;
  const { second } = reading.kind === 'match' ? reading.matchedCall : reading;
  const isInside = second >= (since ?? second) && second < (until ?? Number.POSITIVE_INFINITY);
  if (!isInside) return { kind: 'outside-time' };
  if (reading.kind !== 'match') return reading;
  const exception = exceptionFor(exceptions, record);
  return exception === undefined ? reading : { kind: 'excepted', by: exception.name };
}
