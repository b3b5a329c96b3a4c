import type { TrailRecord } from '../../detection/classify';
import { DocumentError } from '../../errors';
import { beginsWithRecordKey, isRecord, mayBeNotification, restoreRecord, TopLevelObject, unwrap } from './envelopes';
import { BYTE, EMPTY, kindOf, showByte, TABLE, ValueSkipper } from './json-skipper';
import type { LiteralSearch } from './literal-search';
import { SpanBuffer } from './span-buffer';

const { QUOTE, COMMA, COLON, OPEN_ARRAY, CLOSE_ARRAY, OPEN_OBJECT, CLOSE_OBJECT } = BYTE;
const { SPACE, SCALAR, SCALAR_START } = TABLE;

/** Most bytes of one record, key or number. CloudTrail's are far smaller; an attacker's would fill the memory. */
export const MAX_RECORD_BYTES = 8 * 1024 * 1024;

export interface RecordPosition {
  /** 0-based over all records of the document and anything in their place. */
  readonly index: number;
  /** Inflated byte offset of the record's first byte, a byte order mark included. */
  readonly offset: number;
}

/** Receives what the scanner finds, in document order, during `push`. What it throws ends the scan. */
export interface RecordSink {
  /** A parsed record that contains a literal, may hide one, or came out of an envelope; `text` is its JSON. */
  record(value: TrailRecord, at: RecordPosition, text: () => string): void;
  /** Something else in the place of a record; it is skipped. */
  fault(reason: string, at: RecordPosition): void;
}

/** What a scan expects next, for errors: around records, within a top-level object, in a key or value. */
const EXPECTED = {
  document: 'an object or an array',
  mark: 'the rest of a byte order mark',
  'mark-end': 'the rest of a byte order mark',
  'line-start': 'an object after the time of a line',
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
} as const;

type State = keyof typeof EXPECTED;

/** What a log line has before its record: a time, and perhaps the name of a log stream. */
const LINE_START = /^\d{4}-\d\d-\d\d[T ]\d\d:\d\d[^"[\]{}]*$/;
const MAX_LINE_START = 1024;

/** Something that is no record, kept until a record shows that the document is CloudTrail's. */
const MAX_STRANGERS = 10_000;

const LINE_FEED = 0x0a;

/**
 * Finds the records of a CloudTrail document, and parses those that contain a literal.
 *
 * A document is one or more JSON values, with or without white space between them, each perhaps after the time of a log
 * line: an envelope (`{"Records":[…]}` or one of envelopes.ts), an array of records or envelopes, or a single record. On
 * every valid document the outcome equals that of JSON.parse, except that a record larger than MAX_RECORD_BYTES, or a
 * second list of records in one object, is a fault of the document. A value that is neither record nor envelope is a fault
 * by itself; a document of nothing else is not CloudTrail's. The structure around the records is checked strictly; within a
 * record that is not parsed only strings and brackets are (see ValueSkipper). Invalid UTF-8 is read as U+FFFD.
 *
 * It is one state machine, so one file.
 */
export class RecordScanner {
  /** Records so far, including those without a literal. */
  records = 0;
  /** The same, and anything in their place. */
  private elements = 0;
  private readonly strangers: (readonly [what: string, at: RecordPosition])[] = [];
  private state: State = 'document';
  private chunk = EMPTY;
  private base = 0;
  private documents = 0;
  private object: TopLevelObject | undefined;
  private keyOffset = 0;
  private inArray = false;
  /** First byte and offset of the open element or line. */
  private elementFirst = 0;
  private elementOffset = 0;
  private readonly valueSkipper = new ValueSkipper((index, reason) => this.fail(this.base + index, reason));
  /** The bytes of a record, or of what may turn out to be one. */
  private readonly recordSpan = new SpanBuffer();
  /** The bytes of a key of the top-level object, of a number or literal, or of the start of a line. */
  private readonly tokenSpan = new SpanBuffer();

  /** @param search for the literals; records without one are not parsed */
  constructor(
    private readonly name: string,
    private readonly search: LiteralSearch,
    private readonly sink: RecordSink,
  ) {}

  /** Scans the next bytes; the memory may be reused afterwards. @throws DocumentError at the first fault */
  push(bytes: Uint8Array): void {
    const chunk = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.chunk = chunk;
    this.search.enter(chunk);
    this.valueSkipper.enter(chunk);
    for (let i = 0; i < chunk.length; ) i = this.step(i);
    this.bound(this.recordSpan.carry(chunk));
    this.bound(this.tokenSpan.carry(chunk));
    this.base += chunk.length;
  }

  /** @throws DocumentError if the document is cut short or empty, or holds anything but records */
  end(): void {
    this.chunk = EMPTY;
    if (this.state === 'line-start') this.endLine(0);
    if (this.state !== 'document') this.fail(this.base, `cut short: expected ${EXPECTED[this.state]}`);
    if (this.documents === 0) this.fail(this.base, 'empty: expected CloudTrail records as JSON');
    this.requireRecord();
  }

  /** Handles the byte at index `i`. @returns the index to continue from */
  private step(i: number): number {
    const byte = this.chunk[i]!;
    switch (this.state) {
      case 'in-value':
        return this.inValue(i);
      case 'in-key':
        return this.inKey(i);
      case 'in-scalar':
        return this.inScalar(i);
      case 'mark':
        return this.expect(0xbb, i, 'mark-end');
      case 'mark-end':
        return this.expect(0xbf, i, 'document');
      case 'line-start':
        return this.lineStart(i);
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
    // Each of several joined files has a byte order mark.
    if (byte === 0xef) {
      this.state = 'mark';
      return i + 1;
    }
    this.documents++;
    if (byte === OPEN_OBJECT) {
      this.object = new TopLevelObject(this.base + i);
      this.recordSpan.begin(i);
      this.state = 'first-key';
    } else if (byte === OPEN_ARRAY) {
      this.inArray = true;
      this.state = 'first-element';
    } else if (byte === QUOTE) {
      return this.element(byte, i);
    } else if (byte >= 0x30 && byte <= 0x39) {
      this.elementFirst = byte;
      this.elementOffset = this.base + i;
      this.tokenSpan.begin(i);
      this.state = 'line-start';
    } else {
      this.unexpected(i);
    }
    return i + 1;
  }

  /** Skips the start of a line before its record, or a line without one. */
  private lineStart(i: number): number {
    const { chunk } = this;
    const limit = Math.min(chunk.length, this.elementOffset + MAX_LINE_START - this.base);
    for (let at = i; at < limit; at++) {
      const byte = chunk[at];
      if (byte !== OPEN_OBJECT && byte !== LINE_FEED) continue;
      this.endLine(at);
      if (byte === LINE_FEED) return at + 1;
      // The document follows.
      this.documents--;
      return at;
    }
    if (limit < chunk.length) this.found(this.elementFirst, this.elementOffset, 'document');
    return chunk.length;
  }

  private endLine(end: number): void {
    this.tokenSpan.resolve(this.chunk, end);
    const { bytes, from, to } = this.tokenSpan;
    const isLine = LINE_START.test(bytes.toString('latin1', from, to));
    if (!isLine) this.found(this.elementFirst, this.elementOffset, 'document');
    if (this.chunk[end] !== OPEN_OBJECT) this.stranger('a line without JSON', this.elementOffset);
    this.state = 'document';
  }

  private expect(byte: number, i: number, next: State): number {
    if (this.chunk[i] !== byte) this.unexpected(i);
    this.state = next;
    return i + 1;
  }

  private element(byte: number, i: number): number {
    this.elementFirst = byte;
    this.elementOffset = this.base + i;
    if (byte === OPEN_OBJECT || byte === OPEN_ARRAY || byte === QUOTE) this.recordSpan.begin(i);
    return this.value(byte, i);
  }

  private value(byte: number, i: number): number {
    if (byte === OPEN_OBJECT || byte === OPEN_ARRAY || byte === QUOTE) {
      this.valueSkipper.begin(byte);
      this.state = 'in-value';
      return this.inValue(i + 1);
    }
    if (SCALAR_START[byte] === 0) this.unexpected(i);
    this.tokenSpan.begin(i);
    this.state = 'in-scalar';
    return this.inScalar(i + 1);
  }

  private inValue(i: number): number {
    const end = this.valueSkipper.skip(i);
    if (end < 0) return this.chunk.length;
    this.endValue(end);
    return end;
  }

  private inScalar(i: number): number {
    let end = i;
    while (end < this.chunk.length && SCALAR[this.chunk[end]!] === 1) end++;
    if (end === this.chunk.length) return end;
    this.tokenSpan.resolve(this.chunk, end);
    const { bytes, from, to } = this.tokenSpan;
    this.bound(to - from);
    try {
      JSON.parse(bytes.toString('latin1', from, to));
    } catch (cause) {
      this.fail(this.base + end, 'the value before this is no number, true, false or null', { cause });
    }
    this.endValue(end);
    return end;
  }

  private endValue(end: number): void {
    if (this.object !== undefined && !this.inArray) {
      this.state = 'after-member';
      return;
    }
    this.state = this.inArray ? 'after-element' : 'document';
    const { elementFirst: first, elementOffset: offset } = this;
    if (first === OPEN_OBJECT) this.endRecord(offset, end, false);
    else if (first === OPEN_ARRAY || first === QUOTE) this.endOther(offset, end);
    else this.stranger(kindOf(first), offset);
  }

  /** @param isKnown whether the object is known to have a record's key */
  private endRecord(offset: number, end: number, isKnown: boolean): void {
    const { recordSpan, search } = this;
    recordSpan.resolve(this.chunk, end);
    const { bytes, from, to } = recordSpan;
    this.bound(to - from);
    // Nearly all begin with such a key; the others are parsed, which takes longer.
    const isPlain = (isKnown || beginsWithRecordKey(bytes, from)) && !mayBeNotification(bytes.subarray(from, to));
    const other = isPlain ? undefined : this.parse(offset);
    if (other !== undefined && !isRecord(other.value)) {
      this.giveInner(other.value, offset);
      return;
    }
    const isCandidate = recordSpan.isCopied ? search.isIn(bytes, from, to) : search.within(from, to);
    const { value, text } = other ?? (isCandidate ? this.parse(offset) : NOT_PARSED);
    const index = this.addRecord();
    if (isCandidate) this.sink.record(restoreRecord(value as TrailRecord), { index, offset }, () => text);
  }

  /** Ends a value that is not a record itself, but may hold some. */
  private endOther(offset: number, end: number): void {
    this.recordSpan.resolve(this.chunk, end);
    this.bound(this.recordSpan.to - this.recordSpan.from);
    this.giveInner(this.parse(offset).value, offset);
  }

  private giveInner(value: unknown, offset: number): void {
    for (const inner of unwrap(value)) {
      if (typeof inner === 'string') this.stranger(inner, offset);
      else this.sink.record(inner, { index: this.addRecord(), offset }, () => JSON.stringify(inner));
    }
  }

  private parse(offset: number): { readonly text: string; readonly value: unknown } {
    const { bytes, from, to } = this.recordSpan;
    try {
      const text = bytes.toString('utf8', from, to);
      return { text, value: JSON.parse(text) };
    } catch (cause) {
      this.fail(offset, `record ${this.elements} is no valid JSON`, { cause });
    }
  }

  /** @returns its index */
  private addRecord(): number {
    // The document is CloudTrail's, with other values in it.
    if (this.strangers.length > 0)
      for (const [what, at] of this.strangers.splice(0)) this.sink.fault(inWords(what), at);
    this.records += 1;
    return this.elements++;
  }

  private stranger(what: string, offset: number): void {
    const at = { index: this.elements++, offset };
    if (this.records > 0) this.sink.fault(inWords(what), at);
    else if (this.strangers.push([what, at]) > MAX_STRANGERS) this.requireRecord();
  }

  private requireRecord(): void {
    const [first] = this.strangers;
    if (first === undefined) return;
    const count = this.strangers.length > 1 ? `${this.strangers.length} times no record, first ` : '';
    const why = 'digests, insights and other JSON do not belong here';
    const [what, { offset }] = first;
    this.fail(offset, `not CloudTrail: expected "Records" or a record's keys, found ${count}${what}; ${why}`);
  }

  private key(i: number): number {
    if (this.chunk[i] !== QUOTE) this.unexpected(i);
    this.keyOffset = this.base + i;
    this.tokenSpan.begin(i);
    this.valueSkipper.begin(QUOTE);
    this.state = 'in-key';
    return this.inKey(i + 1);
  }

  private inKey(i: number): number {
    const end = this.valueSkipper.skip(i);
    if (end < 0) return this.chunk.length;
    this.tokenSpan.resolve(this.chunk, end);
    const { bytes, from, to } = this.tokenSpan;
    this.bound(to - from);
    const object = this.object!;
    try {
      object.addKey(bytes, from, to, this.valueSkipper.escaped);
    } catch (cause) {
      this.fail(this.base + end, 'the key before this is no JSON string', { cause });
    }
    if (object.listKey !== undefined && object.records !== 'none') {
      const what = object.listKey === 'Records' ? '"Records" key' : 'list of records';
      this.fail(this.keyOffset, `a second ${what}, which CloudTrail never writes; replace or remove the object`);
    }
    this.state = 'colon';
    return this.chunk[end] === COLON ? this.expect(COLON, end, 'member') : end;
  }

  private member(byte: number, i: number): number {
    const object = this.object!;
    if (object.listKey === undefined || (byte !== OPEN_ARRAY && object.listKey !== 'Records'))
      return this.value(byte, i);
    // From here on the object cannot be a record itself.
    this.bound(this.recordSpan.drop(i));
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
      if (object.isRecord) this.endRecord(object.offset, i + 1, true);
      else this.endOther(object.offset, i + 1);
    } else if (object.records !== 'array') {
      this.fail(object.recordsOffset, `not CloudTrail: "Records" is ${object.records}, expected an array`);
    }
    this.object = undefined;
    this.state = 'document';
    return i + 1;
  }

  /** Applies the bound to a record, or what may be one, across chunks. */
  private bound(length: number): void {
    if (length <= MAX_RECORD_BYTES) return;
    const offset = this.inArray ? this.elementOffset : (this.object?.offset ?? this.elementOffset);
    this.fail(offset, `record ${this.elements} is larger than ${MAX_RECORD_BYTES} bytes, as none of CloudTrail's is`);
  }

  private unexpected(i: number): never {
    return this.found(this.chunk[i]!, this.base + i, this.state);
  }

  private found(byte: number, offset: number, expected: State): never {
    return this.fail(offset, `expected ${EXPECTED[expected]}, found ${showByte(byte)}`);
  }

  private fail(offset: number, reason: string, options?: ErrorOptions): never {
    throw new DocumentError(`${this.name}: byte ${offset}: ${reason}`, options);
  }
}

const NOT_PARSED = { value: undefined, text: '' };

const inWords = (stranger: string) => `${stranger} where a record should be`;
