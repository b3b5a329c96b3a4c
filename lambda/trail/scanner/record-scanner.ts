import { DocumentError } from '../../errors';
import { BYTE, EMPTY, kindOf, showByte, showText, TABLE, ValueSkipper } from './json-skipper';
import { LiteralSearch } from './literal-search';
import { SKIM_END, type Skimmer } from './simd/simd-skipper';
import { SpanBuffer } from './span-buffer';

const { QUOTE, COMMA, COLON, OPEN_ARRAY, CLOSE_ARRAY, OPEN_OBJECT, CLOSE_OBJECT } = BYTE;

const { SPACE, SCALAR, SCALAR_START } = TABLE;

/**
 * Most bytes of one record, key or number. CloudTrail cuts its records well below a megabyte; what is larger must be
 * held whole, and would take memory that nobody has bounded.
 */
export const MAX_RECORD_BYTES = 8 * 1024 * 1024;

/**
 * Finds the records of a CloudTrail document, and parses those that contain a needle.
 *
 * A document is one or more JSON objects or arrays, with or without white space between them: an envelope
 * `{"Records":[…]}`, a bare array of records, or a record by itself. On every valid document without a record larger
 * than RECORD_MOST the outcome is that of JSON.parse on all of it. The structure around the records is checked strictly;
 * within a record that is not parsed only strings and brackets are (see ValueSkipper). Invalid UTF-8 is read as U+FFFD.
 *
 * @param name how errors name the object
 * @param needles JSON source texts such as `"DescribeInstances"` with their quotes; with none every record is parsed
 * @param skimmer takes about a quarter of the time, most so if it is `skimmerFor` the same needles, and changes nothing else
 */
export function scanRecords(
  name: string,
  literals: readonly string[],
  sink: RecordSink,
  skimmer?: Skimmer,
): RecordScanner {
  return new Scanner(name, literals, sink, skimmer);
}

/**
 * One state machine, whose steps are read beside each other: so it stays one file, longer than others. What it is made
 * of has files of its own: states, strings and brackets, spans, search, the outer object, the skimmer.
 */
class Scanner implements RecordScanner {
  records = 0;
  private state: State = 'document';
  private chunk = EMPTY;
  /** Bytes before the current chunk. */
  private base = 0;
  private failure: { readonly error: unknown } | undefined;
  private documents = 0;
  /** The top-level object that is open, if one is. */
  private object: OuterObject | undefined;
  private inArray = false;
  /** First byte and offset of the array element that is open. */
  private elementFirst = 0;
  private elementOffset = 0;
  private readonly skipper = new ValueSkipper((index, reason) => this.fail(this.base + index, reason));
  /** The bytes of what is, or may turn out to be, a record. */
  private readonly held = new SpanBuffer();
  /** The bytes of a key of the outer object, or of a number or literal. */
  private readonly token = new SpanBuffer();
  private readonly search: LiteralSearch;
  /** Whether the skimmer finds the needles by itself. */
  private readonly skimmerSees: boolean;

  constructor(
    private readonly name: string,
    literals: readonly string[],
    private readonly sink: RecordSink,
    private readonly skimmer: Skimmer | undefined,
  ) {
    this.search = new LiteralSearch(literals);
    this.skimmerSees = skimmer?.isFor(literals) === true;
  }

  push(chunk: Uint8Array): void {
    this.guarded(() => this.scan(Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength)));
  }

  end(): void {
    this.guarded(() => {
      if (this.state !== 'document') this.fail(this.base, `cut short: expected ${EXPECTED[this.state]}`);
      if (this.documents === 0) this.fail(this.base, 'empty: expected CloudTrail records as JSON');
    });
  }

  private guarded(work: () => void): void {
    if (this.failure !== undefined) throw this.failure.error;
    try {
      work();
    } catch (error) {
      this.failure = { error };
      throw error;
    }
  }

  private scan(chunk: Buffer): void {
    this.chunk = chunk;
    this.search.enter(chunk);
    this.skipper.enter(chunk);
    this.skimmer?.enter(chunk);
    for (let i = 0; i < chunk.length; ) i = this.step(i);
    this.bound(this.held.carry(chunk));
    this.bound(this.token.carry(chunk));
    this.base += chunk.length;
  }

  /** Does what stands at index `i`. @returns the index to go on from */
  private step(i: number): number {
    const byte = this.chunk[i]!;
    switch (this.state) {
      case 'in-value':
        return this.inValue(i);
      case 'in-key':
        return this.inKey(i);
      case 'in-scalar':
        return this.inScalar(i);
      case 'mark-2':
        return this.expect(0xbb, i, 'mark-3');
      case 'mark-3':
        return this.expect(0xbf, i, 'document');
      default:
        return SPACE[byte] === 1 ? i + 1 : this.structure(byte, i);
    }
  }

  private structure(byte: number, i: number): number {
    switch (this.state) {
      case 'first-element':
        return byte === CLOSE_ARRAY ? this.endArray(i) : this.element(byte, i);
      case 'element':
        return this.element(byte, i);
      case 'after-element':
        if (byte === CLOSE_ARRAY) return this.endArray(i);
        return this.expect(COMMA, i, 'element');
      case 'first-key':
        return byte === CLOSE_OBJECT ? this.endObject(i) : this.key(i);
      case 'key':
        return this.key(i);
      case 'colon':
        return this.expect(COLON, i, 'member');
      case 'member':
        return this.member(byte, i);
      case 'after-member':
        if (byte === CLOSE_OBJECT) return this.endObject(i);
        return this.expect(COMMA, i, 'key');
      default:
        return this.document(byte, i);
    }
  }

  private document(byte: number, i: number): number {
    if (byte === 0xef && this.base + i === 0) {
      this.state = 'mark-2';
      return i + 1;
    }
    this.documents++;
    if (byte === OPEN_OBJECT) {
      this.object = new OuterObject(this.base + i, this.records);
      this.held.begin(i);
      this.state = 'first-key';
    } else if (byte === OPEN_ARRAY) {
      this.inArray = true;
      this.state = 'first-element';
    } else {
      this.unexpected(i);
    }
    return i + 1;
  }

  private expect(byte: number, i: number, next: State): number {
    if (this.chunk[i] !== byte) this.unexpected(i);
    this.state = next;
    return i + 1;
  }

  private element(byte: number, i: number): number {
    if (byte === OPEN_OBJECT && this.skimmer !== undefined) return this.skim(this.skimmer, i);
    return this.anyElement(byte, i);
  }

  /** Leaves to the skimmer what it can pass over; the record where it stops, if there is one, is read here. */
  private skim(skimmer: Skimmer, i: number): number {
    const end = skimmer.skim(i, this.skimmerSees ? this.chunk.length : this.search.nextFrom(i));
    const { stop, behind } = skimmer;
    this.records += skimmer.records;
    if (end === SKIM_END.AT_RECORD) return this.anyElement(OPEN_OBJECT, stop);
    this.state = 'after-element';
    if (end === SKIM_END.BEHIND_RECORD) return stop;
    this.held.begin(stop);
    this.endRecord(this.base + stop, behind);
    return behind;
  }

  private anyElement(byte: number, i: number): number {
    this.elementFirst = byte;
    this.elementOffset = this.base + i;
    if (byte === OPEN_OBJECT) this.held.begin(i);
    return this.value(byte, i);
  }

  private value(byte: number, i: number): number {
    if (byte === OPEN_OBJECT || byte === OPEN_ARRAY || byte === QUOTE) {
      this.skipper.begin(byte);
      this.state = 'in-value';
      return this.inValue(i + 1);
    }
    if (SCALAR_START[byte] === 0) this.unexpected(i);
    this.token.begin(i);
    this.state = 'in-scalar';
    return this.inScalar(i + 1);
  }

  private inValue(i: number): number {
    const behind = this.skipper.skip(i);
    if (behind < 0) return this.chunk.length;
    this.endValue(behind);
    return behind;
  }

  private inScalar(i: number): number {
    let behind = i;
    while (behind < this.chunk.length && SCALAR[this.chunk[behind]!] === 1) behind++;
    if (behind === this.chunk.length) return behind;
    this.token.resolve(this.chunk, behind);
    const { bytes, from, to } = this.token;
    this.bound(to - from);
    try {
      JSON.parse(bytes.toString('latin1', from, to));
    } catch (cause) {
      this.fail(this.base + behind, 'the value before this is no number, true, false or null', cause);
    }
    this.endValue(behind);
    return behind;
  }

  private endValue(behind: number): void {
    if (!this.inArray) {
      this.state = 'after-member';
      return;
    }
    this.state = 'after-element';
    if (this.elementFirst === OPEN_OBJECT) {
      this.endRecord(this.elementOffset, behind);
    } else {
      const at = { index: this.records++, offset: this.elementOffset };
      this.sink.fault(`${kindOf(this.elementFirst)} where a record should be`, at);
    }
  }

  private endRecord(offset: number, behind: number): void {
    const { held } = this;
    held.resolve(this.chunk, behind);
    const { bytes, from, to } = held;
    this.bound(to - from);
    const index = this.records++;
    // To look ahead for needles is dearer than to skim.
    const alone = held.carried || (this.inArray && this.skimmerSees);
    const { search } = this;
    if (!(alone ? search.alone(bytes, from, to) : search.within(from, to))) return;
    let text: string;
    let value: Record<string, unknown>;
    try {
      text = bytes.toString('utf8', from, to);
      value = JSON.parse(text);
    } catch (cause) {
      this.records--;
      this.fail(offset, `record ${index} is no valid JSON`, cause);
    }
    this.sink.record(value, { index, offset }, () => text);
  }

  private key(i: number): number {
    if (this.chunk[i] !== QUOTE) this.unexpected(i);
    this.token.begin(i);
    this.skipper.begin(QUOTE);
    this.state = 'in-key';
    return this.inKey(i + 1);
  }

  private inKey(i: number): number {
    const behind = this.skipper.skip(i);
    if (behind < 0) return this.chunk.length;
    this.token.resolve(this.chunk, behind);
    const { bytes, from, to } = this.token;
    this.bound(to - from);
    try {
      this.object!.sawKey(bytes, from, to, this.skipper.escaped);
    } catch (cause) {
      this.fail(this.base + behind, 'the key before this is no JSON string', cause);
    }
    this.state = 'colon';
    return this.chunk[behind] === COLON ? this.expect(COLON, behind, 'member') : behind;
  }

  private member(byte: number, i: number): number {
    const object = this.object!;
    if (!object.atRecords) return this.value(byte, i);
    // From here on the object can be no record itself.
    this.bound(this.held.drop(i));
    if (object.records !== 'none') {
      this.records = object.firstIndex;
      this.sink.restart(object.firstIndex);
    }
    object.recordsOffset = this.base + i;
    object.records = byte === OPEN_ARRAY ? 'array' : kindOf(byte);
    if (byte !== OPEN_ARRAY) return this.value(byte, i);
    this.inArray = true;
    this.state = 'first-element';
    return i + 1;
  }

  private endArray(i: number): number {
    this.inArray = false;
    this.state = this.object === undefined ? 'document' : 'after-member';
    return i + 1;
  }

  private endObject(i: number): number {
    const object = this.object!;
    if (object.records === 'none') {
      if (!object.isRecord) this.fail(object.offset, object.stranger());
      this.endRecord(object.offset, i + 1);
    } else if (object.records !== 'array') {
      this.fail(object.recordsOffset, `not CloudTrail: "Records" is ${object.records}, expected an array`);
    }
    this.object = undefined;
    this.state = 'document';
    return i + 1;
  }

  /** Holds a record, or what may be one, to the bound, wherever its edges fall in chunks. */
  private bound(length: number): void {
    if (length <= MAX_RECORD_BYTES) return;
    const offset = this.inArray ? this.elementOffset : (this.object?.offset ?? this.base);
    this.fail(offset, `record ${this.records} is larger than ${MAX_RECORD_BYTES} bytes, as none of CloudTrail's is`);
  }

  private unexpected(i: number): never {
    return this.fail(this.base + i, `expected ${EXPECTED[this.state]}, found ${showByte(this.chunk[i]!)}`);
  }

  private fail(offset: number, reason: string, cause?: unknown): never {
    const options = cause === undefined ? {} : { cause };
    throw new DocumentError(`${this.name}: byte ${offset}: ${reason}`, offset, options);
  }
}

/** What a scan expects next: around records, within an outer object's members, or inside one key or value. */
export type State =
  | 'document'
  | 'mark-2'
  | 'mark-3'
  | 'first-element'
  | 'element'
  | 'after-element'
  | 'first-key'
  | 'key'
  | 'in-key'
  | 'colon'
  | 'member'
  | 'after-member'
  | 'in-value'
  | 'in-scalar';

/** The same in the words of an error. */
export const EXPECTED: Readonly<Record<State, string>> = {
  document: 'an object or an array',
  'mark-2': 'the rest of a byte order mark',
  'mark-3': 'the rest of a byte order mark',
  'first-element': "a record or ']'",
  element: 'a record',
  'after-element': "',' or ']' after a record",
  'first-key': "a key or '}'",
  key: 'a key',
  'in-key': 'the end of a key',
  colon: "':' after a key",
  member: 'a value',
  'after-member': "',' or '}' after a value",
  'in-value': 'the end of a value',
  'in-scalar': 'the end of a value',
};

/** Any of these at its top level makes an object without `Records` a record. */
const RECORD_KEYS = new Set(['eventVersion', 'eventName', 'eventSource', 'eventTime', 'eventID']);

/** Keys kept to say what was found instead. */
const SHOWN_KEYS = 8;

const LETTER_R = 0x52;

/** A top-level object while it is read: an envelope, a record by itself, or neither, as its keys will tell. */
export class OuterObject {
  /** Whether the last key was `Records`. */
  atRecords = false;
  /** What the last `Records` holds: `none` before there is one, `array`, else the kind of value in words. */
  records = 'none';
  /** Byte offset of that value. */
  recordsOffset = 0;
  /** Whether one of a record's own keys was met. */
  isRecord = false;
  private readonly keys: string[] = [];

  /**
   * @param offset byte offset of its first byte
   * @param firstIndex the records of the document before it
   */
  constructor(
    readonly offset: number,
    readonly firstIndex: number,
  ) {}

  /**
   * Takes the key in `bytes[from..to)`, quotes included.
   * @throws SyntaxError when it has an escape that JSON refuses
   */
  sawKey(bytes: Buffer, from: number, to: number, escaped: boolean): void {
    this.atRecords = false;
    // Most keys of a record by itself can be neither `Records` nor news, and need no decoding.
    if (this.isRecord && !escaped && bytes[from + 1] !== LETTER_R) return;
    const source = bytes.toString('utf8', from, to);
    const key: string = escaped ? JSON.parse(source) : source.slice(1, -1);
    this.atRecords = key === 'Records';
    this.isRecord ||= RECORD_KEYS.has(key);
    if (this.keys.length <= SHOWN_KEYS) this.keys.push(key);
  }

  /** Why an object that is neither envelope nor record is refused. */
  stranger(): string {
    const shown = this.keys.slice(0, SHOWN_KEYS).map(showText).join(', ');
    const found = this.keys.length === 0 ? 'an empty object' : `an object with the keys ${shown}`;
    const more = this.keys.length > SHOWN_KEYS ? ' and more' : '';
    return (
      `not CloudTrail: expected "Records" or a record's keys, found ${found}${more}; ` +
      'digests, insights and other JSON do not belong here'
    );
  }
}

/** Where a record stands in its document. */
export interface RecordPosition {
  /** 0-based over all records of the document. */
  readonly index: number;
  /** Inflated byte offset of the record's first byte, a byte order mark included. */
  readonly offset: number;
}

/** Receives what the scanner finds, in document order, while `push` runs. What it throws ends the scan. */
export interface RecordSink {
  /** A record that contains one of the needles, or might behind a `\u00` escape, parsed; `text` gives its JSON text. */
  record(value: Record<string, unknown>, at: RecordPosition, text: () => string): void;
  /** An element that is no object. It counts as a record and is passed over. */
  fault(reason: string, at: RecordPosition): void;
  /** A later `Records` key replaces an earlier one, as in JSON.parse: forget all given from the index `from` on. */
  restart(from: number): void;
}

/** What a restart asks for, of a list in document order: from its end, so that many restarts go through it once. */
export function takeBack<T>(list: T[], from: number, indexOf: (item: T) => number): void {
  let kept = list.length;
  while (kept > 0 && indexOf(list[kept - 1]!) >= from) kept--;
  list.length = kept;
}

export interface RecordScanner {
  /**
   * Takes the next bytes, of any number; the memory may be reused afterwards.
   * @throws DocumentError at the first fault, and the same one ever after
   */
  push(chunk: Uint8Array): void;
  /** @throws DocumentError when the document is cut short or empty */
  end(): void;
  /** Records met so far, those without a needle and faults included. */
  readonly records: number;
}
