import { Duration, Names, RemovalPolicy, Stack, Validations } from 'aws-cdk-lib';
import * as cloudtrail from 'aws-cdk-lib/aws-cloudtrail';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as s3 from 'aws-cdk-lib/aws-s3';
import { Construct } from 'constructs';
import type { PipelineQueue } from '../pipeline-queue';
import { notifyQueue } from './existing-bucket';
import { type BoundTrail, type TrailLayout, type TrailSource, watchedPrefix } from './source';

export interface NewTrailProps extends TrailLayout {
  /**
   * Makes it the trail of this organisation. Deploy that in the management account, no other.
   * @default a trail of this account
   */
  readonly organizationId?: string | undefined;
  /**
   * Encrypts the objects with a KMS key of the trail's own.
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
 * A new multi-region trail of management events, read and write, with its own bucket that tells the queue. With an
 * organisation id it is an organisation trail, for a stack in the management account alone: AWS keeps that account as
 * the trail's owner whoever makes it, and bucket and key let in a trail of the stack's own account. Bucket and key
 * outlive the stack.
 */
export function newTrail(props: NewTrailProps = {}): TrailSource {
  return {
    bind(scope: Construct, queue: PipelineQueue): BoundTrail {
      const { bucket, key } = new Trail(scope, 'Trail', props);
      const bound: BoundTrail = {
        bucket,
        prefix: watchedPrefix(props),
        ...(key === undefined ? {} : { key }),
        notes: [
          'The first copy of management events is free; where the account has a trail already, this second one costs. Watch the existing bucket instead.',
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

  constructor(scope: Construct, id: string, props: NewTrailProps) {
    super(scope, id);
    const name = Names.uniqueResourceName(this, { maxLength: 100 });
    const trailArn = Stack.of(this).formatArn({
      service: 'cloudtrail',
      resource: 'trail',
      resourceName: name,
    });
    this.key = props.encrypt === true ? trailKey(this, trailArn) : undefined;
    this.bucket = trailBucket(this, props.expireAfter);
    allowDelivery(this.bucket, trailArn, props);
    const trail = new cloudtrail.CfnTrail(this, 'Trail', {
      trailName: name,
      s3BucketName: this.bucket.bucketName,
      isLogging: true,
      isMultiRegionTrail: true,
      includeGlobalServiceEvents: true,
      enableLogFileValidation: true,
      eventSelectors: [{ includeManagementEvents: true, readWriteType: 'All' }],
      ...(props.prefix === undefined ? {} : { s3KeyPrefix: props.prefix }),
      ...(this.key === undefined ? {} : { kmsKeyId: this.key.keyArn }),
      ...(props.organizationId === undefined ? {} : { isOrganizationTrail: true }),
    });
    // CloudTrail tries to write when the trail is made, so it must be allowed to by then.
    if (this.bucket.policy !== undefined) trail.node.addDependency(this.bucket.policy);
  }
}

function trailBucket(scope: Construct, expireAfter: Duration | undefined): s3.Bucket {
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
        ...(expireAfter === undefined ? {} : { expiration: expireAfter }),
      },
    ],
  });
  Validations.of(bucket).acknowledge({
    id: 'AwsSolutions-S1',
    reason:
      'Access to the trail’s objects is itself recorded by CloudTrail data events where wanted; a second bucket of access logs would grow without a reader.',
  });
  return bucket;
}

/** CloudTrail user guide, "Amazon S3 bucket policy for CloudTrail", for this one trail alone. */
function allowDelivery(bucket: s3.Bucket, trailArn: string, layout: TrailLayout): void {
  const owners = [Stack.of(bucket).account, ...(layout.organizationId === undefined ? [] : [layout.organizationId])];
  const root = watchedPrefix({ prefix: layout.prefix });
  const common = { principals: [new iam.ServicePrincipal('cloudtrail.amazonaws.com')] };
  bucket.addToResourcePolicy(
    new iam.PolicyStatement({
      ...common,
      actions: ['s3:GetBucketAcl'],
      resources: [bucket.bucketArn],
      conditions: { StringEquals: { 'aws:SourceArn': trailArn } },
    }),
  );
  bucket.addToResourcePolicy(
    new iam.PolicyStatement({
      ...common,
      actions: ['s3:PutObject'],
      resources: owners.map((owner) => bucket.arnForObjects(`${root}${owner}/*`)),
      conditions: {
        StringEquals: { 'aws:SourceArn': trailArn, 's3:x-amz-acl': 'bucket-owner-full-control' },
      },
    }),
  );
}

/** CloudTrail user guide, "Configure AWS KMS key policies for CloudTrail". */
function trailKey(scope: Construct, trailArn: string): kms.Key {
  const key = new kms.Key(scope, 'Key', {
    description: 'Encrypts the objects of the trail that regionsweep watches',
    enableKeyRotation: true,
    removalPolicy: RemovalPolicy.RETAIN,
  });
  const common = { principals: [new iam.ServicePrincipal('cloudtrail.amazonaws.com')], resources: ['*'] };
  const fromTrail = { StringEquals: { 'aws:SourceArn': trailArn } };
  key.addToResourcePolicy(new iam.PolicyStatement({ ...common, actions: ['kms:DescribeKey'], conditions: fromTrail }));
  key.addToResourcePolicy(
    new iam.PolicyStatement({
      ...common,
      actions: ['kms:GenerateDataKey*'],
      conditions: {
        ...fromTrail,
        StringLike: {
          'kms:EncryptionContext:aws:cloudtrail:arn': Stack.of(scope).formatArn({
            service: 'cloudtrail',
            region: '*',
            account: '*',
            resource: 'trail',
            resourceName: '*',
          }),
        },
      },
    }),
  );
  return key;
}
