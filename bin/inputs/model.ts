import type { ClientSettings } from '../../lambda/adapters/aws/sdk';
import { type ObjectReadError, UsageError } from '../../lambda/errors';
import type { StoredObject } from '../../lambda/pipeline/replay';
import type { ObjectRef } from '../../lambda/ports';
import { BUCKET_NAME, classifyKey, type SkippedKind } from '../../lambda/trail/object-key';
import { compareUtf8, formatInstant } from '../../lambda/util/values';

/** What a command line says of the trail to read. */
export interface TrailPaths {
  /** folders, files, globs, S3 URIs, or `-` for standard input */
  readonly paths: readonly string[];
  readonly keyFilter: KeyFilter;
  /** whether the event history of the account is read, too */
  readonly eventHistory?: boolean | undefined;
  readonly client: ClientSettings;
}

/** What of a trail is read, as far as keys say it. */
export interface KeyFilter {
  readonly accounts?: readonly string[] | undefined;
  readonly regions?: readonly string[] | undefined;
  /** of the calls; UTC epoch seconds, `since` included and `until` not */
  readonly since?: number | undefined;
  readonly until?: number | undefined;
  /** whether S3 objects need no key of CloudTrail's layout; by default one that is named by its full key needs none */
  readonly anyKey?: boolean | undefined;
}

/** Why an object is not read: it is no log file, or its key does not pass the filter. */
export type SkipReason = SkippedKind | 'not selected';

/** What a command was pointed at: a log file to read, an object to skip or to restore first, or a path that cannot be listed. */
export type InputObject =
  | ({ readonly kind: 'log' } & StoredObject)
  | { readonly kind: 'skipped'; readonly reason: SkipReason; readonly object?: ObjectRef; readonly path?: string }
  | { readonly kind: 'archived'; readonly object: ObjectRef }
  | { readonly kind: 'failure'; readonly error: ObjectReadError };

/** A key names the time of delivery: at most 10 minutes after the call, as far as was seen, and an hour to be safe. */
const MAX_DELIVERY_SECONDS = 3600;

export function isNarrow({ accounts, regions, since, until, anyKey }: KeyFilter): boolean {
  return anyKey !== true && [accounts, regions, since, until].some((bound) => bound !== undefined);
}

/** The days of keys, `YYYY/MM/DD`, both included; `undefined` where there is no bound. */
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
  /** what keys start with; may end in the middle of a name */
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

/** In the order of their keys and without those that lie within another, so that each object is listed once. */
export function distinctUris(uris: readonly S3Uri[]): S3Uri[] {
  const sorted = [...uris].sort((a, b) => compareUtf8(a.bucket, b.bucket) || compareUtf8(a.prefix, b.prefix));
  const distinct: S3Uri[] = [];
  for (const uri of sorted) {
    const last = distinct.at(-1);
    if (last?.bucket !== uri.bucket || !uri.prefix.startsWith(last.prefix)) distinct.push(uri);
  }
  return distinct;
}
