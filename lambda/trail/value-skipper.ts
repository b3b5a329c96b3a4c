import { BYTE, showByte, TABLE, tableOf } from './json-bytes';

const { QUOTE, BACKSLASH, OPEN_ARRAY, CLOSE_ARRAY, OPEN_OBJECT, CLOSE_OBJECT } = BYTE;
const { ESCAPE } = TABLE;

/** 1 where a run inside a string stops: its end, an escape, or a control character, which JSON forbids there. */
const STOPS_STRING = tableOf('"\\');
STOPS_STRING.fill(1, 0, 0x20);

/** What a byte means between strings. */
const PASSED = 0;
const OPENS_STRING = 1;
const OPENS = 2;
const CLOSES = 3;
const FOREIGN = 4;
const BETWEEN = tableOf(' \t\n\r,:+-.0123456789eEtrufalsn').map((passed) =>
  passed === 1 ? PASSED : FOREIGN,
);
BETWEEN[QUOTE] = OPENS_STRING;
BETWEEN[OPEN_ARRAY] = BETWEEN[OPEN_OBJECT] = OPENS;
BETWEEN[CLOSE_ARRAY] = BETWEEN[CLOSE_OBJECT] = CLOSES;

/** Deepest nesting that is followed; CloudTrail's own is 11. It bounds the memory that brackets alone can claim. */
export const MAX_DEPTH = 1_000_000;

/** Ends the scan: `index` counts bytes of the current chunk. */
export type Fail = (index: number, reason: string) => never;

/**
 * Finds the end of one string, array or object, in bytes that come in pieces. It checks that strings are closed and
 * hold no raw control character or unknown escape, that brackets match, and that nothing but JSON's own characters
 * stands between strings. It does not check the order of commas, colons, numbers and literals.
 */
export class ValueSkipper {
  /** Whether a backslash was met since `begin`. */
  escaped = false;
  /** Closing brackets still owed, outermost first. */
  private owed: Uint8Array = new Uint8Array(64);
  private depth = 0;
  private inString = false;
  private afterBackslash = false;

  constructor(private readonly fail: Fail) {}

  /** Starts a value whose first byte, `"`, `[` or `{`, has been read. */
  begin(first: number): void {
    this.escaped = false;
    this.afterBackslash = false;
    this.inString = first === QUOTE;
    this.depth = this.inString ? 0 : 1;
    this.owed[0] = first + 2;
  }

  /**
   * Goes on from `from`.
   * @returns the index behind the value's last byte, or -1 when `bytes` end before the value does
   */
  // biome-ignore lint/complexity/noExcessiveCognitiveComplexity: every byte passes here; a call per string costs a third of the speed.
  skip(bytes: Uint8Array, from: number): number {
    const end = bytes.length;
    let owed = this.owed;
    let depth = this.depth;
    let inString = this.inString;
    let i = this.afterBackslash ? this.escape(bytes, from) : from;
    while (i < end) {
      if (inString) {
        while (i < end && STOPS_STRING[bytes[i]!] === 0) i++;
        if (i === end) break;
        const stop = bytes[i++]!;
        if (stop === BACKSLASH) {
          i = this.escape(bytes, i);
          continue;
        }
        if (stop !== QUOTE) this.fail(i - 1, `control character ${showByte(stop)} inside a string`);
        if (depth === 0) return i;
        inString = false;
        continue;
      }
      const byte = bytes[i++]!;
      const meaning = BETWEEN[byte];
      if (meaning === PASSED) continue;
      if (meaning === OPENS_STRING) {
        inString = true;
      } else if (meaning === OPENS) {
        if (depth === owed.length) owed = this.deeper(i - 1);
        // Both closing brackets lie two above their opening ones.
        owed[depth++] = byte + 2;
      } else if (meaning === CLOSES) {
        if (owed[--depth] !== byte) this.fail(i - 1, mismatch(owed[depth]!, byte));
        if (depth === 0) return i;
      } else {
        this.fail(i - 1, `expected JSON, found ${showByte(byte)}`);
      }
    }
    this.depth = depth;
    this.inString = inString;
    return -1;
  }

  /** Passes the byte behind a backslash, or remembers that it is still to come. */
  private escape(bytes: Uint8Array, i: number): number {
    this.escaped = true;
    this.afterBackslash = i === bytes.length;
    if (this.afterBackslash) return i;
    if (ESCAPE[bytes[i]!] === 0) this.fail(i, `unknown escape ${showByte(bytes[i]!)} in a string`);
    return i + 1;
  }

  private deeper(index: number): Uint8Array {
    if (this.owed.length >= MAX_DEPTH) this.fail(index, `nested deeper than ${MAX_DEPTH} levels`);
    const wider = new Uint8Array(Math.min(this.owed.length * 4, MAX_DEPTH));
    wider.set(this.owed);
    this.owed = wider;
    return wider;
  }
}

function mismatch(expected: number, found: number): string {
  return `expected ${showByte(expected)}, found ${showByte(found)}`;
}
