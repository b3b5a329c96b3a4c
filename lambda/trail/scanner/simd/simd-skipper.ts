import { mayStandBetween, TABLE } from '../json-skipper';
import { hidingDigits } from '../literal-search';
import { SKIM_WASM } from './simd-wasm';

/** How a skim ended, as skim.ts numbers it. */
export const SKIM_END = {
  /** at the start of a record: it is cut, odd, or too deep */
  AT_RECORD: 0,
  /** behind a record, with no other one next to it */
  BEHIND_RECORD: 1,
  /** at the start of a record that is whole and clean, and may contain the needle */
  AT_SUSPECT: 2,
} as const;

/**
 * Passes over records in a hurry. It takes the bytes it is given as elements of an array, and passes only over whole
 * objects in which a scanner for its needle would find no needle, no escape that may hide one, and no fault; so with or
 * without it a scan has the same outcome.
 */
export interface Skimmer {
  /**
   * Memory for chunks: one that lies in it is skimmed where it is, another one is copied into it. What it holds is
   * thus safe until the next `skim` of a chunk from elsewhere, by whatever scanner on this thread.
   */
  readonly area: Uint8Array;
  /** Turns to another chunk, or to one whose bytes have changed. */
  enter(chunk: Uint8Array): void;
  /**
   * Goes on from the index of a `{`, the first byte of an element, over elements that end before `until`. What it came
   * to is told by the fields below.
   * @returns one of SKIM_END
   */
  skim(from: number, until: number): number;
  /** Records passed by the last skim. */
  readonly records: number;
  /** The index where it ended. */
  readonly stop: number;
  /** The index behind the suspect. */
  readonly behind: number;
  /** Whether it was made for these needles; others it does not see. */
  isFor(literals: readonly string[]): boolean;
}

/** One string of JSON without escapes, long enough to be rare. */
const SUITABLE = /^"[ !#-[\]-~]{8,62}"$/;

const skimmers = new Map<string, Skimmer | undefined>();

/**
 * The thread's skimmer for these needles, made when it is first asked for.
 * @param needles as `scanRecords` takes them
 * @returns undefined where the needles are others than one rare string, or WebAssembly has no vectors
 */
export function skimmerFor(literals: readonly string[]): Skimmer | undefined {
  const [literal] = literals;
  if (literal === undefined || literals.length !== 1 || !SUITABLE.test(literal)) return undefined;
  if (!skimmers.has(literal)) skimmers.set(literal, makeSkimmer(literal));
  return skimmers.get(literal);
}

function makeSkimmer(literal: string): Skimmer | undefined {
  try {
    const module = new WebAssembly.Module(Buffer.from(SKIM_WASM, 'base64'));
    return new WasmSkimmer(new WebAssembly.Instance(module).exports, literal);
  } catch {
    // Switched off, a processor without vectors, or no memory to be had: the plain scanner does all of it.
    return undefined;
  }
}

/** The part of the standard that is needed here; Node's types leave it to those of browsers. */
declare const WebAssembly: {
  readonly Module: new (bytes: Uint8Array) => object;
  readonly Instance: new (module: object) => { readonly exports: SkimExports };
};

/** The exports of skim.ts. */
interface SkimExports extends Record<Place, { readonly value: number }> {
  readonly memory: { readonly buffer: ArrayBuffer };
  seek(length: number, probe: number): void;
  skim(from: number, end: number): number;
}

type Place = 'RESULT' | 'NEEDLE' | 'LOW_HALVES' | 'HIGH_HALVES' | 'ESCAPES' | 'HIDING' | 'AREA' | 'AREA_LENGTH';

class WasmSkimmer implements Skimmer {
  records = 0;
  stop = 0;
  behind = 0;
  readonly area: Uint8Array;
  private readonly memory: ArrayBuffer;
  private readonly result: Int32Array;
  private chunk: Uint8Array;
  /** Up to here the chunk lies in memory. */
  private to = 0;
  /** Where its first byte lies, or would if it were all there. */
  private address = 0;

  constructor(
    private readonly wasm: SkimExports,
    private readonly literal: string,
  ) {
    this.memory = wasm.memory.buffer;
    this.area = new Uint8Array(this.memory, wasm.AREA.value, wasm.AREA_LENGTH.value);
    this.result = new Int32Array(this.memory, wasm.RESULT.value, 3);
    this.chunk = this.area;
    this.prepare(literal);
  }

  enter(chunk: Uint8Array): void {
    this.chunk = chunk;
    const inPlace = chunk.buffer === this.memory;
    this.address = inPlace ? chunk.byteOffset : this.area.byteOffset;
    this.to = inPlace ? chunk.length : 0;
  }

  isFor(literals: readonly string[]): boolean {
    return literals.length === 1 && literals[0] === this.literal;
  }

  skim(from: number, until: number): number {
    if (this.mustCopy(from)) this.copy(from);
    const { address, result } = this;
    const end = this.wasm.skim(address + from, address + Math.min(until, this.to));
    this.records = result[0]!;
    this.stop = result[1]! - address;
    this.behind = result[2]! - address;
    return end;
  }

  /** Copies the next stretch when there is little left of the last one. */
  private mustCopy(from: number): boolean {
    return this.to < this.chunk.length && (this.to - from) * 16 < this.area.length;
  }

  private copy(from: number): void {
    this.to = Math.min(from + this.area.length, this.chunk.length);
    this.area.set(this.chunk.subarray(from, this.to));
    this.address = this.area.byteOffset - from;
  }

  private prepare(literal: string): void {
    const { wasm, memory } = this;
    const at = (place: Place, length: number): Uint8Array => new Uint8Array(memory, wasm[place].value, length);
    at('NEEDLE', literal.length).set(Buffer.from(literal));
    at('ESCAPES', 256).set(TABLE.ESCAPE);
    at('HIDING', 256).set(hidingDigits([literal]));
    splitInHalves(at('LOW_HALVES', 16), at('HIGH_HALVES', 16));
    wasm.seek(literal.length, rarest(literal));
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
