import type { ClientSettings } from '../../lambda/adapters/aws/sdk';
import { type ObjectReadError, UsageError } from '../../lambda/errors';
import type { StoredObject } from '../../lambda/pipeline/replay';
import type { ObjectRef } from '../../lambda/ports';
import { BUCKET_NAME, classifyKey, type SkippedKind } from '../../lambda/trail/object-key';
import { compareUtf8, formatInstant } from '../../lambda/util/values';

/** The trail that a command line selects. */
export interface TrailPaths {
  /** folders, files, globs, S3 URIs, or `-` for standard input */
  readonly paths: readonly string[];
  readonly keyFilter: KeyFilter;
  /** whether the event history of the account is read, too */
  readonly eventHistory?: boolean | undefined;
  readonly client: ClientSettings;
}

/** The part of a trail to read, as far as keys tell. */
export interface KeyFilter {
  readonly accounts?: readonly string[] | undefined;
  readonly regions?: readonly string[] | undefined;
  /** times of calls; UTC epoch seconds, `since` included and `until` excluded */
  readonly since?: number | undefined;
  readonly until?: number | undefined;
  /** whether S3 objects may have keys without CloudTrail's layout; by default only one named by its full key may */
  readonly anyKey?: boolean | undefined;
}

/** Why an object is not read: it is not a log file, or its key does not pass the filter. */
export type SkipReason = SkippedKind | 'not selected';

/** An input: a log file to read, an object to skip or to restore first, or a path that cannot be listed. */
export type InputObject =
  | ({ readonly kind: 'log' } & StoredObject)
  | { readonly kind: 'skipped'; readonly reason: SkipReason; readonly object?: ObjectRef; readonly path?: string }
  | { readonly kind: 'archived'; readonly object: ObjectRef }
  | { readonly kind: 'failure'; readonly error: ObjectReadError };

/** Seconds by which a key's time of delivery may follow the call: 10 minutes in real trails, an hour to be safe. */
const MAX_DELIVERY_SECONDS = 3600;

export function isNarrow({ accounts, regions, since, until, anyKey }: KeyFilter): boolean {
  return anyKey !== true && [accounts, regions, since, until].some((bound) => bound !== undefined);
}

/** First and last day of keys, `YYYY/MM/DD`; `undefined` for no bound. */
export function daysOf({ since, until }: KeyFilter) {
  return {
    first: since === undefined ? undefined : dayOf(since),
    last: until === undefined ? undefined : dayOf(until + MAX_DELIVERY_SECONDS),
  };
}

/** `2026/11/24` */
export function dayOf(second: number): string {
  return formatInstant(second).slice(0, 10).replaceAll('-', '/');
}

/** Whether a key of CloudTrail's layout passes the filter; any other key does. */
export function isSelected(key: string, keyFilter: KeyFilter): boolean {
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

export interface S3Uri {
  readonly bucket: string;
  /** the start of keys; may end within a name */
  readonly prefix: string;
}

const SCHEME = 's3://';

export function isS3Uri(path: string): boolean {
  return path.startsWith(SCHEME);
}

/** @throws UsageError for a path without a bucket's name */
export function parseS3Uri(path: string): S3Uri {
  const [, bucket = '', prefix = ''] = /^s3:\/\/([^/]*)\/?(.*)$/s.exec(path) ?? [];
  if (BUCKET_NAME.test(bucket)) return { bucket, prefix };
  throw new UsageError(`${path}: no valid bucket name after s3://; expected s3://BUCKET or s3://BUCKET/PREFIX`);
}

/** By key and without those inside another, so that each object is listed once. */
export function distinctUris(uris: readonly S3Uri[]): S3Uri[] {
  const sorted = [...uris].sort((a, b) => compareUtf8(a.bucket, b.bucket) || compareUtf8(a.prefix, b.prefix));
  const distinct: S3Uri[] = [];
  for (const uri of sorted) {
    const last = distinct.at(-1);
    if (last?.bucket !== uri.bucket || !uri.prefix.startsWith(last.prefix)) distinct.push(uri);
  }
  return distinct;
}
