import { CALL_LITERAL, callIdOf, matchCall, secondOf, type TrailRecord } from '../../detection/classify';
import { isIp } from '../../detection/ip';
import { type ObjectRef, type ObjectSource, objectName } from '../../ports';
import { filterCall } from '../../trail/object-calls';
import { type ReadOptions, type ScannedObject, scanObject } from '../../trail/object-reader';
import { restoreRecord } from '../../trail/scanner/envelopes';
import { LiteralSearch } from '../../trail/scanner/literal-search';
import { getOrInsert } from '../../util/values';
import { noteCall, type RecordedCall, readCall } from './call';
import { type Collector, MAX_VALUE_LENGTH } from './collector';
import { DetectionIndex, isWithin } from './detection-index';
import type { Neighbourhood } from './neighbours';

/** To search for more literals than these costs more than to parse everything. */
const MAX_LITERALS = 40;
const MAX_TIME_LITERALS = 16;

const SIGN_IN_LITERALS = ['"AssumeRole', '"ConsoleLogin"'];

const MAX_SIGN_INS = 20_000;

/** Calls that are remembered, so that a busy trail does not fill the memory. */
const MAX_CALLS = 500_000;

/** Reads objects, and passes their calls to the detections that these are evidence of. */
export class EvidenceSearch {
  private readonly index: DetectionIndex<Collector>;
  /** calls that begin a session, whenever they were made */
  private readonly beginnings: RecordedCall[] = [];
  /** a call is often in two objects, and an object is read twice */
  private readonly seen = new Set<string>();
  private line = Promise.resolve();

  constructor(
    private readonly options: ReadOptions,
    private readonly collectors: readonly Collector[],
    private readonly neighbourhood: Neighbourhood,
    private readonly turn?: (() => Promise<void>) | undefined,
  ) {
    this.index = new DetectionIndex(collectors);
  }

  /** @param literals every wanted record contains one of these */
  async read(object: ObjectRef, literals: Literals): Promise<Omit<ScannedObject, 'records'>> {
    const found = await this.options.records?.search(object, literals.all);
    if (found === undefined) {
      return scanObject(object, this.options, literals.search, {
        record: (record, _, text) => this.add(record, text),
        fault: () => undefined,
      });
    }
    // One object after the other, in the order in which they were asked for.
    this.line = this.line.then(() => this.addAll(found.records));
    await this.line;
    return { bytes: found.bytes, error: undefined };
  }

  private async addAll(records: readonly string[]): Promise<void> {
    for (const text of records) {
      this.add(restoreRecord(JSON.parse(text)), () => text);
      await this.turn?.();
    }
  }

  private add(record: TrailRecord, text: () => string): void {
    const { rule } = this.options;
    const second = secondOf(record.eventTime);
    if (second === undefined) return;
    if (!this.neighbourhood.covers(second) && !mayBegin(record.eventName)) return;
    const callId = callIdOf(record, text);
    if (this.seen.has(callId)) return;
    const isRoom = this.seen.size < MAX_CALLS;
    if (isRoom) this.seen.add(callId);
    const noted = noteCall(record, second, rule);
    const isMatchedCall = filterCall(matchCall(record, text, rule), record, this.options).kind === 'match';
    if (isRoom) this.neighbourhood.add(noted, isMatchedCall);
    const isBeginning = noted.issuedKey !== undefined || noted.name === 'ConsoleLogin';
    const collectors = noted.actor === undefined ? [] : this.index.around(noted.actor, second);
    if (!isBeginning && collectors.length === 0) return;
    const call = readCall(record, noted, callId);
    if (isBeginning && this.beginnings.length < MAX_SIGN_INS) this.beginnings.push(call);
    for (const collector of collectors) {
      const { start, end } = collector.detection;
      if (isMatchedCall && isWithin(second, { from: start, until: end })) collector.add(call);
      else collector.addAround(call, isMatchedCall);
    }
  }

  /** Gives each detection the calls that began its session: they may be of others, and may be hours old. */
  addSignIns(): void {
    const byKey = new Map<string, RecordedCall[]>();
    const byActor = new Map<string, RecordedCall[]>();
    for (const call of this.beginnings) {
      if (call.issuedKey !== undefined) getOrInsert(byKey, call.issuedKey, () => []).push(call);
      else if (call.actor !== undefined) getOrInsert(byActor, call.actor, () => []).push(call);
    }
    for (const collector of this.collectors) {
      const { counts, others, detection } = collector;
      for (const key of counts.values('accessKeyIds')) for (const call of byKey.get(key) ?? []) others.add(call);
      for (const call of byActor.get(detection.actor) ?? [])
        if (collector.openingOf([call.second]).size > 0) others.add(call);
    }
  }
}

function mayBegin(eventName: unknown): boolean {
  return typeof eventName === 'string' && (eventName === 'ConsoleLogin' || eventName.startsWith('AssumeRole'));
}

/** What to look for. The record scanner looks for less where it is too many. */
export interface Literals {
  readonly all: readonly string[];
  readonly search: LiteralSearch;
}

/** The record scanner is asked for few objects, and what it needs takes longer to make than to scan a small one. */
function looking(all: readonly string[], fewer: readonly string[] = all.length > MAX_LITERALS ? [] : all): Literals {
  let search: LiteralSearch | undefined;
  return {
    all,
    get search() {
      search ??= new LiteralSearch(fewer);
      return search;
    },
  };
}

export const CALL_LITERALS = looking([CALL_LITERAL]);

/** For records that belong to one of these detections; the record scanner gives all records where that is too much. */
export function searchFor(collectors: Iterable<Collector>): Literals {
  return looking(literalsOf(collectors));
}

/**
 * The same, and for the matched calls, where the detections may be many but near each other: then the record scanner gives
 * every record of their time, and what begins a session at any.
 */
export function searchAround(collectors: Iterable<Collector>, neighbourhood: Neighbourhood): Literals {
  const all = [CALL_LITERAL, ...literalsOf(collectors)];
  const times = neighbourhood.literals();
  if (all.length <= MAX_LITERALS || times.length > MAX_TIME_LITERALS) return looking(all);
  return looking(all, [CALL_LITERAL, ...times, ...SIGN_IN_LITERALS]);
}

/**
 * Texts of which a record of the detections' evidence has one: their actors, the keys that somebody may have issued, and
 * the addresses where others may have been.
 */
function literalsOf(collectors: Iterable<Collector>): string[] {
  const literals = new Set<string>();
  for (const { detection, counts } of collectors) {
    literals.add(literalOf(detection.actor));
    for (const key of counts.values('accessKeyIds')) literals.add(literalOf(key));
    for (const address of counts.values('sourceAddresses')) if (isIp(address)) literals.add(literalOf(address));
  }
  return [...literals];
}

/** ASCII that JSON never spells with a backslash of its own, as it may a slash; `\u00` escapes the search knows. */
const PLAIN = /[ !#-.0-[\]-~]/;

/** A text as JSON spells it, as far back from its end as there is only one way to. */
function literalOf(text: string): string {
  // What is as long as that was cut, and says nothing of its end.
  if (text.length >= MAX_VALUE_LENGTH) return '';
  let from = text.length;
  while (from > 0 && PLAIN.test(text[from - 1]!)) from--;
  return from === 0 ? `"${text}"` : `${text.slice(from)}"`;
}

/** Stored bytes that are kept in all, and of one object. */
const MAX_BYTES = 16 * 2 ** 20;
const MAX_OBJECT_BYTES = 2 ** 20;

/** Caches small objects that were slow to get, so that reading them again takes no request. */
export class CachedSource implements ObjectSource {
  private readonly objects = new Map<string, readonly Uint8Array[]>();
  private room = MAX_BYTES;

  constructor(private readonly source: ObjectSource) {}

  async *read(ref: ObjectRef): AsyncIterable<Uint8Array> {
    const name = objectName(ref);
    const known = this.objects.get(name);
    if (known !== undefined) {
      yield* known;
      return;
    }
    const pieces: Uint8Array[] = [];
    let size = 0;
    for await (const piece of this.source.read(ref)) {
      size += piece.length;
      if (size <= MAX_OBJECT_BYTES) pieces.push(piece);
      else pieces.length = 0;
      yield piece;
    }
    if (size > Math.min(MAX_OBJECT_BYTES, this.room)) return;
    this.room -= size;
    this.objects.set(name, pieces);
  }

  /** Releases the memory, and keeps nothing more. */
  clear(): void {
    this.objects.clear();
    this.room = 0;
  }
}
