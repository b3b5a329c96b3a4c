/** Objects in S3. Loaded when a path asks for it: the SDK takes longer to load than a small replay takes. */

import { type ClientSettings, s3Client } from '../../lambda/adapters/aws';
import {
  countRequests,
  type ListedObject,
  listObjects,
  listPrefixes,
  S3Listing,
  S3Source,
} from '../../lambda/adapters/aws/s3';
import { ObjectReadError } from '../../lambda/errors';
import type { ObjectListing, ObjectRef, ObjectSource } from '../../lambda/ports';
import { classifyKey } from '../../lambda/trail/object-key';
import type { Console } from '../cli/io';
import { type KeyRange, rangesUnder } from './key-ranges';
import { compareBytes, type Found, isAskedFor, type KeyFilter, type S3Place } from './model';

export interface S3Objects {
  readonly source: ObjectSource;
  /** finds what lies beside what is asked for, for evidence */
  readonly listing: ObjectListing;
  /** listings asked for so far */
  readonly requests: { readonly lists: number };
  /** @param after what comes at or before this object is left out, without listing it */
  find(after?: ObjectRef): AsyncIterable<Found>;
}

/** @param places in the order of their keys, none within another */
export function openS3Objects(
  places: readonly S3Place[],
  keyFilter: KeyFilter,
  settings: ClientSettings,
  { env }: Pick<Console, 'env'>,
): S3Objects {
  const client = s3Client(settings, env);
  const requests = countRequests(client);
  async function* findIn({ bucket, prefix }: S3Place, after: string | undefined): AsyncIterable<Found> {
    const folders = (of: string) => listPrefixes(client, bucket, of);
    const ranges = rangesUnder(prefix, keyFilter, folders);
    const list = (of: string, behind: string | undefined) => listObjects(client, bucket, of, behind);
    try {
      for await (const { key, bytes, lastModified } of objectsIn(ranges, list, after)) {
        const { kind } = classifyKey(key);
        if (kind !== 'log') yield { kind: 'passed-over', as: kind };
        else if (!isAskedFor(key, keyFilter)) yield { kind: 'passed-over', as: 'not asked for' };
        else yield { kind: 'log', object: { bucket, key }, bytes, version: String(lastModified) };
      }
    } catch (error) {
      if (!(error instanceof ObjectReadError)) throw error;
      yield { kind: 'failure', error };
    }
  }
  return {
    source: new S3Source(client),
    listing: new S3Listing(client),
    requests,
    async *find(after) {
      for (const place of places) {
        const order = after === undefined ? 1 : compareBytes(place.bucket, after.bucket);
        if (order >= 0) yield* findIn(place, order === 0 ? after?.key : undefined);
      }
    },
  };
}

export type ListObjects = (prefix: string, after: string | undefined) => AsyncIterable<ListedObject>;

/** Listings whose first page is asked for while an earlier one is still gone through. */
const LISTINGS_AHEAD = 8;

/**
 * The objects of the ranges, one range after the other.
 * @param after what lies at this key or before it is left out, without listing it
 */
export function objectsIn(
  ranges: AsyncIterable<KeyRange>,
  list: ListObjects,
  after: ObjectRef['key'] | undefined,
): AsyncIterable<ListedObject> {
  return inOrder(listings(ranges, list, after), LISTINGS_AHEAD);
}

async function* listings(
  ranges: AsyncIterable<KeyRange>,
  list: ListObjects,
  after: string | undefined,
): AsyncIterable<AsyncIterable<ListedObject>> {
  for await (const range of ranges) {
    const isDone = after !== undefined && !after.startsWith(range.prefix) && compareBytes(range.prefix, after) < 0;
    if (!isDone) yield listed(range, list, after?.startsWith(range.prefix) === true ? after : undefined);
  }
}

async function* listed(range: KeyRange, list: ListObjects, after: string | undefined): AsyncIterable<ListedObject> {
  for await (const object of list(range.prefix, laterOf(range.after, after))) {
    if (range.before !== undefined && compareBytes(object.key, range.before) >= 0) return;
    yield object;
  }
}

function laterOf(a: string | undefined, b: string | undefined): string | undefined {
  if (a === undefined || b === undefined) return a ?? b;
  return compareBytes(a, b) < 0 ? b : a;
}

/** Goes through sources in order, each to its end; the first item of the next `ahead` is asked for already. */
async function* inOrder<T>(sources: AsyncIterable<AsyncIterable<T>>, ahead: number): AsyncIterable<T> {
  const begun: { readonly rest: AsyncIterator<T>; readonly first: Promise<IteratorResult<T>> }[] = [];
  const more = sources[Symbol.asyncIterator]();
  let isOver = false;
  while (true) {
    while (!isOver && begun.length <= ahead) {
      const source = await more.next();
      if (source.done === true) {
        isOver = true;
      } else {
        const rest = source.value[Symbol.asyncIterator]();
        const first = rest.next();
        // Whoever waits for it is told; nobody may, when an earlier one failed.
        first.catch(() => undefined);
        begun.push({ rest, first });
      }
    }
    const next = begun.shift();
    if (next === undefined) return;
    for (let item = await next.first; item.done !== true; item = await next.rest.next()) yield item.value;
  }
}
