import { callerOf } from '../detection/caller';
import {
  CALL_LITERAL,
  MAX_ACTOR_LENGTH,
  type MatchedCall,
  matchCall,
  type RecordReading,
  type TrailRecord,
} from '../detection/classify';
import { type Exception, exceptionFor } from '../detection/exceptions';
import type { RuleParameters } from '../detection/rule';
import { DocumentError, type RegionsweepError } from '../errors';
import { type ObjectListing, type ObjectRef, objectName, type RecordSearch } from '../ports';
import type { InflateOptions } from './object-bytes';
import { scanObject } from './scan-object';
import { LiteralSearch } from './scanner/literal-search';
import type { RecordPosition } from './scanner/record-scanner';
import { ROW, type Row } from './scanner/simd/simd-scanner';

/** Which calls count. */
export interface CallOptions {
  readonly rule: RuleParameters;
  /** UTC epoch seconds, `since` included and `until` not: calls outside are skipped and counted */
  readonly since?: number | undefined;
  readonly until?: number | undefined;
  /** calls that one of these matches are skipped and counted */
  readonly exceptions?: readonly Exception[] | undefined;
  /** whether the actor of a call is its caller, for whoever groups calls afterwards; the rule groups by issuer then */
  readonly keepsCallers?: boolean | undefined;
}

/** How objects are read. */
export interface ReadOptions extends InflateOptions, CallOptions {
  /** lists the files near the objects, for evidence; without it none are looked for */
  readonly listing?: ObjectListing | undefined;
  /** searches objects for evidence, where it can; otherwise they are scanned */
  readonly records?: RecordSearch | undefined;
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
  /** of services, and of others whose identity CloudTrail does not tell */
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
  const calls = new ObjectCalls(options);
  const faults: RecordFault[] = [];
  const fault = (reason: string, { index, offset }: RecordPosition): void => {
    faults.push({ index, offset, object, reason });
    if (faults.length <= MAX_FAULTS) return;
    const what = `more than ${MAX_FAULTS} of its records cannot be placed, the last of them record ${index}`;
    throw new DocumentError(`${objectName(object)}: byte ${offset}: ${what}`, offset);
  };
  const record = (value: TrailRecord, at: RecordPosition, text: () => string): void => {
    const reason = calls.add(value, text);
    if (reason !== undefined) fault(reason, at);
  };
  const { records, error } = await scanObject(object, options, CALL_SEARCH, { record, fault });
  const { matchedCalls, skipped, exceptedBy } = calls;
  return { object, records, matchedCalls, faults, skipped, exceptedBy, error };
}

/** The rule's calls in one object: those that count, and how many do not. */
export class ObjectCalls {
  readonly matchedCalls: MatchedCall[] = [];
  readonly skipped = { unattributed: 0, ignoredRegion: 0, outsideTime: 0, excepted: 0, unplaceable: 0 };
  readonly exceptedBy = new Map<string, number>();
  isEmpty = true;
  /** whether more than a row decides */
  private readonly needsRecords: boolean;

  constructor(private readonly options: CallOptions) {
    const { rule, exceptions = [] } = options;
    this.needsRecords = rule.groupBy === 'issuer' || exceptions.length > 0;
  }

  /** @returns why a call of the rule cannot be placed */
  add(record: TrailRecord, text: () => string): string | undefined {
    const { rule, keepsCallers } = this.options;
    const reading = filterCall(matchCall(record, text, rule), record, this.options);
    if (keepsCallers !== true || reading.kind !== 'match') return this.count(reading);
    return this.count({ ...reading, matchedCall: { ...reading.matchedCall, actor: callerOf(record) } });
  }

  /** The same for a record that the SIMD scanner found. @returns false for what the record scanner must look at */
  addRow(row: Row): boolean {
    if (row.kind === ROW.PARSE || this.needsRecords || row.actor.length > MAX_ACTOR_LENGTH) {
      const { text } = row;
      return this.add(JSON.parse(text), () => text) === undefined;
    }
    const reading = this.readRow(row);
    return this.count(filterCall(reading, {}, this.options)) === undefined;
  }

  private readRow({ second, region, actor, callId }: Row): RecordReading {
    if (this.options.rule.ignoreRegions.includes(region)) return { kind: 'ignored-region', second };
    return { kind: 'match', matchedCall: { actor, region, second, callId } };
  }

  private count(reading: FilteredReading): string | undefined {
    if (reading.kind === 'other') return undefined;
    this.isEmpty = false;
    switch (reading.kind) {
      case 'match':
        this.matchedCalls.push(reading.matchedCall);
        break;
      case 'unattributed':
        this.skipped.unattributed += 1;
        break;
      case 'ignored-region':
        this.skipped.ignoredRegion += 1;
        break;
      case 'outside-time':
        this.skipped.outsideTime += 1;
        break;
      case 'excepted':
        this.skipped.excepted += 1;
        this.exceptedBy.set(reading.by, (this.exceptedBy.get(reading.by) ?? 0) + 1);
        break;
      case 'fault':
        this.skipped.unplaceable += 1;
        return reading.reason;
    }
    return undefined;
  }
}

type FilteredReading =
  | RecordReading
  | { readonly kind: 'outside-time' }
  | { readonly kind: 'excepted'; readonly by: string };

/** What was read of a record, unless its time or an exception keeps it from counting. */
export function filterCall(
  reading: RecordReading,
  record: TrailRecord,
  { since, until, exceptions }: Omit<CallOptions, 'rule'>,
): FilteredReading {
  if (reading.kind === 'other' || reading.kind === 'fault') return reading;
  const { second } = reading.kind === 'match' ? reading.matchedCall : reading;
  const isInside = second >= (since ?? second) && second < (until ?? Number.POSITIVE_INFINITY);
  if (!isInside) return { kind: 'outside-time' };
  if (reading.kind !== 'match') return reading;
  const exception = exceptionFor(exceptions, record);
  return exception === undefined ? reading : { kind: 'excepted', by: exception.name };
}
