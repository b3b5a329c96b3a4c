/** A bound source of trail objects. */

import { Token } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import type * as kms from 'aws-cdk-lib/aws-kms';
import type * as s3 from 'aws-cdk-lib/aws-s3';
import type { Construct } from 'constructs';
import { ConfigurationError } from '../../lambda/errors';
import { acknowledgeWildcard } from '../nag';
import type { PipelineQueue } from '../pipeline-queue';
import { prefixFault } from '../settings';

/** A source of CloudTrail objects: `newTrail`, `bucketNotifications`, `bucketEvents` or `topicNotices`. */
export interface TrailSource {
  /** Sends notifications of every new log object to `queue`; creates the necessary resources under `scope`. */
  bind(scope: Construct, queue: PipelineQueue): BoundTrail;
}

/** The part of a bucket that is used: a `Bucket` or any imported `IBucket`. */
export type TrailBucket = Pick<
  s3.IBucket,
  'bucketArn' | 'bucketName' | 'arnForObjects' | 'addEventNotification' | 'encryptionKey'
>;

/** The part of a bucket that is watched. */
export interface BoundTrail {
  /** where the objects are */
  readonly bucket: TrailBucket;
  /** the start of every watched object key, such as `AWSLogs/` */
  readonly prefix: string;
  /**
   * Decrypts the objects.
   * @default no KMS key
   */
  readonly key?: kms.IKey;
  /**
   * The account that owns the bucket.
   * @default not known
   */
  readonly owner?: string;
  /** prerequisites that a person must check */
  readonly notes: readonly string[];
}

/** Where a trail's objects are in its bucket. */
export interface TrailLayout {
  /**
   * What precedes `AWSLogs/`; for Control Tower the organization id. An unresolved value is the complete start of the keys,
   * such as `o-a1b2c3d4e5/AWSLogs/`.
   * @default nothing
   */
  readonly prefix?: string | undefined;
  /**
   * The organization that owns the trail: its objects are under `AWSLogs/{organizationId}/`.
   * @default all of `AWSLogs/`
   */
  readonly organizationId?: string | undefined;
}

/** An existing trail's bucket. */
export interface ExistingTrail extends TrailLayout {
  /** where the trail's objects are */
  readonly bucket: TrailBucket;
  /**
   * The KMS key of the objects, in this account or another. Another account's key policy must also allow the function's
   * role `kms:Decrypt`, which this stack cannot set.
   * @default the bucket's key, if known; a bucket imported by name has none
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

/** The bound source of an existing trail. */
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
 * Lets `reader` read the objects whose keys match `objects`, and list keys that match `listed`. S3 reports a missing object
 * only to those who may list (S3 API reference, GetObject: otherwise 403 instead of 404), and compares the key with the
 * condition.
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
