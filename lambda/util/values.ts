/** Small functions over plain values: numbers, texts, maps, hashes and times. */
import { hash } from 'node:crypto';

export type JsonObject = Readonly<Record<string, unknown>>;

export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The nested value at a path of fields; `undefined` if any is missing or no object. */
export function valueAt(value: unknown, ...path: readonly string[]): unknown {
  let at = value;
  for (const field of path) at = isObject(at) ? at[field] : undefined;
  return at;
}

export const plural = (count: number, noun: string) => `${count} ${noun}${count === 1 ? '' : 's'}`;

/** What is there of a list with conditions. */
export function present<T>(values: readonly (T | false | undefined)[]): T[] {
  return values.filter((value): value is T => value !== false && value !== undefined);
}

/** The value of a key, created if it is missing. */
export function getOrInsert<K, V>(map: Map<K, V>, key: K, make: () => V): V {
  let value = map.get(key);
  if (value === undefined) {
    value = make();
    map.set(key, value);
  }
  return value;
}

/** Adds to the count of a key; a count of 0 has no entry. */
export function addTo<K>(counts: Map<K, number>, key: K, by = 1): void {
  const count = (counts.get(key) ?? 0) + by;
  if (count === 0) counts.delete(key);
  else counts.set(key, count);
}

/** Orders by code unit, the same on every machine, unlike localeCompare. */
export function compareText(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}

/** From here on the order of UTF-16 differs from that of UTF-8. */
const SURROGATES = /[\ud800-\uffff]/;

/** Orders by the bytes of UTF-8, as S3 and DynamoDB order keys. */
export function compareUtf8(a: string, b: string): number {
  if (SURROGATES.test(a) && SURROGATES.test(b)) return Buffer.compare(Buffer.from(a), Buffer.from(b));
  return compareText(a, b);
}

/** The least of any number of values, Infinity of none; Math.min takes only as many as fit on the stack. */
export function minOf(numbers: Iterable<number>): number {
  let least = Number.POSITIVE_INFINITY;
  for (const number of numbers) if (number < least) least = number;
  return least;
}

/** The greatest of any number of values, -Infinity of none. */
export function maxOf(numbers: Iterable<number>): number {
  let greatest = Number.NEGATIVE_INFINITY;
  for (const number of numbers) if (number > greatest) greatest = number;
  return greatest;
}

/** The first `bytes` bytes of the SHA-256 of `parts`, as hex; different lists of parts hash differently. */
export function hashHex(bytes: number, ...parts: readonly string[]): string {
  return digestOf(parts).toString('hex', 0, bytes);
}

/** As `hashHex` in base64url, a third shorter, for hashes that are stored in numbers. */
export function hashShort(bytes: number, ...parts: readonly string[]): string {
  return digestOf(parts).toString('base64url', 0, bytes);
}

const digestOf = (parts: readonly string[]) => hash('sha256', JSON.stringify(parts), 'buffer');

const ISO_INSTANT = /^(\d{4})-(\d\d)-(\d\d)T(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d(?:\.\d{1,9})?(?:Z|[+-]\d\d:?\d\d)$/;

/** Epoch seconds of an ISO 8601 instant, fractions cut off; undefined for anything else, 30 February included. */
export function parseInstant(text: string): number | undefined {
  const parts = ISO_INSTANT.exec(text);
  const milliseconds = parts === null ? Number.NaN : Date.parse(text);
  if (parts === null || Number.isNaN(milliseconds)) return undefined;
  const day = Number(parts[3]);
  // Date.parse rolls 30 February over into March.
  if (day > 28 && day > new Date(Date.UTC(Number(parts[1]), Number(parts[2]), 0)).getUTCDate()) return undefined;
  return Math.floor(milliseconds / 1000);
}

const LOOSE_INSTANT =
  /^(\d{4}-\d\d-\d\d)(?:[T ](\d\d:\d\d)(:\d\d(?:\.\d{1,9})?)?)?(?: ?(Z|UTC|[+-]\d\d(?::?\d\d)?))?$/i;

/** As `parseInstant`, and for a date alone, a time after a blank, without seconds or without a zone (UTC). */
export function parseTime(text: string): number | undefined {
  const [, day, minute = '00:00', second = ':00', zone = 'Z'] = LOOSE_INSTANT.exec(text) ?? [];
  const offset = /^[zu]/i.test(zone) ? 'Z' : zone.padEnd(5, '0');
  return day === undefined ? undefined : parseInstant(`${day}T${minute}${second}${offset}`);
}

/** `2026-11-24T04:01:30Z` for whole epoch seconds. */
export function formatInstant(second: number): string {
  return new Date(second * 1000).toISOString().replace('.000Z', 'Z');
}

/** `04:01:30` for whole epoch seconds. */
export const formatTime = (second: number) => formatInstant(second).slice(11, 19);
