/** What every source of trail objects offers to the pipeline. */

import * as iam from 'aws-cdk-lib/aws-iam';
import type * as kms from 'aws-cdk-lib/aws-kms';
import type * as s3 from 'aws-cdk-lib/aws-s3';
import type { Construct } from 'constructs';
import { ConfigurationError } from '../../lambda/errors';
import { acknowledgeWildcard } from '../nag';
import type { PipelineQueue } from '../pipeline-queue';
import { prefixFault } from '../settings';

/** A source of CloudTrail objects. `newTrail`, `bucketNotifications`, `bucketEvents` and `topicNotices` make one. */
export interface TrailSource {
  /** Makes the source tell `queue` of every new log object; what it needs is built under `scope`. */
  bind(scope: Construct, queue: PipelineQueue): BoundTrail;
}

/** What is used of a bucket: a `Bucket` and any imported `IBucket` will do. */
export type TrailBucket = Pick<
  s3.IBucket,
  'bucketArn' | 'bucketName' | 'arnForObjects' | 'addEventNotification' | 'encryptionKey'
>;

/** The part of a bucket that is watched. */
export interface BoundTrail {
  readonly bucket: TrailBucket;
  /** what every watched object key starts with, such as `AWSLogs/` */
  readonly prefix: string;
  /** decrypts the objects, where they are encrypted with a KMS key */
  readonly key?: kms.IKey;
  /** what a person must see to for this source to tell of sweeps */
  readonly notes: readonly string[];
}

/** Where a trail's objects lie in its bucket. */
export interface TrailLayout {
  /**
   * What stands before `AWSLogs/`; for Control Tower the organisation id.
   * @default nothing
   */
  readonly prefix?: string | undefined;
  /**
   * The organisation whose trail it is: its objects lie under `AWSLogs/{organizationId}/`.
   * @default the whole of `AWSLogs/` is watched
   */
  readonly organizationId?: string | undefined;
}

/** An existing trail's bucket. */
export interface ExistingTrail extends TrailLayout {
  readonly bucket: TrailBucket;
  /**
   * The KMS key of the objects, in this account or another. Another account's key policy must allow the function's
   * role `kms:Decrypt` too, which cannot be set from here.
   * @default the key of the bucket, where it is known to have one; a bucket imported by name has none
   */
  readonly key?: kms.IKey | undefined;
}

/**
 * The start of every watched key; CloudTrail user guide, "Finding your CloudTrail log files".
 * @throws ConfigurationError for a prefix that holds `AWSLogs/` itself
 */
export function watchedPrefix(layout: TrailLayout): string {
  const fault = prefixFault(layout.prefix);
  if (fault !== undefined) throw new ConfigurationError(`prefix: ${fault}`);
  const before = (layout.prefix ?? '').replace(/^\/+|\/+$/g, '');
  const organisation = layout.organizationId === undefined ? '' : `${layout.organizationId}/`;
  return `${before === '' ? '' : `${before}/`}AWSLogs/${organisation}`;
}

/** The end of every log object's key. */
export const LOG_SUFFIX = '.json.gz';

export const NOTE_READ_EVENTS =
  'DescribeInstances is a read event: a trail that logs write events only never shows it, so no sweep is ever found. Check: aws cloudtrail get-event-selectors --trail-name NAME (ReadWriteType must be All or ReadOnly).';

/** An existing trail as the pipeline sees it. */
export function boundTrail(trail: ExistingTrail, notes: readonly string[] = []): BoundTrail {
  const key = trail.key ?? trail.bucket.encryptionKey;
  return {
    bucket: trail.bucket,
    prefix: watchedPrefix(trail),
    ...(key === undefined ? {} : { key }),
    notes: [NOTE_READ_EVENTS, ...notes],
  };
}

/** Lets `reader` read and list the watched objects and no others, and decrypt them. */
export function grantReadTrail(trail: BoundTrail, reader: iam.IRole): void {
  grantReadUnder(trail.bucket, `${trail.prefix}*/CloudTrail/*`, `${trail.prefix}*`, reader);
  trail.key?.grant(reader, 'kms:Decrypt');
}

/**
 * Lets `reader` read the objects whose keys match `objects`, and list keys that match `listed`. S3 asks for listing
 * before it says that an object is missing (S3 API reference, GetObject: without it, 403 in place of 404), and
 * compares the key with the condition then.
 */
export function grantReadUnder(
  bucket: Pick<s3.IBucket, 'bucketArn' | 'arnForObjects'>,
  objects: string,
  listed: string,
  reader: iam.IRole,
): void {
  const resource = bucket.arnForObjects(objects);
  reader.addToPrincipalPolicy(new iam.PolicyStatement({ actions: ['s3:GetObject'], resources: [resource] }));
  reader.addToPrincipalPolicy(
    new iam.PolicyStatement({
      actions: ['s3:ListBucket'],
      resources: [bucket.bucketArn],
      conditions: { StringLike: { 's3:prefix': listed } },
    }),
  );
  acknowledgeWildcard(
    reader,
    resource,
    'The wildcard stands in an object key. S3 has no narrower resource for objects that are yet to come.',
  );
}
