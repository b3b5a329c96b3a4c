/**
 * Scans a CloudTrail document, `{"Records":[…]}`, that comes in pieces. AssemblyScript: compiled to WebAssembly by
 * `npm run wasm`; ../simd-scanner.ts says what it promises, and fills the tables.
 */

import { BLOCK, RESULT, ROW_SIZE, ROWS, ROWS_LENGTH } from './places';
import { equals } from './record-fields';
import { AT_RECORD, noRows, ODD, pastSpace, prepare, readRows, records, row, skipRecords, stop } from './skip-records';

export * from './places';

const OPEN_OBJECT: i32 = 0x7b;
const CLOSE_OBJECT: i32 = 0x7d;
const OPEN_ARRAY: i32 = 0x5b;
const CLOSE_ARRAY: i32 = 0x5d;
const COMMA: i32 = 0x2c;
const COLON: i32 = 0x3a;
const SPACE: i8 = 0x20;

const RECORDS: string = '"Records"';

/* What comes next, but for white space. */
const BEGIN: i32 = 0;
const FIRST_RECORD: i32 = 1;
const RECORD: i32 = 2;
const AFTER_RECORD: i32 = 3;
const AFTER_ARRAY: i32 = 4;
const END: i32 = 5;
const NOTHING: i32 = 6;

let next: i32 = BEGIN;

/* How a call ends. */
const DONE: i32 = 0;
const ODD_DOCUMENT: i32 = 1;
const FULL: i32 = 2;

/** Turns to another document. */
export function begin(): void {
  next = BEGIN;
  prepare();
}

/**
 * Goes on with the bytes from `from` to `end`, the first of them where the last call stopped. RESULT says how far it came.
 * What lies after `end` is overwritten.
 * @returns DONE, at `end` or a record that is cut; ODD for a document that the record scanner must look at; FULL where
 * there is no room for more rows
 */
export function scanForCalls(from: usize, end: usize): i32 {
  return scan<i32>(from, end);
}

/** The same, for the literals of the host. */
export function scanForLiterals(from: usize, end: usize): i32 {
  return scan<f32>(from, end);
}

function scan<Sought>(from: usize, end: usize): i32 {
  noRows();
  found = 0;
  for (let i: usize = 0; i < BLOCK; i += 16) v128.store(end + i, i8x16.splat(SPACE));
  const at = scanFrom<Sought>(from, end);
  if (at === 0) return ODD_DOCUMENT;
  const isFull = row === ROWS + ROWS_LENGTH;
  if (isInteger<Sought>()) readRows();
  store<i32>(RESULT, found);
  store<u32>(RESULT, <u32>at, 4);
  store<i32>(RESULT, <i32>((row - ROWS) / ROW_SIZE), 8);
  store<i32>(RESULT, next === END ? 1 : 0, 12);
  return isFull ? FULL : DONE;
}

/** Records of this call so far. */
let found: i32 = 0;

/** @returns where it stops, 0 in an odd document */
function scanFrom<Sought>(from: usize, end: usize): usize {
  let at = from;
  if (next === BEGIN) {
    at = afterHead(at, end);
    if (at === 0) return 0;
    next = FIRST_RECORD;
  }
  for (at = pastSpace(at, end); at < end; at = pastSpace(at, end)) {
    const byte = <i32>load<u8>(at);
    if (next <= RECORD && byte === OPEN_OBJECT) {
      const how = skipRecords<Sought>(at, end);
      if (how === ODD) return 0;
      found += records;
      at = stop;
      next = how === AT_RECORD ? RECORD : AFTER_RECORD;
      if (how === AT_RECORD) break;
    } else {
      next = nextAfter(byte);
      if (next === NOTHING) return 0;
      at++;
    }
  }
  return at;
}

/** What comes next after a byte that begins no record. */
function nextAfter(byte: i32): i32 {
  if (byte === COMMA) return next === AFTER_RECORD ? RECORD : NOTHING;
  if (byte === CLOSE_ARRAY) return next === AFTER_RECORD || next === FIRST_RECORD ? AFTER_ARRAY : NOTHING;
  return byte === CLOSE_OBJECT && next === AFTER_ARRAY ? END : NOTHING;
}

/** The index after `{"Records":[`; 0 where the document begins otherwise. */
function afterHead(from: usize, end: usize): usize {
  let at = afterByte(from, end, OPEN_OBJECT);
  at = pastSpace(at, end);
  if (!equals(at, RECORDS)) return 0;
  at = afterByte(at + RECORDS.length, end, COLON);
  return afterByte(at, end, OPEN_ARRAY);
}

/** 0 where the next byte is another one, or `from` is 0. */
function afterByte(from: usize, end: usize, byte: i32): usize {
  const at = pastSpace(from, end);
  return from !== 0 && at < end && <i32>load<u8>(at) === byte ? at + 1 : 0;
}
