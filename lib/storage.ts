import { Duration, RemovalPolicy } from 'aws-cdk-lib';
import * as dynamodb from 'aws-cdk-lib/aws-dynamodb';
import type * as iam from 'aws-cdk-lib/aws-iam';
import * as s3 from 'aws-cdk-lib/aws-s3';
import { Construct } from 'constructs';
import { STATE_TABLE } from '../lambda/state/store';
import { acknowledge } from './nag';
import { grantReadUnder } from './trail-source/source';

/**
 * The state store: tallies and alerts. It records which alerts were sent, so it outlives the stack, has deletion
 * protection, and can be restored to any second of the last 35 days.
 */
export class StateTable extends Construct {
  /** keys as in lambda/state/store.ts */
  readonly table: dynamodb.Table;

  constructor(scope: Construct, id: string) {
    super(scope, id);
    this.table = new dynamodb.Table(this, 'Table', {
      partitionKey: { name: STATE_TABLE.partitionKey, type: dynamodb.AttributeType.STRING },
      sortKey: { name: STATE_TABLE.sortKey, type: dynamodb.AttributeType.STRING },
      timeToLiveAttribute: STATE_TABLE.expiry,
      billingMode: dynamodb.BillingMode.PAY_PER_REQUEST,
      pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: true },
      deletionProtection: true,
      removalPolicy: RemovalPolicy.RETAIN,
    });
  }

  /** Lets `detector` read and write, but not delete: items expire. */
  grantDetect(detector: iam.IGrantable): void {
    this.table.grant(detector, 'dynamodb:GetItem', 'dynamodb:PutItem', 'dynamodb:Query');
  }
}

/**
 * A bucket for simulated trails, so that no invented record gets into the watched one. It sends no notifications: the CLI
 * queues what it writes. Objects expire after 7 days.
 */
export class TestBucket extends Construct {
  /** the bucket itself */
  readonly bucket: s3.Bucket;

  constructor(scope: Construct, id: string) {
    super(scope, id);
    this.bucket = new s3.Bucket(this, 'Bucket', {
      blockPublicAccess: s3.BlockPublicAccess.BLOCK_ALL,
      encryption: s3.BucketEncryption.S3_MANAGED,
      enforceSSL: true,
      objectOwnership: s3.ObjectOwnership.BUCKET_OWNER_ENFORCED,
      // Emptying it at removal would need a function that may delete; it is empty within a week anyway. A failed first
      // deployment removes it, since it is empty.
      removalPolicy: RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE,
      lifecycleRules: [{ expiration: Duration.days(7), abortIncompleteMultipartUploadAfter: Duration.days(1) }],
    });
    acknowledge(this.bucket, {
      id: 'AwsSolutions-S1',
      reason: 'It holds simulated records for a week; nobody would read its access logs.',
    });
  }

  /** Lets `reader` read everything in the bucket. */
  grantRead(reader: iam.IRole): void {
    grantReadUnder(this.bucket, '*', '*', reader);
  }
}
