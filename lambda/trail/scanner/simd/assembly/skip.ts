/**
 * Skips complete records in which there is nothing to find, 64 bytes at a time. AssemblyScript: compiled to WebAssembly
 * by `npm run wasm`; ../simd-skipper.ts says what it promises, and fills the tables below before its first use.
 *
 * A record is skipped only when nothing in it could make the record scanner do or say anything: that one reads every
 * other record, so that every fault has one message, made in one place.
 */

/* What lies where in the memory. The host finds these places by their names. */

/** What a skip came to: records skipped, the address where it stopped, the address after a candidate. */
export const RESULT: usize = 0;
export const LITERAL: usize = 64;
/** A byte may stand between strings when the entries of its two halves have a bit in common. */
export const LOW_HALVES: usize = 192;
export const HIGH_HALVES: usize = 208;
/** 1 for each byte that may follow a backslash. */
export const ESCAPES: usize = 256;
/** 1 for each byte after `\u00` with which the escape may spell a character of the literal. */
export const HIDING: usize = 512;
/** Vectors of one repeated byte. As constants in the code they would be built anew in each turn of the loop. */
const REPEATED: usize = 768;
/** The closing brackets that are still to come, outermost first. */
const PENDING: usize = 4096;
const PENDING_END: usize = 32768;
/** Where the bytes to skip lie. A page after it stays free: vectors are read beyond the last byte. */
export const INPUT: usize = 65536;
export const INPUT_LENGTH: usize = 1048576;

/** The bytes of REPEATED, in their order. */
const QUOTE: i32 = 0x22;
const BACKSLASH: i32 = 0x5c;
const COMMA: i32 = 0x2c;
const COLON: i32 = 0x3a;
const FIRST_PRINTABLE: i32 = 0x20;
const LOW_HALF: i32 = 0x0f;
/** These bits of a byte are those of BRACKET for `[`, `]`, `{` and `}`, and besides them for `Y`, `_`, `y` and DEL. */
const BRACKET_BITS: i32 = 0xd9;
const BRACKET: i32 = 0x59;

const OPEN_OBJECT: i32 = 0x7b;
/** Set in an opening bracket and not in a closing one. */
const OPENS: i32 = 2;

/* How a skip ends. */
/** At the start of a record that was not skipped. */
const AT_RECORD: i32 = 0;
/** After a record that no other one follows. */
const AFTER_RECORD: i32 = 1;
/** At the start of a record like those skipped, but that it may hold the literal. */
const AT_CANDIDATE: i32 = 2;

let literalLength: usize = 0;
/** The byte of the literal that is looked at first, together with its opening quote: a rare one. */
let probeAt: usize = 0;

/** Takes the literal that lies at LITERAL, quotes included. */
export function setLiteral(length: usize, probe: usize): void {
  literalLength = length;
  probeAt = probe;
  repeat(0, QUOTE);
  repeat(1, BACKSLASH);
  repeat(2, COMMA);
  repeat(3, COLON);
  repeat(4, FIRST_PRINTABLE);
  repeat(5, LOW_HALF);
  repeat(6, BRACKET_BITS);
  repeat(7, BRACKET);
  repeat(8, <i32>load<u8>(LITERAL + probe));
}

function repeat(place: usize, byte: i32): void {
  v128.store(REPEATED + place * 16, i8x16.splat(<i8>byte));
}

/**
 * Skips from the `{` at `from`, an element of an array, to `end` at most.
 * @returns how it ended; RESULT has the rest
 */
// biome-ignore lint/complexity/noExcessiveCognitiveComplexity: one pass over registers; whatever is split off and is not inlined costs speed.
export function skip(from: usize, end: usize): i32 {
  const quote = v128.load(REPEATED);
  const backslash = v128.load(REPEATED, 16);
  const comma = v128.load(REPEATED, 32);
  const colon = v128.load(REPEATED, 48);
  const printable = v128.load(REPEATED, 64);
  const half = v128.load(REPEATED, 80);
  const bracketBits = v128.load(REPEATED, 96);
  const bracket = v128.load(REPEATED, 112);
  const probe = v128.load(REPEATED, 128);
  const toProbe = probeAt;
  let stop = from;
  let records = 0;
  let pending = PENDING;
  let isCandidate = false;
  /** All ones inside a string, else 0. */
  let inString: u64 = 0;
  /** 1 when the block before ended with the first half of an escape. */
  let cutEscape: u64 = 0;
  for (let at = from; at < end; at += 64) {
    const a = v128.load(at);
    const b = v128.load(at, 16);
    const c = v128.load(at, 32);
    const d = v128.load(at, 48);
    const left = end - at;
    const valid: u64 = left >= 64 ? -1 : ((<u64>1) << left) - 1;

    const quotesA = i8x16.eq(a, quote);
    const quotesB = i8x16.eq(b, quote);
    const quotesC = i8x16.eq(c, quote);
    const quotesD = i8x16.eq(d, quote);
    const probesA = v128.and(quotesA, i8x16.eq(v128.load(at + toProbe), probe));
    const probesB = v128.and(quotesB, i8x16.eq(v128.load(at + toProbe, 16), probe));
    const probesC = v128.and(quotesC, i8x16.eq(v128.load(at + toProbe, 32), probe));
    const probesD = v128.and(quotesD, i8x16.eq(v128.load(at + toProbe, 48), probe));
    if (v128.any_true(any(probesA, probesB, probesC, probesD))) {
      if (holdsLiteral(bits(probesA, probesB, probesC, probesD), at)) isCandidate = true;
    }

    const slashesA = i8x16.eq(a, backslash);
    const slashesB = i8x16.eq(b, backslash);
    const slashesC = i8x16.eq(c, backslash);
    const slashesD = i8x16.eq(d, backslash);
    let escaped = cutEscape;
    cutEscape = 0;
    if (v128.any_true(any(slashesA, slashesB, slashesC, slashesD))) {
      const slashes = bits(slashesA, slashesB, slashesC, slashesD) & valid;
      if (mayHideLiteral(slashes, at)) isCandidate = true;
      const halves = escapeHalves(slashes, escaped);
      const escapes = halves & slashes;
      if (!areKnown(escapes, at)) break;
      escaped |= halves & ~escapes;
      cutEscape = escapes >> 63;
    }

    const quotes = bits(quotesA, quotesB, quotesC, quotesD) & ~escaped;
    // From each opening quote to the byte before the closing one.
    const strings = parities(quotes) ^ inString;
    inString = <u64>(<i64>strings >> 63);
    const between = ~strings & valid;

    const least = i8x16.min_u(i8x16.min_u(a, b), i8x16.min_u(c, d));
    if (v128.any_true(i8x16.sub_sat_u(printable, least))) {
      const controls = bits(
        i8x16.lt_u(a, printable),
        i8x16.lt_u(b, printable),
        i8x16.lt_u(c, printable),
        i8x16.lt_u(d, printable),
      );
      if ((controls & strings & valid) !== 0) break;
    }

    let brackets =
      between &
      bits(
        i8x16.eq(v128.and(a, bracketBits), bracket),
        i8x16.eq(v128.and(b, bracketBits), bracket),
        i8x16.eq(v128.and(c, bracketBits), bracket),
        i8x16.eq(v128.and(d, bracketBits), bracket),
      );
    const separators = bits(
      v128.or(i8x16.eq(a, comma), i8x16.eq(a, colon)),
      v128.or(i8x16.eq(b, comma), i8x16.eq(b, colon)),
      v128.or(i8x16.eq(c, comma), i8x16.eq(c, colon)),
      v128.or(i8x16.eq(d, comma), i8x16.eq(d, colon)),
    );
    if ((between & ~(brackets | quotes | separators)) !== 0) {
      const foreign = bits(foreigners(a, half), foreigners(b, half), foreigners(c, half), foreigners(d, half));
      if ((foreign & between) !== 0) break;
    }

    while (brackets !== 0) {
      const place = at + <usize>ctz(brackets);
      brackets &= brackets - 1;
      const byte = <i32>load<u8>(place);
      // What is no bracket but has its bits ends here too: it is not the pending one, or nothing will close it.
      if ((byte & OPENS) !== 0) {
        if (pending === PENDING_END) return finish(AT_RECORD, records, stop, 0);
        // Both closing brackets lie two above their opening ones.
        store<u8>(pending, byte + 2);
        pending++;
        continue;
      }
      pending--;
      if (<i32>load<u8>(pending) !== byte) return finish(AT_RECORD, records, stop, 0);
      if (pending !== PENDING) continue;
      const after = place + 1;
      // The match may be that of a later record in the same block: the host looks for itself.
      if (isCandidate) return finish(AT_CANDIDATE, records, stop, after);
      records++;
      stop = nextRecord(after, end);
      if (stop === 0) return finish(AFTER_RECORD, records, after, 0);
    }
  }
  return finish(AT_RECORD, records, stop, 0);
}

function finish(verdict: i32, records: i32, stop: usize, candidateEnd: usize): i32 {
  store<i32>(RESULT, records);
  store<i32>(RESULT, <i32>stop, 4);
  store<i32>(RESULT, <i32>candidateEnd, 8);
  return verdict;
}

/** All ones for each byte that must not stand between strings. */
function foreigners(bytes: v128, half: v128): v128 {
  const low = i8x16.swizzle(v128.load(LOW_HALVES), v128.and(bytes, half));
  // There is no shift of bytes in the hardware; what comes in from the neighbour is cut off.
  const high = i8x16.swizzle(v128.load(HIGH_HALVES), v128.and(i16x8.shr_u(bytes, 4), half));
  return i8x16.eq(v128.and(low, high), i8x16.splat(0));
}

/** Whether the literal begins at one of the places. */
function holdsLiteral(places: u64, at: usize): bool {
  while (places !== 0) {
    const from = at + <usize>ctz(places);
    places &= places - 1;
    let i: usize = 1;
    while (i < literalLength && load<u8>(from + i) === load<u8>(LITERAL + i)) i++;
    if (i === literalLength) return true;
  }
  return false;
}

/** Whether after one of the backslashes, be it escaped itself or not, stands `u00` and a digit of the literal's. */
function mayHideLiteral(slashes: u64, at: usize): bool {
  while (slashes !== 0) {
    const from = at + <usize>ctz(slashes);
    slashes &= slashes - 1;
    const isAscii = load<u16>(from + 1) === 0x3075 && load<u8>(from + 3) === 0x30;
    if (isAscii && load<u8>(HIDING + <usize>load<u8>(from + 4)) !== 0) return true;
  }
  return false;
}

function areKnown(escapes: u64, at: usize): bool {
  while (escapes !== 0) {
    if (load<u8>(ESCAPES + <usize>load<u8>(at + <usize>ctz(escapes) + 1)) === 0) return false;
    escapes &= escapes - 1;
  }
  return true;
}

/** Where after a record the next one begins, past a comma; 0 when none that begins as all do is before `end`. */
function nextRecord(after: usize, end: usize): usize {
  let at = pastSpace(after, end);
  if (at === end || <i32>load<u8>(at) !== COMMA) return 0;
  at = pastSpace(at + 1, end);
  return at === end || <i32>load<u8>(at) !== OPEN_OBJECT || !isFirstKey(pastSpace(at + 1, end), end) ? 0 : at;
}

/* The first and the last bytes of `"eventVersion"`. */
// biome-ignore lint/correctness/noPrecisionLoss: an integer of 64 bits here.
const FIRST_BYTES: u64 = 0x6556746e65766522;
// biome-ignore lint/correctness/noPrecisionLoss: as above.
const LAST_BYTES: u64 = 0x226e6f6973726556;

function isFirstKey(at: usize, end: usize): bool {
  return at + 14 <= end && load<u64>(at) === FIRST_BYTES && load<u64>(at, 6) === LAST_BYTES;
}

function pastSpace(at: usize, end: usize): usize {
  while (at < end) {
    const byte = <i32>load<u8>(at);
    if (byte !== 0x20 && byte !== 0x0a && byte !== 0x0d && byte !== 0x09) break;
    at++;
  }
  return at;
}

/* Masks of 64 bytes: a bit for each, the lowest for the first. */

/** One bit a byte, the lowest for the first; each byte of the vectors is all ones or 0. */
function bits(a: v128, b: v128, c: v128, d: v128): u64 {
  return (
    <u64>(<u32>i8x16.bitmask(a)) |
    ((<u64>(<u32>i8x16.bitmask(b))) << 16) |
    ((<u64>(<u32>i8x16.bitmask(c))) << 32) |
    ((<u64>(<u32>i8x16.bitmask(d))) << 48)
  );
}

function any(a: v128, b: v128, c: v128, d: v128): v128 {
  return v128.or(v128.or(a, b), v128.or(c, d));
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
  const ODD: u64 = 0xaaaaaaaaaaaaaaaa;
  const starts = slashes & ~cut;
  return (((starts << 1) | ODD) - starts) ^ ODD;
}
