import { type ObjectReadError, UsageError } from '../../lambda/errors';
import type { StoredObject } from '../../lambda/pipeline/replay';
import { BUCKET_NAME, classifyKey, type SkippedKind } from '../../lambda/trail/object-key';
import { formatInstant } from '../../lambda/util/values';

/** Why an object is not read: it is no log, or its key names an account, a region or a day that nobody asked for. */
export type NotRead = SkippedKind | 'not asked for';

/** What lies where a command was pointed: a log to read, something passed over, or a place that could not be looked at. */
export type Found =
  | ({ readonly kind: 'log' } & StoredObject)
  | { readonly kind: 'passed-over'; readonly as: NotRead }
  | { readonly kind: 'failure'; readonly error: ObjectReadError };

/** What of a trail is asked for, as far as keys tell it. */
export interface KeyFilter {
  readonly accounts?: readonly string[] | undefined;
  readonly regions?: readonly string[] | undefined;
  /** of the calls; UTC epoch seconds, `since` included and `until` not */
  readonly since?: number | undefined;
  readonly until?: number | undefined;
}

/** The days of keys, `YYYY/MM/DD`, both included; `undefined` where there is no bound. */
export interface Days {
  readonly first: string | undefined;
  readonly last: string | undefined;
}

/** A key names the time of delivery: 10 minutes after the call at most, as far as was seen, and an hour to be safe. */
const LONGEST_DELIVERY_SECONDS = 3600;

export function isNarrow({ accounts, regions, since, until }: KeyFilter): boolean {
  return [accounts, regions, since, until].some((bound) => bound !== undefined);
}

export function daysOf({ since, until }: KeyFilter): Days {
  return {
    first: since === undefined ? undefined : dayOf(since),
    last: until === undefined ? undefined : dayOf(until + LONGEST_DELIVERY_SECONDS),
  };
}

/** `2026/11/24` */
export function dayOf(second: number): string {
  return formatInstant(second).slice(0, 10).replaceAll('-', '/');
}

/** Whether a key of the usual layout lies within what is asked for. Of any other name nothing can be told. */
export function isAskedFor(key: string, keyFilter: KeyFilter): boolean {
  const named = classifyKey(key);
  if (named.kind !== 'log') return true;
  const { accounts, regions } = keyFilter;
  const { first, last } = daysOf(keyFilter);
  return (
    (accounts?.includes(named.account) ?? true) &&
    (regions?.includes(named.region) ?? true) &&
    named.day >= (first ?? named.day) &&
    named.day <= (last ?? named.day)
  );
}

/** Where in S3 a path of the command line points. */
export interface S3Place {
  readonly bucket: string;
  /** what keys start with; need not end at a slash */
  readonly prefix: string;
}

const SCHEME = 's3://';

export function isS3Path(path: string): boolean {
  return path.startsWith(SCHEME);
}

/** @throws UsageError for a path without a bucket's name */
export function parseS3Path(path: string): S3Place {
  const rest = path.slice(SCHEME.length);
  const slash = rest.indexOf('/');
  const bucket = slash < 0 ? rest : rest.slice(0, slash);
  if (!BUCKET_NAME.test(bucket)) {
    throw new UsageError(`${path}: not a bucket's name after s3://; give s3://BUCKET or s3://BUCKET/PREFIX`);
  }
  return { bucket, prefix: slash < 0 ? '' : rest.slice(slash + 1) };
}

/** In the order of their keys, and none that lies within another: so no object is met twice. */
export function distinctPlaces(places: readonly S3Place[]): S3Place[] {
  const sorted = [...places].sort((a, b) => compareBytes(a.bucket, b.bucket) || compareBytes(a.prefix, b.prefix));
  const distinct: S3Place[] = [];
  for (const place of sorted) {
    const last = distinct.at(-1);
    const within = last?.bucket === place.bucket && place.prefix.startsWith(last.prefix);
    if (!within) distinct.push(place);
  }
  return distinct;
}

/** S3 lists keys in the order of their UTF-8 bytes, which is not the order of JavaScript's texts. */
export function compareBytes(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}
