import { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  GetBucketNotificationConfigurationCommand,
  GetObjectCommand,
  type GetObjectCommandOutput,
  HeadBucketCommand,
  ListObjectsV2Command,
  type ListObjectsV2CommandInput,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import { ObjectGoneError } from '../../errors';
import {
  type ListedKey,
  type ListOptions,
  type ObjectListing,
  type ObjectRef,
  type ObjectSource,
  objectName,
} from '../../ports';
import { valueAt } from '../../util/values';
import {
  type Advice,
  answer,
  type ClientSettings,
  common,
  type Environment,
  faultOf,
  hasOwnEndpoint,
  readError,
} from './sdk';

const DENIED =
  "Allow s3:GetObject on the object and s3:ListBucket on the bucket to this identity, in the bucket policy too when the bucket is another account's. Without s3:ListBucket S3 reports a deleted object so, too";

const ELSEWHERE = 'The bucket is in another region: name that one';

/** Source: Amazon S3 API reference, "Error responses". */
const ADVICE: Advice = {
  AccessDenied: DENIED,
  Forbidden: DENIED,
  InvalidObjectState:
    'It is archived in Glacier: restore it, or keep trails out of archive classes while they are read',
  NoSuchBucket: 'There is no such bucket: check its name',
  PreconditionFailed: 'It was replaced while it was read; read it again',
  PermanentRedirect: ELSEWHERE,
  AuthorizationHeaderMalformed: ELSEWHERE,
};

const PUT_DENIED = 'Allow s3:PutObject on the object to this identity';

/** Most attempts at a download, and the milliseconds before the second; each later pause is four times as long. */
const MAX_DOWNLOADS = 3;
const PAUSE_MS = 100;

/** Streams objects from S3. A broken download continues where it broke off. */
export class S3Source implements ObjectSource {
  /** @param ownerOf the account that owns a bucket, if known: a bucket of that name in another account is not read */
  constructor(
    private readonly client: S3Client,
    private readonly ownerOf: (bucket: string) => string | undefined = () => undefined,
  ) {}

  async *read(ref: ObjectRef): AsyncIterable<Uint8Array> {
    let received = 0;
    let etag: string | undefined;
    for (let download = 1; ; download++) {
      const { Body, ContentRange, ContentLength, ETag } = await this.download(ref, received, etag);
      etag ??= ETag;
      // Emulators of S3 may ignore ranges.
      let known = ContentRange === undefined ? received : 0;
      const end = ContentLength === undefined ? 0 : received - known + ContentLength;
      try {
        // The SDK's type covers browsers too; in Node a body is always a stream.
        for await (const piece of Body instanceof Readable ? (Body as AsyncIterable<Uint8Array>) : []) {
          const news = piece.subarray(known);
          known -= piece.length - news.length;
          received += news.length;
          if (news.length > 0) yield news;
        }
        if (received >= end) return;
        throw Object.assign(new Error(`ended after ${received} of ${end} bytes`), { code: 'ECONNRESET' });
      } catch (cause) {
        if (download === MAX_DOWNLOADS) throw unreadable(`${objectName(ref)} cannot be read`, cause);
      }
      await sleep(PAUSE_MS * 4 ** (download - 1));
    }
  }

  /** Reads a small object with its metadata. @throws ObjectReadError */
  async readWithMetadata(ref: ObjectRef): Promise<{ bytes: Uint8Array; metadata: Readonly<Record<string, string>> }> {
    const { Body, Metadata = {} } = await this.download(ref, 0);
    const bytes = await Body!.transformToByteArray().catch((cause: unknown) => {
      throw unreadable(`${objectName(ref)} cannot be read`, cause);
    });
    return { bytes, metadata: Metadata };
  }

  /** The SDK retries the request. */
  private async download({ bucket, key }: ObjectRef, from: number, etag?: string): Promise<GetObjectCommandOutput> {
    const rest = from === 0 ? {} : { Range: `bytes=${from}-`, IfMatch: etag };
    const ExpectedBucketOwner = this.ownerOf(bucket);
    try {
      return await this.client.send(new GetObjectCommand({ Bucket: bucket, Key: key, ExpectedBucketOwner, ...rest }));
    } catch (cause) {
      const name = objectName({ bucket, key });
      // Any other 404 may come from a proxy while the object exists.
      if (faultOf(cause).name !== 'NoSuchKey') throw unreadable(`${name} cannot be read`, cause);
      const message = `${name} does not exist any more: deleted, or moved by a lifecycle rule`;
      throw new ObjectGoneError(message, { cause });
    }
  }
}

const unreadable = (what: string, cause: unknown) => readError(what, cause, ADVICE);

export interface ListedObject {
  readonly key: string;
  /** as stored */
  readonly bytes: number;
  /** UTC epoch seconds */
  readonly lastModified: number;
  /** archived: must be restored before it can be read */
  readonly isArchived: boolean;
}

/** The objects under a prefix (and after `startAfter`), by key in the order of UTF-8 bytes. @throws ObjectReadError */
export async function* listObjects(
  client: S3Client,
  bucket: string,
  prefix: string,
  startAfter?: string,
): AsyncIterable<ListedObject> {
  const range = { Bucket: bucket, Prefix: prefix, StartAfter: startAfter };
  for await (const page of pages(client, { ...range, OptionalObjectAttributes: ['RestoreStatus'] })) {
    for (const { Key, Size, LastModified, StorageClass = '', RestoreStatus } of page.Contents ?? []) {
      const lastModified = Math.floor((LastModified?.getTime() ?? 0) / 1000);
      const isArchived = /^(GLACIER|DEEP_ARCHIVE)$/.test(StorageClass) && !RestoreStatus?.RestoreExpiryDate;
      if (Key !== undefined) yield { key: Key, bytes: Size ?? 0, lastModified, isArchived };
    }
  }
}

/** The folders directly under `prefix` (ends in `/` or is empty), with prefix and slash. @throws ObjectReadError */
export async function* listPrefixes(client: S3Client, bucket: string, prefix: string): AsyncIterable<string> {
  for await (const page of pages(client, { Bucket: bucket, Prefix: prefix, Delimiter: '/' })) {
    for (const { Prefix } of page.CommonPrefixes ?? []) if (Prefix !== undefined) yield Prefix;
  }
}

/** Page by page, so that a listing of millions of keys is never held in memory. */
async function* pages(client: S3Client, range: ListObjectsV2CommandInput) {
  let next: string | undefined;
  do {
    const page = await client
      .send(new ListObjectsV2Command({ ...range, ContinuationToken: next }))
      .catch((cause: unknown) => {
        throw unreadable(`s3://${range.Bucket}/${range.Prefix} cannot be listed`, cause);
      });
    yield page;
    next = page.NextContinuationToken;
  } while (next !== undefined);
}

/** Stops after one request of up to 1,000 results. */
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

/** Writes a gzip object, as CloudTrail does. @throws ServiceError */
export async function uploadObject(client: S3Client, object: ObjectRef, body: Uint8Array): Promise<void> {
  const kind = { ContentType: 'application/json', ContentEncoding: 'gzip' };
  const command = new PutObjectCommand({ Bucket: object.bucket, Key: object.key, Body: body, ...kind });
  const advice = { ...ADVICE, AccessDenied: PUT_DENIED, Forbidden: PUT_DENIED };
  await answer(client.send(command), `${objectName(object)} cannot be written`, advice);
}

/** The region of a bucket, which S3 tells even callers who may not list it. @throws ServiceError */
export async function bucketRegion(client: S3Client, bucket: string): Promise<string> {
  const request = client.send(new HeadBucketCommand({ Bucket: bucket })).catch((error: unknown) => {
    const region = valueAt(error, '$response', 'headers', 'x-amz-bucket-region');
    if (typeof region !== 'string') throw error;
    return { BucketRegion: region };
  });
  const { BucketRegion } = await answer(request, `bucket ${bucket} cannot be looked up`, ADVICE);
  return BucketRegion ?? '';
}

export type BucketNotifications = Awaited<ReturnType<typeof bucketNotifications>>;

export type NotificationTarget = BucketNotifications['targets'][number];

/** Where a bucket sends events of new objects. @throws ServiceError also if `owner` does not own it */
export async function bucketNotifications(client: S3Client, bucket: string, owner: string) {
  const command = new GetBucketNotificationConfigurationCommand({ Bucket: bucket, ExpectedBucketOwner: owner });
  const denied = "Allow s3:GetBucketNotification to this identity; if the bucket is another account's, ask there";
  const what = `notifications of bucket ${bucket} cannot be read`;
  const configuration = await answer(client.send(command), what, { AccessDenied: denied });
  const { EventBridgeConfiguration, QueueConfigurations = [], TopicConfigurations = [] } = configuration;
  const targets = [
    ...QueueConfigurations.map((of) => ({ ...of, arn: of.QueueArn })),
    ...TopicConfigurations.map((of) => ({ ...of, arn: of.TopicArn })),
    ...(configuration.LambdaFunctionConfigurations ?? []).map((of) => ({ ...of, arn: of.LambdaFunctionArn })),
  ].filter(({ Events = [] }) => Events.some((event) => event.startsWith('s3:ObjectCreated')));
  return {
    isOnEventBridge: EventBridgeConfiguration !== undefined,
    targets: targets.map(({ arn = '', Filter }) => {
      // S3 returns the name in the case in which it was written.
      const ruleOf = (name: string) =>
        Filter?.Key?.FilterRules?.find((rule) => rule.Name?.toLowerCase() === name)?.Value;
      return { arn, prefix: ruleOf('prefix') ?? '', suffix: ruleOf('suffix') ?? '' };
    }),
  };
}

/** Counts the list requests of a client from now on, without retries. */
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
    // Emulators have no host name for each bucket.
    forcePathStyle: hasOwnEndpoint(settings, environment.AWS_ENDPOINT_URL_S3, environment),
    // A bucket named on the command line may be in another region than the profile's.
    followRegionRedirects: true,
    // gzip has its own checksum; another one would cost time on each object.
    responseChecksumValidation: 'WHEN_REQUIRED',
  });
}
