import { Duration, RemovalPolicy, Validations } from 'aws-cdk-lib';
import * as dynamodb from 'aws-cdk-lib/aws-dynamodb';
import type * as iam from 'aws-cdk-lib/aws-iam';
import * as s3 from 'aws-cdk-lib/aws-s3';
import { Construct } from 'constructs';
import { STATE_TABLE } from '../lambda/state/store';
import { grantReadUnder } from './trail-source/source';

/**
 * The ledger: tallies and alerts. It holds what was told to whom, so it outlives the stack, cannot be deleted by
 * mistake, and can be restored to any second of the last 35 days.
 */
export class StateTable extends Construct {
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

  /** Lets `detector` add tallies and claim alerts; it deletes nothing, items expire. */
  grantDetect(detector: iam.IGrantable): void {
    this.table.grant(detector, 'dynamodb:GetItem', 'dynamodb:PutItem', 'dynamodb:Query');
  }
}

/**
 * A small bucket for simulated trails, so that nothing made up ever lies in the watched one. It notifies nobody: the
 * CLI puts what it wrote there on the queue itself. Objects go after 7 days.
 */
export class TestBucket extends Construct {
  readonly bucket: s3.Bucket;

  constructor(scope: Construct, id: string) {
    super(scope, id);
    this.bucket = new s3.Bucket(this, 'Bucket', {
      blockPublicAccess: s3.BlockPublicAccess.BLOCK_ALL,
      encryption: s3.BucketEncryption.S3_MANAGED,
      enforceSSL: true,
      objectOwnership: s3.ObjectOwnership.BUCKET_OWNER_ENFORCED,
      // Emptying it at removal would take a function that may delete; it is empty by itself within a week.
      removalPolicy: RemovalPolicy.RETAIN,
      lifecycleRules: [{ expiration: Duration.days(7), abortIncompleteMultipartUploadAfter: Duration.days(1) }],
    });
    Validations.of(this.bucket).acknowledge({
      id: 'AwsSolutions-S1',
      reason: 'It holds made-up records for a week; nobody would read its access logs.',
    });
  }

  /** Lets `reader` read everything in the bucket. */
  grantRead(reader: iam.IRole): void {
    grantReadUnder(this.bucket, '*', '*', reader);
  }
}
