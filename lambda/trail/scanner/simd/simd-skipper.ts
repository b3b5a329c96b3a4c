import { mayStandBetween, TABLE } from '../json-skipper';
import { hidingDigits } from '../literal-search';
import { SKIP_WASM } from './simd-wasm';

/** How a skip ended, as assembly/skip.ts numbers it. */
export const SKIP_END = {
  /** at the start of a record: it is cut, odd, or too deep */
  AT_RECORD: 0,
  /** after a record, with no other one next to it */
  AFTER_RECORD: 1,
  /** at the start of a record that is complete and clean, and may contain the literal */
  AT_CANDIDATE: 2,
} as const;

/** One string of JSON without escapes, long enough to be rare. */
const SUITABLE = /^"[ !#-[\]-~]{8,62}"$/;

const skippers = new Map<string, SimdSkipper | undefined>();

/**
 * The thread's skipper for a literal, made when it is first asked for and kept for good.
 * @returns undefined where that is no rare string, or WebAssembly has no vectors
 */
export function simdSkipperFor(literal: string): SimdSkipper | undefined {
  if (!skippers.has(literal)) skippers.set(literal, makeSkipper(literal));
  return skippers.get(literal);
}

function makeSkipper(literal: string): SimdSkipper | undefined {
  if (!SUITABLE.test(literal)) return undefined;
  try {
    const module = new WebAssembly.Module(Buffer.from(SKIP_WASM, 'base64'));
    return new SimdSkipper(new WebAssembly.Instance(module).exports, literal);
  } catch {
    // Switched off, a processor without vectors, or no memory to be had: the record scanner does all of it.
    return undefined;
  }
}

/** The part of the standard that is needed here; Node's types leave it to those of browsers. */
declare const WebAssembly: {
  readonly Module: new (bytes: Uint8Array) => object;
  readonly Instance: new (module: object) => { readonly exports: SkipExports };
};

/** The exports of assembly/skip.ts. */
interface SkipExports extends Record<Place, { readonly value: number }> {
  readonly memory: { readonly buffer: ArrayBuffer };
  setLiteral(length: number, probe: number): void;
  skip(from: number, end: number): number;
}

type Place = 'RESULT' | 'LITERAL' | 'LOW_HALVES' | 'HIGH_HALVES' | 'ESCAPES' | 'HIDING' | 'INPUT' | 'INPUT_LENGTH';

/**
 * Skips records in WebAssembly. It takes the bytes it is given as elements of an array, and skips only complete objects
 * in which a scanner for its literal would find no literal, no escape that may hide one, and no fault; so with or without
 * it a scan has the same outcome.
 */
export class SimdSkipper {
  /** Records skipped by the last `skip`. */
  records = 0;
  /** The index where it stopped. */
  stop = 0;
  /** The index after the candidate, where it stopped at one. */
  candidateEnd = 0;
  /**
   * Memory for chunks: one that lies in it is read where it is, another one is copied into it. What it holds is thus
   * safe until the next `skip` of a chunk from elsewhere, by whatever scanner on this thread.
   */
  readonly input: Uint8Array;
  private readonly memory: ArrayBuffer;
  private readonly result: Int32Array;
  private chunk: Uint8Array;
  /** Up to here the chunk lies in memory. */
  private to = 0;
  /** Where its first byte lies, or would if it were all there. */
  private address = 0;

  constructor(
    private readonly wasm: SkipExports,
    private readonly literal: string,
  ) {
    this.memory = wasm.memory.buffer;
    this.input = this.at('INPUT', wasm.INPUT_LENGTH.value);
    this.result = new Int32Array(this.memory, wasm.RESULT.value, 3);
    this.chunk = this.input;
    this.at('LITERAL', literal.length).set(Buffer.from(literal));
    this.at('ESCAPES', 256).set(TABLE.ESCAPE);
    this.at('HIDING', 256).set(hidingDigits([literal]));
    splitInHalves(this.at('LOW_HALVES', 16), this.at('HIGH_HALVES', 16));
    wasm.setLiteral(literal.length, rarest(literal));
  }

  /** Turns to another chunk, or to one whose bytes have changed. */
  enter(chunk: Uint8Array): void {
    this.chunk = chunk;
    const isInPlace = chunk.buffer === this.memory;
    this.address = isInPlace ? chunk.byteOffset : this.input.byteOffset;
    this.to = isInPlace ? chunk.length : 0;
  }

  /** Whether it was made for these literals; others it does not see. */
  isFor(literals: readonly string[]): boolean {
    return literals.length === 1 && literals[0] === this.literal;
  }

  /**
   * Goes on from the index of a `{`, the first byte of an element, over elements that end before `until`.
   * @returns one of SKIP_END; `records`, `stop` and `candidateEnd` have the rest
   */
  skip(from: number, until: number): number {
    // The next part is copied when there is little left of the last one.
    if (this.to < this.chunk.length && (this.to - from) * 16 < this.input.length) this.copy(from);
    const { address, result } = this;
    const end = this.wasm.skip(address + from, address + Math.min(until, this.to));
    this.records = result[0]!;
    this.stop = result[1]! - address;
    this.candidateEnd = result[2]! - address;
    return end;
  }

  private copy(from: number): void {
    this.to = Math.min(from + this.input.length, this.chunk.length);
    this.input.set(this.chunk.subarray(from, this.to));
    this.address = this.input.byteOffset - from;
  }

  private at(place: Place, length: number): Uint8Array {
    return new Uint8Array(this.memory, this.wasm[place].value, length);
  }
}

/** Makes the two tables of the bytes between strings: each set of low halves that occurs gets a bit. */
function splitInHalves(lows: Uint8Array, highs: Uint8Array): void {
  const bits = new Map<string, number>();
  for (let high = 0; high < 16; high++) {
    const row = Array.from(lows.keys()).filter((low) => mayStandBetween(high * 16 + low));
    if (row.length === 0) continue;
    const bit = bits.get(row.join()) ?? 1 << bits.size;
    bits.set(row.join(), bit);
    highs[high] = bit;
    for (const low of row) lows[low]! |= bit;
  }
}

/** The place of a byte that few strings have there: the last capital, since most text of a trail is small. */
function rarest(literal: string): number {
  const capital = literal.search(/[A-Z][^A-Z]*$/);
  return capital > 0 ? capital : literal.length >> 1;
}
