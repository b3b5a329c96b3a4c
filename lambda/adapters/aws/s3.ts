import { Readable } from 'node:stream';
import { GetObjectCommand, ListObjectsV2Command, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { ObjectGoneError, ObjectReadError, ObjectWriteError } from '../../errors';
import {
  type ListedKey,
  type ListOptions,
  type ObjectListing,
  type ObjectRef,
  type ObjectSource,
  objectName,
} from '../../ports';
import {
  type Advice,
  answer,
  type ClientSettings,
  common,
  type Environment,
  explain,
  faultOf,
  hasOwnEndpoint,
} from './sdk';

const DENIED =
  "Allow s3:GetObject on the object and s3:ListBucket on the bucket to this identity, in the bucket policy too when the bucket is another account's. Without s3:ListBucket S3 reports a deleted object so, too";

const ELSEWHERE = 'The bucket is in another region: name that one';

/** Source: Amazon S3 API reference, "Error responses". */
const ADVICE: Advice = {
  AccessDenied: DENIED,
  Forbidden: DENIED,
  InvalidObjectState:
    'It is archived in Glacier: restore it, or keep trails out of archive classes as long as they are read',
  NoSuchBucket: 'There is no such bucket: check its name',
  PermanentRedirect: ELSEWHERE,
  AuthorizationHeaderMalformed: ELSEWHERE,
};

const PUT_DENIED = 'Allow s3:PutObject on the object to this identity';

/** Objects of S3, streamed. A download that breaks is not resumed: the message that asked for it is retried. */
export class S3Source implements ObjectSource {
  constructor(private readonly client: S3Client) {}

  async *read(ref: ObjectRef): AsyncIterable<Uint8Array> {
    try {
      const { Body } = await this.client.send(new GetObjectCommand({ Bucket: ref.bucket, Key: ref.key }));
      // The SDK's type covers browsers too; in Node a body is always a stream.
      if (Body instanceof Readable) yield* Body as AsyncIterable<Uint8Array>;
    } catch (cause) {
      const fault = faultOf(cause);
      const isGone = fault.status === 404 || fault.name === 'NoSuchKey' || fault.name === 'NotFound';
      if (isGone && fault.name !== 'NoSuchBucket') {
        const message = `${objectName(ref)} does not exist any more: deleted, or moved by a lifecycle rule`;
        throw new ObjectGoneError(message, { cause });
      }
      throw new ObjectReadError(explain(`${objectName(ref)} cannot be read`, fault, ADVICE), { cause });
    }
  }
}

export interface ListedObject {
  readonly key: string;
  /** as stored */
  readonly bytes: number;
  /** UTC epoch seconds */
  readonly lastModified: number;
}

/**
 * The objects whose keys begin with `prefix` (and come after `startAfter`), by key in the order of UTF-8 bytes.
 * @throws ObjectReadError when the bucket cannot be listed
 */
export async function* listObjects(
  client: S3Client,
  bucket: string,
  prefix: string,
  startAfter?: string,
): AsyncIterable<ListedObject> {
  for await (const page of pages(client, { Bucket: bucket, Prefix: prefix, StartAfter: startAfter })) {
    for (const { Key, Size, LastModified } of page.Contents ?? []) {
      const lastModified = Math.floor((LastModified?.getTime() ?? 0) / 1000);
      if (Key !== undefined) yield { key: Key, bytes: Size ?? 0, lastModified };
    }
  }
}

/**
 * The folders directly under `prefix` (which ends in `/` or is empty), each with it and ending in `/`.
 * @throws ObjectReadError when the bucket cannot be listed
 */
export async function* listPrefixes(client: S3Client, bucket: string, prefix: string): AsyncIterable<string> {
  for await (const page of pages(client, { Bucket: bucket, Prefix: prefix, Delimiter: '/' })) {
    for (const { Prefix } of page.CommonPrefixes ?? []) if (Prefix !== undefined) yield Prefix;
  }
}

interface Range {
  readonly Bucket: string;
  readonly Prefix: string;
  readonly Delimiter?: string;
  readonly StartAfter?: string | undefined;
}

/** Page by page: a listing of millions of keys is never held at once. */
async function* pages(client: S3Client, range: Range) {
  let next: string | undefined;
  do {
    const request = client.send(new ListObjectsV2Command({ ...range, ContinuationToken: next }));
    const page = await answer(
      request,
      `s3://${range.Bucket}/${range.Prefix} cannot be listed`,
      ADVICE,
      ObjectReadError,
    );
    yield page;
    next = page.NextContinuationToken;
  } while (next !== undefined);
}

/** Up to 1,000 results are one request: the rest of a listing is not requested. */
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

/**
 * Puts a gzip object, as CloudTrail does.
 * @throws ObjectWriteError
 */
export async function uploadObject(client: S3Client, object: ObjectRef, body: Uint8Array): Promise<void> {
  const command = new PutObjectCommand({
    Bucket: object.bucket,
    Key: object.key,
    Body: body,
    ContentType: 'application/json',
    ContentEncoding: 'gzip',
  });
  const advice = { ...ADVICE, AccessDenied: PUT_DENIED, Forbidden: PUT_DENIED };
  await answer(client.send(command), `${objectName(object)} cannot be written`, advice, ObjectWriteError);
}

/** Counts the listings that a client requests from now on; retries are not counted apart. */
export function countRequests(client: S3Client): { readonly lists: number } {
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
    // A bucket named on the command line may be in another region than the profile's.
    followRegionRedirects: true,
    // gzip carries a checksum of its own; computing one of the stored bytes too would cost time on each object.
    responseChecksumValidation: 'WHEN_REQUIRED',
  });
}
