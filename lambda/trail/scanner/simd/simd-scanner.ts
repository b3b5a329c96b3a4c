import { CALL_LITERAL } from '../../../detection/classify';
import { mayStandBetween, TABLE } from '../json-skipper';
import { hidableIn } from '../literal-search';
import { SCAN_WASM } from './simd-wasm';

/** The part of the WebAssembly API used here, which Node's types leave to those of browsers. */
declare const WebAssembly: {
  readonly Module: new (bytes: Uint8Array) => object;
  readonly Instance: new (module: object) => { readonly exports: ScanExports };
};

/** The exports of assembly/scan.ts. */
interface ScanExports extends Record<Place, { readonly value: number }> {
  readonly memory: { readonly buffer: ArrayBuffer };
  begin(): void;
  scanForCalls(from: number, end: number): number;
  scanForLiterals(from: number, end: number): number;
}

type Place =
  | ('RESULT' | 'ROWS' | 'ROW_SIZE' | 'INPUT' | 'INPUT_LENGTH')
  | ('BETWEEN' | 'ESCAPES' | 'HIDABLE')
  | ('LISTS' | 'LISTS_LENGTH' | 'NEXT' | 'LENGTHS' | 'LITERALS' | 'LITERAL_SIZE');

/** Kinds of records, as in record-fields.ts. Only calls have more than their text. */
export const ROW = { CALL: 1, PARSE: 2 } as const;

/** A found record, valid until the next. */
export interface Row {
  /** one of ROW; meaningless in a search for literals */
  readonly kind: number;
  /** UTC epoch second of the call */
  readonly second: number;
  readonly region: string;
  readonly actor: string;
  /** the eventID */
  readonly callId: string;
  /** the record as JSON, its strings and brackets checked */
  readonly text: string;
}

/** The compiled scanner, to be shared by threads; undefined without WebAssembly or vectors. */
export function compileScanner(): object | undefined {
  try {
    return new WebAssembly.Module(Buffer.from(SCAN_WASM, 'base64'));
  } catch {
    return undefined;
  }
}

/** Most literals in one search. */
const MAX_LITERALS = 4095;

/** A string, or the end of one, of characters that JSON writes in one way, apart from numeric escapes. */
const SUITABLE = /^"?[ !#-.0-[\]-~]{4,125}"$/;

/** Whether the scanner can search for these literals. */
export function areSuitable(literals: readonly string[]): boolean {
  return literals.length > 0 && literals.length <= MAX_LITERALS && literals.every((text) => SUITABLE.test(text));
}

/** Unusual results of a WebAssembly call. */
const HOW = { ODD: 1, FULL: 2 };

/** The result for a document with anything odd. */
export const ODD = -1;

/**
 * Scans documents of the form `{"Records":[…]}`, with any white space, in turn and piece by piece, and yields the records
 * that match. It is fast because it allocates nothing for the others. For a document with anything odd it only reports
 * that: `scanRecords` then finds its contents and faults. On all other documents both find the same.
 */
export class SimdScanner {
  /** records of the document so far */
  records = 0;
  /** whether the document has ended */
  isOver = false;
  /** the buffer for the bytes to scan */
  readonly input: Uint8Array;
  private readonly wasm: ScanExports;
  private readonly result: Uint32Array;
  private readonly rows: MemoryRow;
  private literals: readonly string[] | undefined;

  constructor(module: object) {
    const { exports: wasm } = new WebAssembly.Instance(module);
    this.wasm = wasm;
    this.input = this.bytes('INPUT', wasm.INPUT_LENGTH.value);
    this.result = new Uint32Array(wasm.memory.buffer, wasm.RESULT.value, 4);
    this.rows = new MemoryRow(wasm.memory.buffer);
    this.bytes('ESCAPES', 256).set(TABLE.ESCAPE);
    this.seek(undefined);
    this.bytes('BETWEEN', 256).forEach((_, byte, table) => {
      table[byte] = mayStandBetween(byte) ? 1 : 0;
    });
  }

  /**
   * Starts another document.
   * @param literals suitable ones, one of which a record must contain; without them it must be the rule's call. Changing
   * the list takes time
   */
  begin(literals?: readonly string[]): void {
    if (literals !== this.literals) this.seek(literals);
    this.records = 0;
    this.isOver = false;
    this.wasm.begin();
  }

  /**
   * Scans the bytes of `input` up to `end`.
   * @param take called with each found record; returns false if it makes the document odd
   * @returns ODD; or the number of bytes of an incomplete record, now at the start of `input`, to which the next are
   * appended
   */
  scan(end: number, take: (row: Row) => boolean): number {
    const { wasm, result, rows, input } = this;
    const last = input.byteOffset + end;
    let from = input.byteOffset;
    let how = HOW.FULL;
    while (how === HOW.FULL) {
      how = this.literals === undefined ? wasm.scanForCalls(from, last) : wasm.scanForLiterals(from, last);
      if (how === HOW.ODD) return ODD;
      this.records += result[0]!;
      from = result[1]!;
      for (let row = 0; row < result[2]!; row++) {
        rows.at = wasm.ROWS.value + row * wasm.ROW_SIZE.value;
        if (!take(rows)) return ODD;
      }
    }
    this.isOver = result[3] === 1;
    input.copyWithin(0, from - input.byteOffset, end);
    return last - from;
  }

  private seek(literals: readonly string[] | undefined): void {
    this.literals = literals;
    this.bytes('HIDABLE', 256).set(hidableIn(literals ?? [CALL_LITERAL]));
    if (literals === undefined) return;
    const { memory, LISTS, LISTS_LENGTH, NEXT, LENGTHS, LITERALS, LITERAL_SIZE } = this.wasm;
    const all = Buffer.from(memory.buffer);
    all.fill(0, LISTS.value, LISTS.value + LISTS_LENGTH.value);
    for (const [index, text] of literals.entries()) {
      const literal = index + 1;
      const length = all.write(text, LITERALS.value + literal * LITERAL_SIZE.value);
      const end = LITERALS.value + literal * LITERAL_SIZE.value + length;
      const list = LISTS.value + 2 * (Math.imul(all.readUInt32LE(end - 5), 0x9e3779b1) >>> 20);
      all.writeUInt8(length, LENGTHS.value + literal);
      all.writeUInt16LE(all.readUInt16LE(list), NEXT.value + 2 * literal);
      all.writeUInt16LE(literal, list);
    }
  }

  private bytes(place: Place, length: number): Uint8Array {
    return new Uint8Array(this.wasm.memory.buffer, this.wasm[place].value, length);
  }
}

/** The row at an address. */
class MemoryRow implements Row {
  at = 0;
  private readonly numbers: Uint32Array;
  private readonly bytes: Buffer;

  constructor(memory: ArrayBuffer) {
    this.numbers = new Uint32Array(memory);
    this.bytes = Buffer.from(memory);
  }

  get text(): string {
    return this.textFrom(0);
  }

  get kind(): number {
    return this.numbers[(this.at >> 2) + 2]!;
  }

  get second(): number {
    return this.numbers[(this.at >> 2) + 3]!;
  }

  get region(): string {
    return this.textFrom(4);
  }

  get actor(): string {
    return this.textFrom(6);
  }

  get callId(): string {
    return this.textFrom(8);
  }

  private textFrom(place: number): string {
    const first = (this.at >> 2) + place;
    return this.bytes.toString('utf8', this.numbers[first], this.numbers[first + 1]);
  }
}
