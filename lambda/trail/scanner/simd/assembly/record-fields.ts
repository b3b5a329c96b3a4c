/** Reads one record as strictly as JSON.parse, and says whether it is the rule's call, and where its fields lie. */

import { FIELDS, FIELDS_LENGTH } from './places';

/** What a record is, in its row. PARSE: the host must look at it, for it is odd, or has a fault or no actor. */
const OTHER: i32 = 0;
const CALL: i32 = 1;
const PARSE: i32 = 2;

/** How deep values may lie in one another; CloudTrail's own do 11 deep. */
const MAX_DEPTH: i32 = 500;

/* Fields, by their places in FIELDS; USER_ARN and PRINCIPAL are the identity's. */
const NONE: i32 = 0;
const EVENT_NAME: i32 = 1;
const EVENT_SOURCE: i32 = 2;
const EVENT_TIME: i32 = 3;
const REGION: i32 = 4;
const IDENTITY: i32 = 5;
const USER_ARN: i32 = 6;
const PRINCIPAL: i32 = 7;
const EVENT_ID: i32 = 8;

/** The next byte to read, and the end of the record. */
let at: usize = 0;
let end: usize = 0;
/** Whether the last string had an escape. */
let isEscaped: bool = false;
/** Whether a field, or a key that may be one, is written so that only the host can tell what it is. */
let isOdd: bool = false;

/**
 * @param from where its `{` lies: the brackets up to `to` are known to match
 * @param row where to say what it is
 * @returns whether that is worth a row
 */
export function readFields(from: usize, to: usize, row: usize): bool {
  const kind = read(from, to) && !isOdd ? kindOf(row) : PARSE;
  store<u32>(row, <u32>from);
  store<u32>(row, <u32>to, 4);
  store<i32>(row, kind, 8);
  return kind !== OTHER;
}

/** Whether an object has one of the keys that make it a record; false too where only the host can tell. */
export function isRecord(from: usize, to: usize): bool {
  return read(from, to) && (isGiven(EVENT_NAME) || isGiven(EVENT_SOURCE) || isGiven(EVENT_TIME) || isGiven(EVENT_ID));
}

function read(from: usize, to: usize): bool {
  at = from + 1;
  end = to;
  isOdd = false;
  memory.fill(FIELDS, 0, FIELDS_LENGTH);
  return objectOf(EVENT_NAME, 1) && at === end;
}

function kindOf(row: usize): i32 {
  if (!is(EVENT_NAME, 'DescribeInstances')) return OTHER;
  if (!isGiven(EVENT_SOURCE)) return PARSE;
  if (!is(EVENT_SOURCE, 'ec2.amazonaws.com')) return OTHER;
  const second = lengthOf(EVENT_TIME) === 20 ? instant(fromOf(EVENT_TIME)) : 0;
  if (second === 0 || lengthOf(REGION) === 0 || lengthOf(EVENT_ID) === 0) return PARSE;
  store<u32>(row, second, 12);
  storeSpan(row + 16, REGION);
  storeSpan(row + 32, EVENT_ID);
  const actor = lengthOf(USER_ARN) > 0 ? USER_ARN : PRINCIPAL;
  if (lengthOf(actor) === 0) return PARSE;
  storeSpan(row + 24, actor);
  return CALL;
}

function storeSpan(place: usize, field: i32): void {
  store<u64>(place, load<u64>(FIELDS + (field << 3)));
}

function fromOf(field: i32): usize {
  return load<u32>(FIELDS + (field << 3));
}

function lengthOf(field: i32): usize {
  return load<u32>(FIELDS + (field << 3), 4) - fromOf(field);
}

function isGiven(field: i32): bool {
  return fromOf(field) !== 0;
}

function is(field: i32, text: string): bool {
  return isText(fromOf(field), lengthOf(field), text);
}

function isText(from: usize, length: usize, text: string): bool {
  return <i32>length === text.length && equals(from, text);
}

/** Whether the bytes there are those of an ASCII text. */
export function equals(from: usize, text: string): bool {
  for (let i = 0; i < text.length; i++) if (<i32>load<u8>(from + i) !== text.charCodeAt(i)) return false;
  return true;
}

function fieldOf(first: i32, key: usize, length: usize): i32 {
  if (first === USER_ARN) {
    if (isText(key, length, 'arn')) return USER_ARN;
    return isText(key, length, 'principalId') ? PRINCIPAL : NONE;
  }
  if (isText(key, length, 'eventName')) return EVENT_NAME;
  if (isText(key, length, 'eventSource')) return EVENT_SOURCE;
  if (isText(key, length, 'eventTime')) return EVENT_TIME;
  if (isText(key, length, 'awsRegion')) return REGION;
  if (isText(key, length, 'eventID')) return EVENT_ID;
  return isText(key, length, 'userIdentity') ? IDENTITY : NONE;
}

/**
 * After a `{`: reads past its `}`.
 * @param first of the fields that are looked for in it, NONE for any other object
 * @returns false where it is no JSON, as all functions below
 */
function objectOf(first: i32, depth: i32): bool {
  if (depth > MAX_DEPTH) return false;
  if (peek() === 0x7d) return at++ < end;
  do {
    if (peek() !== 0x22) return false;
    const key = ++at;
    if (!restOfString()) return false;
    let field = NONE;
    if (first !== NONE) {
      if (isEscaped) isOdd = true;
      else field = fieldOf(first, key, at - 1 - key);
    }
    if (peek() !== 0x3a) return false;
    at++;
    if (!memberOf(field, depth)) return false;
  } while (isComma());
  return load<u8>(at - 1) === 0x7d;
}

/** The value of a field. A later one of the same name counts, as in JSON.parse. */
function memberOf(field: i32, depth: i32): bool {
  const byte = peek();
  if (field === NONE) return value(depth);
  if (field === IDENTITY && byte === 0x7b) {
    memory.fill(FIELDS + (USER_ARN << 3), 0, 16);
    at++;
    return objectOf(USER_ARN, depth + 1);
  }
  const from = at + 1;
  if (!value(depth)) return false;
  if (byte !== 0x22 || field === IDENTITY || isEscaped) isOdd = true;
  store<u32>(FIELDS + (field << 3), <u32>from);
  store<u32>(FIELDS + (field << 3), <u32>(at - 1), 4);
  return true;
}

function arrayOf(depth: i32): bool {
  if (depth > MAX_DEPTH) return false;
  if (peek() === 0x5d) return at++ < end;
  do {
    if (!value(depth)) return false;
  } while (isComma());
  return load<u8>(at - 1) === 0x5d;
}

/** Reads what follows a value: a comma, or the bracket that is to close. */
function isComma(): bool {
  const byte = peek();
  at++;
  return byte === 0x2c;
}

function value(depth: i32): bool {
  const byte = peek();
  at++;
  if (byte === 0x22) return restOfString();
  if (byte === 0x7b) return objectOf(NONE, depth + 1);
  if (byte === 0x5b) return arrayOf(depth + 1);
  if (byte === 0x74) return rest('rue');
  if (byte === 0x66) return rest('alse');
  if (byte === 0x6e) return rest('ull');
  return number(byte);
}

/** The next byte after white space, 0 at the end. */
function peek(): i32 {
  while (at < end) {
    const byte = <i32>load<u8>(at);
    if (byte > 0x20 || !isSpace(byte)) return byte;
    at++;
  }
  return 0;
}

export function isSpace(byte: i32): bool {
  return byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09;
}

function rest(text: string): bool {
  const from = at;
  at += text.length;
  return equals(from, text);
}

function number(first: i32): bool {
  if (first === 0x2d) first = <i32>load<u8>(at++);
  if (first >= 0x31 && first <= 0x39) digits();
  else if (first !== 0x30) return false;
  if (load<u8>(at) === 0x2e) {
    at++;
    if (!digits()) return false;
  }
  if ((load<u8>(at) | 0x20) === 0x65) {
    const sign = load<u8>(++at);
    if (sign === 0x2b || sign === 0x2d) at++;
    return digits();
  }
  return true;
}

function digits(): bool {
  const from = at;
  while (<u32>(load<u8>(at) - 0x30) < 10) at++;
  return at > from;
}

/** After a quote: reads past the closing one. */
function restOfString(): bool {
  isEscaped = false;
  while (true) {
    const bytes = v128.load(at);
    const quotes = v128.or(i8x16.eq(bytes, i8x16.splat(0x22)), i8x16.eq(bytes, i8x16.splat(0x5c)));
    const controls = i8x16.eq(bytes, i8x16.min_u(bytes, i8x16.splat(0x1f)));
    const stops = i8x16.bitmask(v128.or(quotes, controls));
    at += stops === 0 ? 16 : ctz(stops);
    if (at >= end) return false;
    if (stops === 0) continue;
    const byte = load<u8>(at++);
    if (byte === 0x22) return true;
    if (byte !== 0x5c || !isEscape()) return false;
    isEscaped = true;
  }
}

function isEscape(): bool {
  const byte = load<u8>(at++);
  if (byte === 0x75) {
    for (const from = at; at < from + 4; at++) {
      const digit = load<u8>(at);
      const letter = <u32>((digit | 0x20) - 0x61);
      if (<u32>(digit - 0x30) > 9 && letter > 5) return false;
    }
    return true;
  }
  return (
    byte === 0x22 ||
    byte === 0x5c ||
    byte === 0x2f ||
    byte === 0x62 ||
    byte === 0x66 ||
    byte === 0x6e ||
    byte === 0x72 ||
    byte === 0x74
  );
}

/** @returns UTC epoch seconds of `YYYY-MM-DDTHH:MM:SSZ`, 0 for any other text and outside the years 1971 to 2099 */
function instant(from: usize): u32 {
  const isForm =
    load<u8>(from, 4) === 0x2d &&
    load<u8>(from, 7) === 0x2d &&
    load<u8>(from, 10) === 0x54 &&
    load<u8>(from, 13) === 0x3a &&
    load<u8>(from, 16) === 0x3a &&
    load<u8>(from, 19) === 0x5a;
  if (!isForm) return 0;
  const year = two(from) * 100 + two(from + 2);
  const month = two(from + 5);
  const day = two(from + 8);
  const hour = two(from + 11);
  const minute = two(from + 14);
  const second = two(from + 17);
  if (year < 1971 || year > 2099 || month < 1 || month > 12 || hour > 23 || minute > 59 || second > 59) return 0;
  if (hour < 0 || minute < 0 || second < 0) return 0;
  const leap = (year & 3) === 0 ? 1 : 0;
  const longest = month === 2 ? 28 + leap : 30 + ((month + (month >> 3)) & 1);
  if (day < 1 || day > longest) return 0;
  // Of a year that begins in March the days before each month follow a line.
  const marchYear = month > 2 ? year : year - 1;
  const beforeMonth = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5;
  const days = marchYear * 365 + marchYear / 4 - marchYear / 100 + marchYear / 400 + beforeMonth + day - 719469;
  return <u32>days * 86400 + <u32>(hour * 3600 + minute * 60 + second);
}

/** Two digits, far below 0 where they are none. */
function two(from: usize): i32 {
  const tens = <i32>load<u8>(from) - 0x30;
  const ones = <i32>load<u8>(from, 1) - 0x30;
  return <u32>tens > 9 || <u32>ones > 9 ? -10000 : tens * 10 + ones;
}
