import { callerOf } from '../detection/caller';
import {
  MAX_ACTOR_LENGTH,
  type MatchedCall,
  matchCall,
  type RecordReading,
  type TrailRecord,
} from '../detection/classify';
import { type Exception, exceptionFor } from '../detection/exceptions';
import type { RuleParameters } from '../detection/rule';
import { addTo } from '../util/values';
import { ROW, type Row } from './scanner/simd/simd-scanner';

export interface CallOptions {
  readonly rule: RuleParameters;
  /** UTC epoch seconds, `since` included and `until` excluded: calls outside are skipped and counted */
  readonly since?: number | undefined;
  readonly until?: number | undefined;
  /** calls that match one of these are skipped and counted */
  readonly exceptions?: readonly Exception[] | undefined;
  /** whether the actor of a call is its caller, to be grouped later; then the rule must group by issuer */
  readonly keepsCallers?: boolean | undefined;
}

/** The rule's calls that are not counted, and why. */
export interface SkippedCounts {
  /** of services, and of identities that CloudTrail does not name */
  readonly unattributed: number;
  readonly ignoredRegion: number;
  /** before `since` or not before `until` */
  readonly outsideTime: number;
  readonly excepted: number;
  /** with a fault in the time, the region or the identity */
  readonly unplaceable: number;
}

/** The rule's calls in one object: those that count, and how many do not. */
export class ObjectCalls {
  readonly matchedCalls: MatchedCall[] = [];
  readonly skipped = { unattributed: 0, ignoredRegion: 0, outsideTime: 0, excepted: 0, unplaceable: 0 };
  readonly exceptedBy = new Map<string, number>();
  isEmpty = true;
  /** whether the SIMD scanner's row is not enough to decide */
  private readonly needsRecords: boolean;

  constructor(private readonly options: CallOptions) {
    const { rule, exceptions = [] } = options;
    this.needsRecords = rule.groupBy === 'issuer' || exceptions.length > 0;
  }

  /** @returns why a matched call is an invalid record */
  add(record: TrailRecord, text: () => string): string | undefined {
    const { rule, keepsCallers } = this.options;
    const reading = filterCall(matchCall(record, text, rule), record, this.options);
    if (keepsCallers !== true || reading.kind !== 'match') return this.count(reading);
    return this.count({ ...reading, matchedCall: { ...reading.matchedCall, actor: callerOf(record) } });
  }

  /** The same for a record that the SIMD scanner found. @returns false if the record scanner must read it */
  addRow(row: Row): boolean {
    if (row.kind === ROW.PARSE || this.needsRecords || row.actor.length > MAX_ACTOR_LENGTH) {
      const { text } = row;
      return this.add(JSON.parse(text), () => text) === undefined;
    }
    const reading = this.readRow(row);
    return this.count(filterCall(reading, {}, this.options)) === undefined;
  }

  private readRow({ second, region, actor, callId }: Row): RecordReading {
    if (this.options.rule.ignoreRegions.includes(region)) return { kind: 'ignoredRegion', second };
    return { kind: 'match', matchedCall: { actor, region, second, callId } };
  }

  private count(reading: FilteredReading): string | undefined {
    if (reading.kind === 'other') return undefined;
    this.isEmpty = false;
    if (reading.kind === 'match') {
      this.matchedCalls.push(reading.matchedCall);
      return undefined;
    }
    this.skipped[reading.kind === 'fault' ? 'unplaceable' : reading.kind] += 1;
    if (reading.kind === 'excepted') addTo(this.exceptedBy, reading.by);
    return reading.kind === 'fault' ? reading.reason : undefined;
  }
}

type FilteredReading =
  | RecordReading
  | { readonly kind: 'outsideTime' }
  | { readonly kind: 'excepted'; readonly by: string };

/** The call of a record, or why its time or an exception excludes it. */
export function filterCall(
  reading: RecordReading,
  record: TrailRecord,
  { since, until, exceptions }: Omit<CallOptions, 'rule'>,
): FilteredReading {
  if (reading.kind === 'other' || reading.kind === 'fault') return reading;
  const { second } = reading.kind === 'match' ? reading.matchedCall : reading;
  const isInside = second >= (since ?? second) && second < (until ?? Number.POSITIVE_INFINITY);
  if (!isInside) return { kind: 'outsideTime' };
  if (reading.kind !== 'match') return reading;
  const exception = exceptionFor(exceptions, record);
  return exception === undefined ? reading : { kind: 'excepted', by: exception.name };
}
