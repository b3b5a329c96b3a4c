import { CALL_LITERAL, matchCall, type TrailRecord } from '../../detection/classify';
import type { Detection } from '../../detection/detections';
import { isIp } from '../../detection/ip';
import type { RegionsweepError } from '../../errors';
import { type ObjectRef, type ObjectSource, objectName } from '../../ports';
import { filterCall, type ReadOptions } from '../../trail/object-reader';
import { type ScannedObject, scanObject } from '../../trail/scan-object';
import { LiteralSearch } from '../../trail/scanner/literal-search';
import { getOrInsert, parseInstant } from '../../util/values';
import { type SeenCall, seenCallOf } from './call';
import { type Collector, LONGEST_VALUE } from './collector';
import type { Neighbourhood } from './neighbours';

/** Searching for more texts than this costs more than parsing everything. */
const MAX_LITERALS = 40;

const MAX_TIMES = 16;

const ALWAYS = [CALL_LITERAL, '"AssumeRole', '"ConsoleLogin"'];

const MAX_SIGN_INS = 20_000;

/** The clocks of a sign-in's record and of the session it began differ by less. */
const SAME_SIGN_IN_SECONDS = 120;

/** Opens objects and gives what they hold to the detections it is about. */
export class ObjectSearch {
  /** inflated so far; what is read once more counts once */
  bytes = 0;
  /** calls that begin a session, whenever they were made */
  private readonly beginnings: SeenCall[] = [];

  constructor(
    private readonly reading: ReadOptions,
    private readonly index: DetectionIndex,
    private readonly neighbourhood: Neighbourhood,
  ) {}

  /**
   * Opens an object that tells of a hit for the calls the rule counts. They say what else to look for in it.
   * @returns why it could not be read to its end
   */
  async openForCalls(object: ObjectRef): Promise<RegionsweepError | undefined> {
    const { bytes, error } = await this.read(object, [CALL_LITERAL]);
    this.bytes += bytes;
    return error;
  }

  /**
   * Opens it once more for what lies around the calls.
   * @param needles texts of which every wanted record has one
   * @returns why it could not be read to its end
   */
  async openAround(object: ObjectRef, literals: ReadonlySet<string>): Promise<RegionsweepError | undefined> {
    const wanted = literals.size > MAX_LITERALS ? this.literalsAt() : [...literals];
    return (await this.read(object, wanted)).error;
  }

  /**
   * Opens an object that tells of no call of the hits.
   * @param needles texts of which every wanted record has one; of too many every record is looked at
   * @returns why it could not be read to its end
   */
  async openBeside(object: ObjectRef, literals: ReadonlySet<string>): Promise<RegionsweepError | undefined> {
    const { bytes, error } = await this.read(object, literals.size > MAX_LITERALS ? [] : [...literals]);
    this.bytes += bytes;
    return error;
  }

  /** Where the hits are many but near each other: every record of their time, and what begins a session at any. */
  private literalsAt(): string[] {
    const times = this.neighbourhood.literals();
    return times.length > MAX_TIMES ? [] : [...times, ...ALWAYS];
  }

  private read(object: ObjectRef, literals: readonly string[]): Promise<ScannedObject> {
    return scanObject(object, this.reading, new LiteralSearch(literals), {
      record: (record, _, text) => this.take(record, text),
      fault: () => undefined,
    });
  }

  private take(record: TrailRecord, text: () => string): void {
    const second = typeof record.eventTime === 'string' ? parseInstant(record.eventTime) : undefined;
    if (second === undefined) return;
    if (!this.neighbourhood.covers(second) && !isBeginning(record)) return;
    const call = seenCallOf(record, second, text, this.reading.rule);
    const matchedCall = matchCall(record, text, this.reading.rule);
    const isMatchedCall = filterCall(matchedCall, record, this.reading).kind === 'match';
    if (this.beginnings.length < MAX_SIGN_INS && (call.issuedKey !== undefined || isLogin(call))) {
      this.beginnings.push(call);
    }
    this.neighbourhood.add(call, isMatchedCall);
    if (call.actor === undefined) return;
    for (const collector of this.index.around(call.actor, call.second)) {
      if (!isWithin(collector.detection, call.second)) collector.others.add(call);
      else if (isMatchedCall) collector.add(call);
      else collector.others.add(call);
    }
  }

  /** Gives each hit the calls that began its session: they may be of others, and may be hours old. */
  settleSignIns(collectors: readonly Collector[]): void {
    const byKey = new Map<string, SeenCall[]>();
    const byActor = new Map<string, SeenCall[]>();
    for (const call of this.beginnings) {
      if (call.issuedKey !== undefined) getOrInsert(byKey, call.issuedKey, () => []).push(call);
      else if (call.actor !== undefined) getOrInsert(byActor, call.actor, () => []).push(call);
    }
    for (const collector of collectors) {
      for (const key of collector.counts.values('accessKeyIds')) {
        for (const call of byKey.get(key) ?? []) collector.others.add(call);
      }
      const created = [...collector.counts.values('sessionsCreated')].map(parseInstant);
      for (const call of byActor.get(collector.detection.actor) ?? []) {
        const isItsOwn = created.some((second) => Math.abs((second ?? 0) - call.second) <= SAME_SIGN_IN_SECONDS);
        if (isItsOwn) collector.others.add(call);
      }
    }
  }
}

function isBeginning({ eventName }: TrailRecord): boolean {
  return typeof eventName === 'string' && (eventName === 'ConsoleLogin' || eventName.startsWith('AssumeRole'));
}

function isLogin({ name }: SeenCall): boolean {
  return name === 'ConsoleLogin';
}

const [QUOTE, SLASH, BACKSLASH] = [0x22, 0x2f, 0x5c];

/**
 * Texts of which a record has one that tells something of these hits: their actors, the keys that somebody may have
 * handed out, and the addresses where others may have been.
 */
export function literalsOf(collectors: Iterable<Collector>): ReadonlySet<string> {
  const literals = new Set<string>();
  for (const { detection, counts } of collectors) {
    literals.add(literalOf(detection.actor));
    for (const key of counts.values('accessKeyIds')) literals.add(literalOf(key));
    for (const address of counts.values('sourceAddresses')) if (isIp(address)) literals.add(literalOf(address));
  }
  return literals;
}

/** A text in JSON, as far back from its end as JSON spells it one way only, but for what the scanner knows. */
function literalOf(text: string): string {
  // What is as long as that was cut, and says nothing of its end.
  if (text.length >= LONGEST_VALUE) return '';
  let from = text.length;
  while (from > 0 && isPlain(text.charCodeAt(from - 1))) from--;
  return from === 0 ? `"${text}"` : `${text.slice(from)}"`;
}

/** Whether it is ASCII that is never behind a backslash of its own; a slash may be. */
function isPlain(code: number): boolean {
  return code >= 0x20 && code < 0x7f && code !== QUOTE && code !== SLASH && code !== BACKSLASH;
}

/** What lies this far before and behind a hit belongs to its evidence. */
export const AROUND_SECONDS = 300;

/** Finds the hits a record may tell of, without going through all of them. */
export class DetectionIndex {
  private readonly byActor = new Map<string, Collector[]>();
  private readonly longest: number;

  constructor(collectors: Iterable<Collector>) {
    let longest = 0;
    for (const collector of collectors) {
      const { actor, start, end } = collector.detection;
      getOrInsert(this.byActor, actor, () => []).push(collector);
      longest = Math.max(longest, end - start);
    }
    this.longest = longest;
    for (const own of this.byActor.values()) own.sort((a, b) => a.detection.start - b.detection.start);
  }

  /** The actor's hits with `second` in them or no further away than evidence goes. */
  *around(actor: string, second: number): Iterable<Collector> {
    const own = this.byActor.get(actor);
    if (own === undefined) return;
    for (let at = firstFrom(own, second - this.longest - AROUND_SECONDS); at < own.length; at++) {
      const { detection } = own[at]!;
      if (detection.start - AROUND_SECONDS > second) return;
      if (second < detection.end + AROUND_SECONDS) yield own[at]!;
    }
  }
}

/** The first that starts at `second` or later. */
function firstFrom(own: readonly Collector[], second: number): number {
  let low = 0;
  let high = own.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (own[middle]!.detection.start < second) low = middle + 1;
    else high = middle;
  }
  return low;
}

export function isWithin({ start, end }: Detection, second: number): boolean {
  return second >= start && second < end;
}

/** Stored bytes that are remembered in all, and of one object. */
const MAX_BYTES = 16 * 2 ** 20;

const MAX_OF_ONE = 2 ** 20;

/** A source that remembers what it took time to get, so that reading it once more asks nobody. */
export class RememberedSource implements ObjectSource {
  /** Of what can be had without waiting nothing is remembered. */
  readonly readSync?: (ref: ObjectRef) => Uint8Array | undefined;
  private readonly known = new Map<string, readonly Uint8Array[]>();
  private room = MAX_BYTES;

  constructor(private readonly source: ObjectSource) {
    if (source.readSync !== undefined) this.readSync = (ref) => source.readSync!(ref);
  }

  async *read(ref: ObjectRef): AsyncIterable<Uint8Array> {
    const name = objectName(ref);
    const known = this.known.get(name);
    if (known !== undefined) {
      yield* known;
      return;
    }
    const pieces: Uint8Array[] = [];
    let size = 0;
    for await (const piece of this.source.read(ref)) {
      size += piece.length;
      if (size <= MAX_OF_ONE) pieces.push(piece);
      else pieces.length = 0;
      yield piece;
    }
    if (size > Math.min(MAX_OF_ONE, this.room)) return;
    this.room -= size;
    this.known.set(name, pieces);
  }

  /** Gives the memory back, and remembers nothing more. */
  forget(): void {
    this.known.clear();
    this.room = 0;
  }
}
