/**
 * The bytes of JSON. Files that touch every byte copy these into local constants: in CommonJS an imported name is a
 * property lookup at every use, which costs a loop over bytes nine tenths of its speed.
 */
export const BYTE = {
  QUOTE: 0x22,
  COMMA: 0x2c,
  COLON: 0x3a,
  OPEN_ARRAY: 0x5b,
  BACKSLASH: 0x5c,
  CLOSE_ARRAY: 0x5d,
  OPEN_OBJECT: 0x7b,
  CLOSE_OBJECT: 0x7d,
} as const;

/** 1 for each byte of `characters` (all ASCII). */
function tableOf(characters: string): Uint8Array {
  const table = new Uint8Array(256);
  for (const character of characters) table[character.charCodeAt(0)] = 1;
  return table;
}

/** Tables over all 256 bytes, so that a loop needs one load per byte. */
export const TABLE = {
  /** 1 for the four bytes JSON takes for white space. */
  SPACE: tableOf(' \t\n\r'),
  /** 1 for the bytes of numbers, true, false and null, and for other letters, so that a misspelt one is one token. */
  SCALAR: tableOf('+-.0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ'),
  /** 1 for the first byte of a number or of `true`, `false`, `null`. */
  SCALAR_START: tableOf('-0123456789tfn'),
  /** 1 for what may follow a backslash in a string. */
  ESCAPE: tableOf('"\\/bfnrtu'),
} as const;

/** How a message names the kind of value that begins with this byte. */
export const kindOf = (first: number) => KINDS[String.fromCharCode(first)] ?? 'a number';

const KINDS: Readonly<Record<string, string>> = {
  '"': 'a string',
  '{': 'an object',
  '[': 'an array',
  n: 'null',
  t: 'a boolean',
  f: 'a boolean',
};

/** How a message shows a byte: as a printable character, else in hexadecimal. */
export function showByte(byte: number): string {
  return byte > 0x20 && byte < 0x7f ? `'${String.fromCharCode(byte)}'` : `0x${byte.toString(16).padStart(2, '0')}`;
}

/** How a message shows text of unknown origin: short, quoted, printable ASCII only. */
export function showText(text: string): string {
  const short = text.length > 40 ? `${text.slice(0, 40)}...` : text;
  return `"${short.replace(/[^\x20-\x7e]/g, '?')}"`;
}

/** Shared, since making an empty array costs as much as scanning a hundred bytes. */
export const EMPTY: Buffer = Buffer.alloc(0);

const { QUOTE, COMMA, COLON, BACKSLASH, OPEN_ARRAY, CLOSE_ARRAY, OPEN_OBJECT, CLOSE_OBJECT } = BYTE;
const FIRST_PRINTABLE = 0x20;
const { ESCAPE } = TABLE;

/* What a byte means between strings: white space, a separator, or part of a scalar; or one of the others. */
const PLAIN = 0;
const OPENS_STRING = 1;
const OPENS = 2;
const CLOSES = 3;
const FOREIGN = 4;

const BETWEEN = tableOf(' \t\n\r,:+-.0123456789eEtrufalsn').map((isPlain) => (isPlain === 1 ? PLAIN : FOREIGN));
BETWEEN[QUOTE] = OPENS_STRING;
BETWEEN[OPEN_ARRAY] = BETWEEN[OPEN_OBJECT] = OPENS;
BETWEEN[CLOSE_ARRAY] = BETWEEN[CLOSE_OBJECT] = CLOSES;

/** Whether a byte may stand between strings in JSON: brackets, quotes, and what scalars are made of. */
export const mayStandBetween = (byte: number) => BETWEEN[byte] !== FOREIGN;

/** Deepest nesting; CloudTrail's is 11. It bounds the memory that brackets can claim. */
const MAX_DEPTH = 1_000_000;

const NO_VIEW = new DataView(EMPTY.buffer, 0, 0);

/** Ends the scan; `index` is that of the byte in the current chunk. */
export type Fail = (index: number, reason: string) => never;

/**
 * Finds the end of one string, array or object in a stream of chunks. It checks that strings are closed and hold no raw
 * control character or unknown escape, that brackets match, and that nothing but JSON's own characters occurs between
 * strings. It does not check the order of commas, colons and scalars.
 */
export class ValueSkipper {
  /** Whether there was a backslash since `begin`. */
  escaped = false;
  /** The pending closing brackets, outermost first. */
  private pending: Uint8Array = EMPTY;
  private depth = 0;
  private inString = false;
  private afterBackslash = false;
  private chunk = EMPTY;
  private view = NO_VIEW;

  constructor(private readonly fail: Fail) {}

  /** Starts a value whose first byte, `"`, `[` or `{`, has been read. */
  begin(first: number): void {
    this.escaped = false;
    this.afterBackslash = false;
    this.inString = first === QUOTE;
    this.depth = 0;
    if (this.inString) return;
    if (this.pending.length === 0) this.pending = new Uint8Array(64);
    this.depth = 1;
    this.pending[0] = first + 2;
  }

  enter(chunk: Buffer): void {
    this.chunk = chunk;
    this.view = new DataView(chunk.buffer, chunk.byteOffset, chunk.length);
  }

  /** Goes on from `from`. @returns the index after the value's last byte, or -1 if the chunk ends before the value */
  // biome-ignore lint/complexity/noExcessiveCognitiveComplexity: every byte passes here; split in two, it loses a third of its speed.
  skip(from: number): number {
    const { chunk, view } = this;
    const between = BETWEEN;
    const end = chunk.length;
    const lastWord = end - 4;
    let { pending, depth } = this;
    let i = this.afterBackslash ? this.escape(from) : from;
    let byte = QUOTE as number;
    let meaning = this.inString ? OPENS_STRING : PLAIN;
    for (;;) {
      if (meaning === OPENS_STRING) {
        for (;;) {
          let stops = 0;
          while (i <= lastWord) {
            stops = stopsIn(view.getInt32(i, true));
            if (stops !== 0) break;
            i += 4;
          }
          if (stops !== 0) i += (31 - Math.clz32(stops & -stops)) >> 3;
          else if (i >= end) return this.pause(depth, true);
          byte = chunk[i++]!;
          if (byte !== QUOTE) {
            i = this.unquoted(byte, i);
            continue;
          }
          if (depth === 0) return i;
          // Most strings are followed by one comma or colon and the next string.
          const gap = chunk[i];
          if ((gap !== COLON && gap !== COMMA) || chunk[i + 1] !== QUOTE) break;
          i += 2;
        }
      } else if (meaning === OPENS) {
        if (depth === pending.length) pending = this.deeper(i - 1);
        // Both closing brackets are two above their opening ones.
        pending[depth++] = byte + 2;
      } else if (meaning === CLOSES) {
        this.match(pending[--depth]!, byte, i - 1);
        if (depth === 0) return i;
      } else if (meaning === FOREIGN) {
        this.fail(i - 1, `expected JSON, found ${showByte(byte)}`);
      }
      do {
        if (i >= end) return this.pause(depth, false);
        byte = chunk[i++]!;
        meaning = between[byte]!;
      } while (meaning === PLAIN);
    }
  }

  private pause(depth: number, inString: boolean): number {
    this.depth = depth;
    this.inString = inString;
    return -1;
  }

  /** Handles the byte before `i`, which is no quote: the start of an escape, or text in a chunk's last few bytes. */
  private unquoted(byte: number, i: number): number {
    if (byte === BACKSLASH) return this.escape(i);
    if (byte < FIRST_PRINTABLE) this.fail(i - 1, `control character ${showByte(byte)} inside a string`);
    return i;
  }

  private match(expected: number, found: number, index: number): void {
    if (expected !== found) this.fail(index, `expected ${showByte(expected)}, found ${showByte(found)}`);
  }

  /** Handles the byte after a backslash, or saves that it is pending. */
  private escape(i: number): number {
    this.escaped = true;
    this.afterBackslash = i === this.chunk.length;
    if (this.afterBackslash) return i;
    const byte = this.chunk[i]!;
    if (ESCAPE[byte] === 0) this.fail(i, `unknown escape ${showByte(byte)} in a string`);
    return i + 1;
  }

  private deeper(index: number): Uint8Array {
    if (this.pending.length >= MAX_DEPTH) this.fail(index, `nested deeper than ${MAX_DEPTH} levels`);
    const wider = new Uint8Array(Math.min(this.pending.length * 4, MAX_DEPTH));
    wider.set(this.pending);
    this.pending = wider;
    return wider;
  }
}

/**
 * Looks for a quote, a backslash or a control character in four bytes at once, each by the zero-byte test of a word. The
 * lowest set bit marks the first of them; higher ones may be false. 0 means there is none.
 */
function stopsIn(word: number): number {
  const quotes = word ^ 0x22222222;
  const backslashes = word ^ 0x5c5c5c5c;
  return (
    (((quotes - 0x01010101) & ~quotes) | ((backslashes - 0x01010101) & ~backslashes) | ((word - 0x20202020) & ~word)) &
    0x80808080
  );
}
