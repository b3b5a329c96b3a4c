import { Duration, Names, RemovalPolicy, Stack } from 'aws-cdk-lib';
import * as cloudtrail from 'aws-cdk-lib/aws-cloudtrail';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as s3 from 'aws-cdk-lib/aws-s3';
import { Construct } from 'constructs';
import { acknowledge } from '../nag';
import type { PipelineQueue } from '../pipeline-queue';
import { notifyQueue } from './existing-bucket';
import { type BoundTrail, type TrailLayout, type TrailSource, watchedPrefix } from './source';

export interface NewTrailProps extends TrailLayout {
  /**
   * Makes it the trail of this organization. Deploy only in the management account.
   * @default a trail of this account
   */
  readonly organizationId?: string | undefined;
  /**
   * Encrypts the objects with a new KMS key.
   * @default false: S3's own encryption
   */
  readonly encrypt?: boolean;
  /**
   * When objects are deleted.
   * @default never
   */
  readonly expireAfter?: Duration;
}

/**
 * A new multi-region trail of management events, read and write, with its own bucket that notifies the queue. With an
 * organization id it is an organization trail, for a stack in the management account alone: a trail created by a
 * delegated administrator still belongs to the management account, and our bucket and key policies accept only trails of
 * the stack's account. Bucket and key outlive the stack.
 */
export function newTrail(props: NewTrailProps = {}): TrailSource {
  return {
    bind(scope: Construct, queue: PipelineQueue): BoundTrail {
      const { bucket, key } = new Trail(scope, 'Trail', props);
      const bound: BoundTrail = {
        bucket,
        prefix: watchedPrefix(props),
        owner: Stack.of(scope).account,
        ...(key === undefined ? {} : { key }),
        notes: [
          'The first copy of management events is free; if the account already has a trail, this second one is charged. Watch the existing bucket instead.',
        ],
      };
      notifyQueue(scope, bound, queue);
      return bound;
    },
  };
}

class Trail extends Construct {
  readonly bucket: s3.Bucket;
  readonly key: kms.Key | undefined;

  constructor(scope: Construct, id: string, { prefix, organizationId, encrypt, expireAfter }: NewTrailProps) {
    super(scope, id);
    const name = Names.uniqueResourceName(this, { maxLength: 100 });
    const trailArn = Stack.of(this).formatArn({ service: 'cloudtrail', resource: 'trail', resourceName: name });
    this.key = encrypt === true ? trailKey(this, trailArn) : undefined;
    this.bucket = trailBucket(this, expireAfter);
    const owners = [Stack.of(this).account, ...(organizationId === undefined ? [] : [organizationId])];
    const root = watchedPrefix({ prefix });
    // CloudTrail user guide, "Amazon S3 bucket policy for CloudTrail", for this trail only.
    const keys = owners.map((owner) => this.bucket.arnForObjects(`${root}${owner}/*`));
    const acl = { 's3:x-amz-acl': 'bucket-owner-full-control' };
    this.bucket.addToResourcePolicy(forTrail(trailArn, 's3:GetBucketAcl', [this.bucket.bucketArn]));
    this.bucket.addToResourcePolicy(forTrail(trailArn, 's3:PutObject', keys, acl));
    const trail = new cloudtrail.CfnTrail(this, 'Trail', {
      trailName: name,
      s3BucketName: this.bucket.bucketName,
      isLogging: true,
      isMultiRegionTrail: true,
      includeGlobalServiceEvents: true,
      enableLogFileValidation: true,
      eventSelectors: [{ includeManagementEvents: true, readWriteType: 'All' }],
      ...(prefix === undefined ? {} : { s3KeyPrefix: prefix }),
      ...(this.key === undefined ? {} : { kmsKeyId: this.key.keyArn }),
      ...(organizationId === undefined ? {} : { isOrganizationTrail: true }),
    });
    // CloudTrail tests writing when the trail is created, so the permission must exist by then.
    if (this.bucket.policy !== undefined) trail.node.addDependency(this.bucket.policy);
  }
}

/** Allows CloudTrail an action for this trail only. */
function forTrail(trailArn: string, action: string, resources: string[], equals = {}, conditions = {}) {
  return new iam.PolicyStatement({
    principals: [new iam.ServicePrincipal('cloudtrail.amazonaws.com')],
    actions: [action],
    resources,
    conditions: { StringEquals: { 'aws:SourceArn': trailArn, ...equals }, ...conditions },
  });
}

function trailBucket(scope: Construct, expiration: Duration | undefined): s3.Bucket {
  const bucket = new s3.Bucket(scope, 'Bucket', {
    blockPublicAccess: s3.BlockPublicAccess.BLOCK_ALL,
    encryption: s3.BucketEncryption.S3_MANAGED,
    enforceSSL: true,
    objectOwnership: s3.ObjectOwnership.BUCKET_OWNER_ENFORCED,
    removalPolicy: RemovalPolicy.RETAIN,
    versioned: true,
    lifecycleRules: [
      {
        noncurrentVersionExpiration: Duration.days(30),
        abortIncompleteMultipartUploadAfter: Duration.days(7),
        ...(expiration === undefined ? {} : { expiration }),
      },
    ],
  });
  acknowledge(bucket, {
    id: 'AwsSolutions-S1',
    reason:
      'CloudTrail data events record access to the trail’s objects where wanted; a second bucket of access logs would grow without a reader.',
  });
  return bucket;
}

/** CloudTrail user guide, "Configure AWS KMS key policies for CloudTrail". */
function trailKey(scope: Construct, trailArn: string): kms.Key {
  const key = new kms.Key(scope, 'Key', {
    description: 'Encrypts the objects of the trail that regionsweep watches',
    enableKeyRotation: true,
    removalPolicy: RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE,
  });
  const anyTrail = Stack.of(scope).formatArn({
    service: 'cloudtrail',
    region: '*',
    account: '*',
    resource: 'trail',
    resourceName: '*',
  });
  const context = { StringLike: { 'kms:EncryptionContext:aws:cloudtrail:arn': anyTrail } };
  key.addToResourcePolicy(forTrail(trailArn, 'kms:DescribeKey', ['*']));
  key.addToResourcePolicy(forTrail(trailArn, 'kms:GenerateDataKey*', ['*'], {}, context));
  return key;
}
