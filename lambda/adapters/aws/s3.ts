import { Readable } from 'node:stream';
import {
  GetObjectCommand,
  ListObjectsV2Command,
  type ListObjectsV2CommandOutput,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import { ObjectGoneError, ObjectReadError, ObjectWriteError } from '../../errors';
import {
  type ListedKey,
  type ListOptions,
  type ObjectListing,
  type ObjectRef,
  type ObjectSource,
  objectName,
} from '../../ports';
import { type ClientSettings, common, type Environment, hasOwnEndpoint } from './client-settings';
import { type Advice, explain, faultOf } from './errors';

/** Objects of S3, streamed. A download that breaks is not resumed: the message that asked for it comes back. */
export class S3Source implements ObjectSource {
  constructor(private readonly client: S3Client) {}

  async *read(ref: ObjectRef): AsyncIterable<Uint8Array> {
    try {
      const { Body } = await this.client.send(new GetObjectCommand({ Bucket: ref.bucket, Key: ref.key }));
      // The SDK's type covers browsers too; in Node a body is always a stream.
      if (Body instanceof Readable) yield* Body as AsyncIterable<Uint8Array>;
    } catch (cause) {
      throw readError(ref, cause);
    }
  }
}

function readError(ref: ObjectRef, cause: unknown): ObjectReadError {
  const fault = faultOf(cause);
  const isBucketGone = fault.name === 'NoSuchBucket';
  const isGone = fault.status === 404 || fault.name === 'NoSuchKey' || fault.name === 'NotFound';
  if (isGone && !isBucketGone) {
    return new ObjectGoneError(`${objectName(ref)} is there no more: deleted, or moved by a lifecycle rule`, {
      cause,
    });
  }
  return new ObjectReadError(explain(`${objectName(ref)} cannot be read`, fault, S3_ADVICE), { cause });
}

/** What lies in a bucket, page by page: a listing of millions of keys is never held as a whole. */

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
  for await (const page of pages(client, startAfter === undefined ? range : { ...range, StartAfter: startAfter })) {
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

async function pageOf(client: S3Client, range: Range, token: string | undefined): Promise<ListObjectsV2CommandOutput> {
  try {
    return await client.send(new ListObjectsV2Command({ ...range, ContinuationToken: token }));
  } catch (cause) {
    const place = `s3://${range.Bucket}/${range.Prefix}`;
    throw new ObjectReadError(explain(`${place} cannot be listed`, faultOf(cause), S3_ADVICE), { cause });
  }
}

/** What lies in S3. Up to 1,000 answers are one request: the rest of a listing is not asked for. */
export class S3Listing implements ObjectListing {
  constructor(private readonly client: S3Client) {}

  async folders(bucket: string, prefix: string, limit: number): Promise<string[]> {
    const names: string[] = [];
    for await (const folder of listPrefixes(this.client, bucket, prefix)) {
      names.push(folder.slice(prefix.length, -1));
      if (names.length === limit) break;
    }
    return names;
  }

  async keys(bucket: string, prefix: string, { after, limit, isPast }: ListOptions): Promise<ListedKey[]> {
    const keys: ListedKey[] = [];
    for await (const { key, bytes } of listObjects(this.client, bucket, prefix, after)) {
      keys.push({ key, bytes });
      if (keys.length === limit || isPast?.(key)) break;
    }
    return keys;
  }
}

const DENIED =
  "Allow s3:GetObject on the object and s3:ListBucket on the bucket to this identity, in the bucket policy too when the bucket is another account's. Without s3:ListBucket S3 says this of a deleted object too";

const ELSEWHERE = 'The bucket is in another region: name that one';

/** Source: Amazon S3 API reference, "Error responses". */
export const S3_ADVICE: Advice = {
  AccessDenied: DENIED,
  Forbidden: DENIED,
  InvalidObjectState:
    'It is archived in Glacier: restore it, or keep trails out of archive classes while they are to be read',
  NoSuchBucket: 'There is no such bucket: check its name',
  PermanentRedirect: ELSEWHERE,
  AuthorizationHeaderMalformed: ELSEWHERE,
};

const PUT_DENIED = 'Allow s3:PutObject on the object to this identity';

const ADVICE: Advice = { ...S3_ADVICE, AccessDenied: PUT_DENIED, Forbidden: PUT_DENIED };

/**
 * Puts a gzip object, as CloudTrail does.
 * @throws ObjectWriteError
 */
export async function uploadObject(client: S3Client, object: ObjectRef, body: Uint8Array): Promise<void> {
  try {
    await client.send(
      new PutObjectCommand({
        Bucket: object.bucket,
        Key: object.key,
        Body: body,
        ContentType: 'application/json',
        ContentEncoding: 'gzip',
      }),
    );
  } catch (cause) {
    throw new ObjectWriteError(explain(`${objectName(object)} cannot be written`, faultOf(cause), ADVICE), {
      cause,
    });
  }
}

/** How often a client listed; repeated attempts are not counted apart. */
export interface RequestCount {
  readonly lists: number;
}

/** Counts what a client asks for from now on. */
export function countRequests(client: S3Client): RequestCount {
  const count = { lists: 0 };
  client.middlewareStack.add(
    (next, { commandName }) =>
      (args) => {
        if (commandName === 'ListObjectsV2Command') count.lists += 1;
        return next(args);
      },
    { step: 'initialize', name: 'countRequests' },
  );
  return count;
}

export function s3Client(settings: ClientSettings = {}, environment: Environment = process.env): S3Client {
  return new S3Client({
    ...common(settings, 4),
    // An emulator has no host name for each bucket.
    forcePathStyle: hasOwnEndpoint(settings, environment.AWS_ENDPOINT_URL_S3, environment),
    // A bucket named on the command line may lie in another region than the profile's.
    followRegionRedirects: true,
    // gzip carries a checksum of its own; summing the stored bytes too would cost time on each object.
    responseChecksumValidation: 'WHEN_REQUIRED',
  });
}
