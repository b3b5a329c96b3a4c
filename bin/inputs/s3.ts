import {
  countRequests,
  type ListedObject,
  listObjects,
  listPrefixes,
  S3Listing,
  S3Source,
  s3Client,
} from '../../lambda/adapters/aws/s3';
import type { ClientSettings } from '../../lambda/adapters/aws/sdk';
import { ObjectReadError } from '../../lambda/errors';
import type { ObjectRef } from '../../lambda/ports';
import { classifyAnyKey, classifyKey, type SkippedKind } from '../../lambda/trail/object-key';
import { compareUtf8 } from '../../lambda/util/values';
import type { Console } from '../cli/io';
import { type KeyRange, rangesUnder } from './key-ranges';
import { type InputObject, isSelected, type KeyFilter, type S3Uri } from './model';

/** @param uris by key, none inside another */
export function openS3Objects(
  uris: readonly S3Uri[],
  keyFilter: KeyFilter,
  settings: ClientSettings,
  { env }: Pick<Console, 'env'>,
) {
  const client = s3Client(settings, env);
  async function* listUri({ bucket, prefix }: S3Uri, after: string | undefined): AsyncIterable<InputObject> {
    const ranges = rangesUnder(prefix, keyFilter, (folder) => listPrefixes(client, bucket, folder));
    const objects = objectsIn(ranges, (...range) => listObjects(client, bucket, ...range), after);
    try {
      for await (const listed of objects) yield inputOf(listed, { bucket, prefix }, keyFilter);
    } catch (error) {
      if (!(error instanceof ObjectReadError)) throw error;
      yield { kind: 'failure', error };
    }
  }
  return {
    /** number of list requests so far */
    requests: countRequests(client),
    source: new S3Source(client),
    listing: new S3Listing(client),
    /** @param after skips objects up to this one without listing them */
    async *list(after?: ObjectRef): AsyncGenerator<InputObject> {
      for (const uri of uris) {
        const order = after === undefined ? 1 : compareUtf8(uri.bucket, after.bucket);
        if (order >= 0) yield* listUri(uri, order === 0 ? after?.key : undefined);
      }
    },
  };
}

function inputOf(
  { key, bytes, lastModified, isArchived }: ListedObject,
  uri: S3Uri,
  keyFilter: KeyFilter,
): InputObject {
  const object = { bucket: uri.bucket, key };
  const kind = kindOf(key, uri, keyFilter);
  if (key.endsWith('/')) return { kind: 'skipped', reason: 'other' };
  if (kind !== 'log') return { kind: 'skipped', reason: kind, object };
  if (!isSelected(key, keyFilter)) return { kind: 'skipped', reason: 'not selected' };
  if (isArchived) return { kind: 'archived', object };
  return { kind: 'log', object, bytes, version: String(lastModified) };
}

function kindOf(key: string, { prefix }: S3Uri, { anyKey }: KeyFilter): 'log' | SkippedKind {
  if (anyKey === true) return classifyAnyKey(key);
  return key === prefix && anyKey === undefined ? 'log' : classifyKey(key).kind;
}

export type ListObjects = (prefix: string, after: string | undefined) => AsyncIterable<ListedObject>;

/** Ranges whose first page is requested in advance. */
const LISTINGS_AHEAD = 8;

/**
 * The objects of the ranges, range by range.
 * @param after skips keys up to this one without listing them
 */
export async function* objectsIn(
  ranges: AsyncIterable<KeyRange>,
  list: ListObjects,
  after: string | undefined,
): AsyncIterable<ListedObject> {
  const started: {
    readonly first: Promise<IteratorResult<ListedObject>>;
    readonly rest: AsyncIterator<ListedObject>;
  }[] = [];
  async function* takeFirst() {
    const { first, rest } = started.shift()!;
    for (let item = await first; item.done !== true; item = await rest.next()) yield item.value;
  }
  for await (const range of ranges) {
    const isWithin = after?.startsWith(range.prefix) === true;
    if (after !== undefined && !isWithin && compareUtf8(range.prefix, after) < 0) continue;
    const rest = listRange(range, list, isWithin ? after : undefined)[Symbol.asyncIterator]();
    const first = rest.next();
    // Its rejection is handled when awaited, which never happens if an earlier range fails.
    first.catch(() => undefined);
    started.push({ first, rest });
    if (started.length > LISTINGS_AHEAD) yield* takeFirst();
  }
  while (started.length > 0) yield* takeFirst();
}

async function* listRange(range: KeyRange, list: ListObjects, after: string | undefined): AsyncIterable<ListedObject> {
  const bounds = [range.after, after].filter((bound) => bound !== undefined).sort(compareUtf8);
  for await (const object of list(range.prefix, bounds.at(-1))) {
    if (range.before !== undefined && compareUtf8(object.key, range.before) >= 0) return;
    yield object;
  }
}
