import { RegionsweepError } from '../errors';
import { type InflateEngine, type ObjectRef, type ObjectSource, objectName } from '../ports';
import type { RuleParameters } from '../rule/rule';
import { inflated } from './inflated';
import { type RecordPosition, type RecordSink, scanRecords } from './record-scanner';
import { CALL_NEEDLE, type RecordReading, readSighting, type Sighting, type TrailRecord } from './sighting';

/** How objects are read. */
export interface Reading {
  readonly source: ObjectSource;
  readonly inflate: InflateEngine;
  /** most inflated bytes of one object */
  readonly limit: number;
  readonly rule: RuleParameters;
  /** UTC epoch seconds, `since` included and `until` not: sightings outside are passed over and counted */
  readonly since?: number | undefined;
  readonly until?: number | undefined;
}

/** What one object said. Where `error` is set the rest of it could not be read, and what came before still counts. */
export interface ObjectReading {
  readonly object: ObjectRef;
  /** all top-level records, whatever they are */
  readonly records: number;
  readonly sightings: readonly Sighting[];
  readonly kept: readonly KeptSighting[];
  readonly faults: readonly RecordFault[];
  readonly passedOver: PassedOver;
  readonly error: RegionsweepError | undefined;
}

export interface KeptSighting {
  readonly sighting: Sighting;
  readonly record: TrailRecord;
}

/** The rule's calls that are not counted, and why. */
export interface PassedOver {
  /** without an identity that could be told from others */
  readonly unattributed: number;
  readonly ignoredRegion: number;
  /** before `since` or not before `until` */
  readonly outsideTime: number;
}

/** A record that could not be placed. `reason` may quote it: hostile where it is shown. */
export interface RecordFault extends RecordPosition {
  readonly object: ObjectRef;
  readonly reason: string;
}

/**
 * Reads one object to its end or to its first fault. Nothing that the object holds, nor its absence, makes it throw.
 * @param keep the sightings whose records are wanted too, for evidence
 */
export async function readObject(
  object: ObjectRef,
  reading: Reading,
  keep: (sighting: Sighting) => boolean = () => false,
): Promise<ObjectReading> {
  let found: Found[] = [];
  const sink: RecordSink = {
    record: (record, at, text) => {
      const outcome = withinTime(readSighting(record, text, reading.rule), reading);
      if (outcome.kind === 'other') return;
      found.push(
        outcome.kind === 'sighting' && keep(outcome.sighting) ? { at, outcome, record } : { at, outcome },
      );
    },
    fault: (reason, at) => found.push({ at, outcome: { kind: 'fault', reason } }),
    restart: (from) => {
      found = found.filter(({ at }) => at.index < from);
    },
  };
  const scanner = scanRecords(objectName(object), [CALL_NEEDLE], sink);
  let error: RegionsweepError | undefined;
  try {
    const stored = reading.source.read(object);
    for await (const piece of inflated(stored, reading.inflate, objectName(object), reading.limit))
      scanner.push(piece);
    scanner.end();
  } catch (caught) {
    if (!(caught instanceof RegionsweepError)) throw caught;
    error = caught;
  }
  return { object, ...sorted(object, found), records: scanner.records, error };
}

/** A reading and, where it was asked for, what was read. */
interface Found {
  readonly at: RecordPosition;
  readonly outcome: Outcome;
  readonly record?: TrailRecord;
}

type Outcome = RecordReading | { readonly kind: 'outside-time' };

function withinTime(outcome: RecordReading, { since, until }: Reading): Outcome {
  if (outcome.kind !== 'sighting') return outcome;
  const { second } = outcome.sighting;
  const inside = second >= (since ?? second) && second < (until ?? Number.POSITIVE_INFINITY);
  return inside ? outcome : { kind: 'outside-time' };
}

function sorted(
  object: ObjectRef,
  found: readonly Found[],
): Omit<ObjectReading, 'object' | 'records' | 'error'> {
  const sightings: Sighting[] = [];
  const kept: KeptSighting[] = [];
  const faults: RecordFault[] = [];
  const passedOver = { unattributed: 0, ignoredRegion: 0, outsideTime: 0 };
  for (const { at, outcome, record } of found) {
    switch (outcome.kind) {
      case 'sighting':
        sightings.push(outcome.sighting);
        if (record !== undefined) kept.push({ sighting: outcome.sighting, record });
        break;
      case 'unattributed':
        passedOver.unattributed += 1;
        break;
      case 'ignored-region':
        passedOver.ignoredRegion += 1;
        break;
      case 'outside-time':
        passedOver.outsideTime += 1;
        break;
      case 'fault':
        faults.push({ ...at, object, reason: outcome.reason });
        break;
      case 'other':
        break;
    }
  }
  return { sightings, kept, faults, passedOver };
}
