/** What lies in a bucket, page by page: a listing of millions of keys is never held as a whole. */
import { ListObjectsV2Command, type ListObjectsV2CommandOutput, type S3Client } from '@aws-sdk/client-s3';
import { ObjectReadError } from '../errors';
import { S3_ADVICE } from './s3-advice';
import { explain, faultOf } from './sdk-errors';

export interface ListedObject {
  readonly key: string;
  /** as stored */
  readonly bytes: number;
  /** UTC epoch seconds */
  readonly lastModified: number;
}

interface Range {
  readonly Bucket: string;
  readonly Prefix: string;
  readonly Delimiter?: string;
  readonly StartAfter?: string;
}

/**
 * The objects whose keys begin with `prefix` (and come behind `startAfter`), by key in the order of UTF-8 bytes.
 * @throws ObjectReadError when the bucket cannot be listed
 */
export async function* listObjects(
  client: S3Client,
  bucket: string,
  prefix: string,
  startAfter?: string,
): AsyncIterable<ListedObject> {
  const range: Range = { Bucket: bucket, Prefix: prefix };
  for await (const page of pages(
    client,
    startAfter === undefined ? range : { ...range, StartAfter: startAfter },
  )) {
    for (const { Key, Size, LastModified } of page.Contents ?? []) {
      const lastModified = Math.floor((LastModified?.getTime() ?? 0) / 1000);
      if (Key !== undefined) yield { key: Key, bytes: Size ?? 0, lastModified };
    }
  }
}

/**
 * The folders directly under `prefix` (which ends in `/` or is empty), each whole and ending in `/`.
 * @throws ObjectReadError when the bucket cannot be listed
 */
export async function* listPrefixes(client: S3Client, bucket: string, prefix: string): AsyncIterable<string> {
  for await (const page of pages(client, { Bucket: bucket, Prefix: prefix, Delimiter: '/' })) {
    for (const { Prefix } of page.CommonPrefixes ?? []) if (Prefix !== undefined) yield Prefix;
  }
}

async function* pages(client: S3Client, range: Range): AsyncIterable<ListObjectsV2CommandOutput> {
  let next: string | undefined;
  do {
    const page = await pageOf(client, range, next);
    yield page;
    next = page.NextContinuationToken;
  } while (next !== undefined);
}

async function pageOf(
  client: S3Client,
  range: Range,
  token: string | undefined,
): Promise<ListObjectsV2CommandOutput> {
  try {
    return await client.send(new ListObjectsV2Command({ ...range, ContinuationToken: token }));
  } catch (cause) {
    const place = `s3://${range.Bucket}/${range.Prefix}`;
    throw new ObjectReadError(explain(`${place} cannot be listed`, faultOf(cause), S3_ADVICE), { cause });
  }
}
