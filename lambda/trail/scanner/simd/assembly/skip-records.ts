/**
 * Passes over whole records, 64 bytes at a time, and gives a row to those that hold what is looked for. Of a record that
 * it skips checks as much as the record scanner does: strings and their escapes, brackets, and that
 * nothing but JSON's own characters stands between strings. What it does not like is left to that one.
 */

import { callsAt, literalsAt, mayBeHidden, RARE, RARE_AT } from './literals';
import { BETWEEN, BLOCK, ESCAPES, OWED, OWED_END, REPEATED, ROW_SIZE, ROWS, ROWS_LENGTH } from './places';
import { isRecord, isSpace, readFields } from './record-fields';

/* The vectors at REPEATED. */
const QUOTE: i32 = 0x22;
const BACKSLASH: i32 = 0x5c;
const COMMA: i32 = 0x2c;
const COLON: i32 = 0x3a;
const FIRST_PRINTABLE: i32 = 0x20;

const OPEN_OBJECT: i32 = 0x7b;
/** Set in an opening bracket and not in a closing one. */
const OPENS: i32 = 2;
/** These bits of a byte are those of BRACKET for `[`, `]`, `{` and `}`, and besides them for `Y`, `_`, `y` and DEL. */
const BRACKET_BITS: i32 = 0xd9;
const BRACKET: i32 = 0x59;

/** `true`, `null`, and the start of `false`. */
const TRUE: u32 = 0x65757274;
const NULL: u32 = 0x6c6c756e;
const FALS: u32 = 0x736c6166;

/* How it ends. */
/** At the start of a record that is cut, or for which there is no row. */
export const AT_RECORD: i32 = 0;
/** After a record that no other one follows. */
export const AFTER_RECORD: i32 = 1;
/** The record scanner must look at the document. */
export const ODD: i32 = 2;

/* What it came to, until the next call. */
export let records: i32 = 0;
/** Where it ended. */
export let stop: usize = 0;
/** After the last row. */
export let row: usize = ROWS;

export function prepare(): void {
  repeat(0, QUOTE);
  repeat(16, BACKSLASH);
  repeat(32, COMMA);
  repeat(48, COLON);
  repeat(64, FIRST_PRINTABLE);
  repeat(80, RARE);
}

function repeat(place: usize, byte: i32): void {
  v128.store(REPEATED + place, i8x16.splat(<i8>byte));
}

export function noRows(): void {
  row = ROWS;
}

/**
 * Goes on from the `{` at `from`, an element of an array.
 * @param Sought i32 for the rule's call, f32 for the literals of the host
 * @param end where a block of spaces begins
 * @returns how it ended
 */
// biome-ignore lint/complexity/noExcessiveCognitiveComplexity: one pass over registers; whatever is split off and is not inlined costs speed.
export function skipRecords<Sought>(from: usize, end: usize): i32 {
  const quote = v128.load(REPEATED);
  const backslash = v128.load(REPEATED, 16);
  const comma = v128.load(REPEATED, 32);
  const colon = v128.load(REPEATED, 48);
  const printable = v128.load(REPEATED, 64);
  const rare = v128.load(REPEATED, 80);
  records = 0;
  let record = from;
  let owed = OWED;
  /** Not 0 where a block before this one had a mark of the record. */
  let marked: u64 = 0;
  /** All ones inside a string, else 0. */
  let inString: u64 = 0;
  /** 1 when the block before ended with the first half of an escape. */
  let cutEscape: u64 = 0;
  for (let at = from; at < end; at += BLOCK) {
    const a = v128.load(at);
    const b = v128.load(at, 16);
    const c = v128.load(at, 32);
    const d = v128.load(at, 48);
    /** Where in the block lies what is looked for, or an escape that may hide it. */
    let marks: u64 = 0;

    const quotesA = i8x16.eq(a, quote);
    const quotesB = i8x16.eq(b, quote);
    const quotesC = i8x16.eq(c, quote);
    const quotesD = i8x16.eq(d, quote);
    if (isInteger<Sought>()) {
      const rareA = v128.and(quotesA, i8x16.eq(v128.load(at + RARE_AT), rare));
      const rareB = v128.and(quotesB, i8x16.eq(v128.load(at + RARE_AT, 16), rare));
      const rareC = v128.and(quotesC, i8x16.eq(v128.load(at + RARE_AT, 32), rare));
      const rareD = v128.and(quotesD, i8x16.eq(v128.load(at + RARE_AT, 48), rare));
      if (some(rareA, rareB, rareC, rareD) !== 0) marks = callsAt(bits(rareA, rareB, rareC, rareD), at);
    }

    let quotes = bits(quotesA, quotesB, quotesC, quotesD);
    const slashesA = i8x16.eq(a, backslash);
    const slashesB = i8x16.eq(b, backslash);
    const slashesC = i8x16.eq(c, backslash);
    const slashesD = i8x16.eq(d, backslash);
    if ((cutEscape | some(slashesA, slashesB, slashesC, slashesD)) !== 0) {
      const slashes = bits(slashesA, slashesB, slashesC, slashesD);
      marks |= mayBeHidden(slashes, at);
      const halves = escapeHalves(slashes, cutEscape);
      const escapes = halves & slashes;
      // The byte that the last one escapes may not be there yet.
      if (!areKnown(escapes, at)) return ended(end - at <= BLOCK ? AT_RECORD : ODD, record);
      quotes &= ~((halves & ~escapes) | cutEscape);
      cutEscape = escapes >> 63;
    }

    // From each opening quote to the byte before the closing one.
    const strings = parities(quotes) ^ inString;
    inString = <u64>(<i64>strings >> 63);
    if (isFloat<Sought>()) marks |= literalsAt(quotes & ~strings, at);

    const least = i8x16.min_u(i8x16.min_u(a, b), i8x16.min_u(c, d));
    if (i8x16.bitmask(i8x16.eq(i8x16.max_u(least, printable), least)) !== 0xffff) {
      const controls = bits(
        i8x16.lt_u(a, printable),
        i8x16.lt_u(b, printable),
        i8x16.lt_u(c, printable),
        i8x16.lt_u(d, printable),
      );
      if ((controls & strings) !== 0) return ended(ODD, record);
    }

    const separators = bits(
      v128.or(i8x16.eq(a, comma), i8x16.eq(a, colon)),
      v128.or(i8x16.eq(b, comma), i8x16.eq(b, colon)),
      v128.or(i8x16.eq(c, comma), i8x16.eq(c, colon)),
      v128.or(i8x16.eq(d, comma), i8x16.eq(d, colon)),
    );
    for (let left = ~(strings | quotes | separators); left !== 0; left &= left - 1) {
      const bit = ctz(left);
      const place = at + <usize>bit;
      const byte = <i32>load<u8>(place);
      if ((byte & BRACKET_BITS) !== BRACKET) {
        const word = load<u32>(place);
        // All four letters, the last of them as every other byte.
        if (word === TRUE || word === NULL || word === FALS) left &= ~((<u64>7) << bit);
        else if (load<u8>(BETWEEN + <usize>byte) === 0) return ended(ODD, record);
        continue;
      }
      // What is no bracket but has its bits ends here too: it is not what is owed, or nothing will be what it owes.
      if ((byte & OPENS) !== 0) {
        if (owed === OWED_END) return ended(ODD, record);
        // Both closing brackets lie two above their opening ones.
        store<u8>(owed++, byte + 2);
        continue;
      }
      owed--;
      if (<i32>load<u8>(owed) !== byte) return ended(ODD, record);
      if (owed !== OWED) continue;
      const to = place + 1;
      if (!beginsAsRecord(record, to) && !isRecord(record, to)) return ended(ODD, record);
      const upTo: u64 = ((<u64>2) << bit) - 1;
      if ((marked | (marks & upTo)) !== 0) {
        if (row === ROWS + ROWS_LENGTH) return ended(AT_RECORD, record);
        store<u32>(row, <u32>record);
        store<u32>(row, <u32>to, 4);
        row += ROW_SIZE;
        marked = 0;
        marks &= ~upTo;
      }
      records++;
      record = nextRecord(to, end);
      if (record === 0) return ended(AFTER_RECORD, to);
    }
    marked |= marks;
  }
  return ended(AT_RECORD, record);
}

/** Reads the fields of the records that have a row; what is no call of the rule's has none any more. */
export function readRows(): void {
  let kept = ROWS;
  for (let at = ROWS; at < row; at += ROW_SIZE) {
    if (readFields(load<u32>(at), load<u32>(at, 4), kept)) kept += ROW_SIZE;
  }
  row = kept;
}

function ended(how: i32, where: usize): i32 {
  stop = where;
  return how;
}

function areKnown(escapes: u64, block: usize): bool {
  for (; escapes !== 0; escapes &= escapes - 1) {
    if (load<u8>(ESCAPES + <usize>load<u8>(block + <usize>ctz(escapes), 1)) === 0) return false;
  }
  return true;
}

/** Where after a record the next one begins, past a comma; 0 when there is none before `end`. */
function nextRecord(from: usize, end: usize): usize {
  let at = pastSpace(from, end);
  if (at === end || <i32>load<u8>(at) !== COMMA) return 0;
  at = pastSpace(at + 1, end);
  return at === end || <i32>load<u8>(at) !== OPEN_OBJECT ? 0 : at;
}

/* The first and the last bytes of `"eventVersion"`. */
// biome-ignore lint/correctness/noPrecisionLoss: an integer of 64 bits here.
const FIRST_BYTES: u64 = 0x6556746e65766522;
// biome-ignore lint/correctness/noPrecisionLoss: as above.
const LAST_BYTES: u64 = 0x226e6f6973726556;

/** Whether the object begins as nearly all records do. */
function beginsAsRecord(from: usize, to: usize): bool {
  const at = pastSpace(from + 1, to);
  return load<u64>(at) === FIRST_BYTES && load<u64>(at, 6) === LAST_BYTES;
}

export function pastSpace(at: usize, end: usize): usize {
  while (at < end && load<u8>(at) <= 0x20 && isSpace(load<u8>(at))) at++;
  return at;
}

/** One bit a byte of the four vectors, the lowest for the first; each byte of them is all ones or 0. */
function bits(a: v128, b: v128, c: v128, d: v128): u64 {
  return (
    <u64>(<u32>i8x16.bitmask(a)) |
    ((<u64>(<u32>i8x16.bitmask(b))) << 16) |
    ((<u64>(<u32>i8x16.bitmask(c))) << 32) |
    ((<u64>(<u32>i8x16.bitmask(d))) << 48)
  );
}

/** Not 0 where one of their bytes is all ones. */
function some(a: v128, b: v128, c: v128, d: v128): u64 {
  return <u64>(<u32>i8x16.bitmask(v128.or(v128.or(a, b), v128.or(c, d))));
}

/** Each bit becomes the parity of itself and all below it. */
function parities(mask: u64): u64 {
  mask ^= mask << 1;
  mask ^= mask << 2;
  mask ^= mask << 4;
  mask ^= mask << 8;
  mask ^= mask << 16;
  mask ^= mask << 32;
  return mask;
}

/**
 * The backslashes that begin an escape and the bytes they escape, as simdjson tells them apart: in a run of backslashes
 * every other one begins an escape, and subtracting finds where each run ends.
 * @param cut 1 when the first byte is escaped by the block before
 */
function escapeHalves(slashes: u64, cut: u64): u64 {
  // biome-ignore lint/correctness/noPrecisionLoss: an integer of 64 bits here.
  const ODD_BITS: u64 = 0xaaaaaaaaaaaaaaaa;
  const starts = slashes & ~cut;
  return (((starts << 1) | ODD_BITS) - starts) ^ ODD_BITS;
}
