import { CALL_LITERAL, type MatchedCall, matchCall, type RecordReading, type TrailRecord } from '../detection/classify';
import { type Exception, exceptionFor } from '../detection/exceptions';
import type { RuleParameters } from '../detection/rule';
import { DocumentError, type RegionsweepError } from '../errors';
import { type ObjectListing, type ObjectRef, objectName } from '../ports';
import type { InflateOptions } from './object-bytes';
import { scanObject } from './scan-object';
import { type RecordPosition, type RecordSink, takeBack } from './scanner/record-scanner';

/** How objects are read. */
export interface ReadOptions extends InflateOptions {
  readonly rule: RuleParameters;
  /** UTC epoch seconds, `since` included and `until` not: sightings outside are passed over and counted */
  readonly since?: number | undefined;
  readonly until?: number | undefined;
  /** sightings that one of these matches are passed over and counted */
  readonly exceptions?: readonly Exception[] | undefined;
  /** finds what else lies beside the objects, for evidence; without it nothing is looked for */
  readonly listing?: ObjectListing | undefined;
}

/** What one object said. Where `error` is set the rest of it could not be read, and what came before still counts. */
export interface ObjectReading {
  readonly object: ObjectRef;
  /** all top-level records, whatever they are */
  readonly records: number;
  readonly matchedCalls: readonly MatchedCall[];
  readonly kept: readonly KeptCall[];
  readonly faults: readonly RecordFault[];
  readonly skipped: SkippedCounts;
  /** the excepted ones among them, by the name of the exception */
  readonly exceptedBy: ReadonlyMap<string, number>;
  readonly error: RegionsweepError | undefined;
}

export interface KeptCall {
  readonly matchedCall: MatchedCall;
  readonly record: TrailRecord;
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
}

/** A record that could not be placed. `reason` may quote it: hostile where it is shown. */
export interface RecordFault extends RecordPosition {
  readonly object: ObjectRef;
  readonly reason: string;
}

/** Records of one object that may be no records: a trail has none, and memory for each is an attacker's to claim. */
export const MAX_FAULTS = 10_000;

/** One list for all objects: what is searched for is made ready once a list. */
const CALL_LITERALS = [CALL_LITERAL];

/**
 * Reads one object to its end or to its first fault. Nothing that the object holds, nor its absence, makes it throw.
 * @param keep the sightings whose records are wanted too, for evidence
 */
export async function readObject(
  object: ObjectRef,
  reading: ReadOptions,
  keep: (matchedCall: MatchedCall) => boolean = () => false,
): Promise<ObjectReading> {
  const found: Found[] = [];
  let faults = 0;
  const note = (one: Found): void => {
    found.push(one);
    if (one.outcome.kind !== 'fault') return;
    faults += 1;
    if (faults <= MAX_FAULTS) return;
    const { index, offset } = one.at;
    const what = `more than ${MAX_FAULTS} of its records cannot be placed, the last of them record ${index}`;
    throw new DocumentError(`${objectName(object)}: byte ${offset}: ${what}`, offset);
  };
  const sink: RecordSink = {
    record: (record, at, text) => {
      const outcome = counted(matchCall(record, text, reading.rule), record, reading);
      if (outcome.kind === 'other') return;
      note(outcome.kind === 'match' && keep(outcome.matchedCall) ? { at, outcome, record } : { at, outcome });
    },
    fault: (reason, at) => note({ at, outcome: { kind: 'fault', reason } }),
    restart: (from) => takeBack(found, from, ({ at }) => at.index),
  };
  const { records, error } = await scanObject(object, reading, CALL_LITERALS, sink);
  return { object, ...sorted(object, found), records, error };
}

/** A reading and, where it was asked for, what was read. */
interface Found {
  readonly at: RecordPosition;
  readonly outcome: Outcome;
  readonly record?: TrailRecord;
}

type Outcome = RecordReading | { readonly kind: 'outside-time' } | { readonly kind: 'excepted'; readonly by: string };

/** What was read, unless it is not to be counted here. */
export function counted(
  outcome: RecordReading,
  record: TrailRecord,
  { since, until, exceptions }: ReadOptions,
): Outcome {
  if (outcome.kind === 'other' || outcome.kind === 'fault') return outcome;
  const { second } = outcome.kind === 'match' ? outcome.matchedCall : outcome;
  const inside = second >= (since ?? second) && second < (until ?? Number.POSITIVE_INFINITY);
  if (!inside) return { kind: 'outside-time' };
  if (outcome.kind !== 'match') return outcome;
  const exception = exceptionFor(exceptions, record);
  return exception === undefined ? outcome : { kind: 'excepted', by: exception.name };
}

function sorted(object: ObjectRef, found: readonly Found[]): Omit<ObjectReading, 'object' | 'records' | 'error'> {
  const matchedCalls: MatchedCall[] = [];
  const kept: KeptCall[] = [];
  const faults: RecordFault[] = [];
  const skipped = { unattributed: 0, ignoredRegion: 0, outsideTime: 0, excepted: 0 };
  const exceptedBy = new Map<string, number>();
  for (const { at, outcome, record } of found) {
    switch (outcome.kind) {
      case 'match':
        matchedCalls.push(outcome.matchedCall);
        if (record !== undefined) kept.push({ matchedCall: outcome.matchedCall, record });
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
        faults.push({ ...at, object, reason: outcome.reason });
        break;
      case 'other':
        break;
    }
  }
  return { matchedCalls, kept, faults, skipped, exceptedBy };
}
