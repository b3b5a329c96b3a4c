/** A source of trail objects, as the pipeline sees it. */

import { Token } from 'aws-cdk-lib';
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
  /** Has `queue` notified of every new log object; what that needs is created under `scope`. */
  bind(scope: Construct, queue: PipelineQueue): BoundTrail;
}

/** What is used of a bucket: a `Bucket` and any imported `IBucket` will do. */
export type TrailBucket = Pick<
  s3.IBucket,
  'bucketArn' | 'bucketName' | 'arnForObjects' | 'addEventNotification' | 'encryptionKey'
>;

/** The part of a bucket that is watched. */
export interface BoundTrail {
  /** where the objects are */
  readonly bucket: TrailBucket;
  /** what every watched object key starts with, such as `AWSLogs/` */
  readonly prefix: string;
  /**
   * Decrypts the objects.
   * @default they are not encrypted with a KMS key
   */
  readonly key?: kms.IKey;
  /**
   * The account that owns the bucket.
   * @default not known
   */
  readonly owner?: string;
  /** what a person must see to, for detections to be found */
  readonly notes: readonly string[];
}

/** Where a trail's objects are in its bucket. */
export interface TrailLayout {
  /**
   * What precedes `AWSLogs/`; for Control Tower the organization id. A value that only the deployment knows stands for all
   * that the keys start with, such as `o-a1b2c3d4e5/AWSLogs/`.
   * @default nothing
   */
  readonly prefix?: string | undefined;
  /**
   * The organization whose trail it is: its objects are under `AWSLogs/{organizationId}/`.
   * @default all of `AWSLogs/` is watched
   */
  readonly organizationId?: string | undefined;
}

/** An existing trail's bucket. */
export interface ExistingTrail extends TrailLayout {
  /** where the trail's objects are */
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
export function watchedPrefix({ prefix = '', organizationId }: TrailLayout): string {
  if (Token.isUnresolved(prefix)) return prefix;
  const fault = prefixFault(prefix);
  if (fault !== undefined) throw new ConfigurationError(`prefix: ${fault}`);
  const folders = [prefix.replace(/^\/+|\/+$/g, ''), 'AWSLogs', organizationId ?? ''].filter((folder) => folder !== '');
  return `${folders.join('/')}/`;
}

/** The end of every log object's key. */
export const LOG_SUFFIX = '.json.gz';

/** An existing trail as the pipeline sees it. */
export function boundTrail(trail: ExistingTrail, notes: readonly string[]): BoundTrail {
  const key = trail.key ?? trail.bucket.encryptionKey;
  return {
    bucket: trail.bucket,
    prefix: watchedPrefix(trail),
    ...(key === undefined ? {} : { key }),
    notes: [
      'DescribeInstances is a read event: a trail that logs only write events never records it, and nothing is ever detected. regionsweep doctor --source checks it; in aws cloudtrail get-event-selectors, a selector of management events must have ReadWriteType All or ReadOnly, or as an advanced one no readOnly, or readOnly true.',
      ...notes,
    ],
  };
}

/** Lets `reader` read, list and decrypt the watched objects and no others. */
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
    'The wildcard is part of an object key. S3 has no narrower resource for objects that do not exist yet.',
  );
}
