import { Match } from 'aws-cdk-lib/assertions';
import { documentOf, resourcesOf, synth } from './support';

const { template, json } = synth({ trailBucket: 'company-trail' });

describe('the queue', () => {
  it('hides a message for six times the function’s time limit and a batching window', () => {
    template.hasResourceProperties('AWS::SQS::Queue', {
      VisibilityTimeout: 6 * 60 + 1,
      RedrivePolicy: {
        maxReceiveCount: 10,
        deadLetterTargetArn: { 'Fn::GetAtt': [Match.stringLikeRegexp('DeadLetters'), 'Arn'] },
      },
    });
  });

  it('follows another time limit', () => {
    const slow = synth({ trailBucket: 'company-trail', timeoutSeconds: '150', batchingWindowSeconds: '2' });
    slow.template.hasResourceProperties('AWS::SQS::Queue', { VisibilityTimeout: 902 });
    slow.template.hasResourceProperties('AWS::Lambda::Function', { Timeout: 150 });
  });

  it('keeps messages and dead letters for 14 days, encrypted', () => {
    template.allResourcesProperties('AWS::SQS::Queue', {
      MessageRetentionPeriod: 14 * 24 * 3600,
      SqsManagedSseEnabled: true,
    });
    template.resourceCountIs('AWS::SQS::Queue', 2);
  });

  it('refuses what does not come by TLS, as do the dead letters', () => {
    const policies = resourcesOf(json, 'AWS::SQS::QueuePolicy').map(([, { Properties }]) =>
      documentOf(Properties, 'PolicyDocument'),
    );
    expect(policies).toHaveLength(2);
    for (const { Statement } of policies) {
      expect(Statement).toContainEqual(
        expect.objectContaining({
          Effect: 'Deny',
          Action: 'sqs:*',
          Principal: { AWS: '*' },
          Condition: { Bool: { 'aws:SecureTransport': 'false' } },
        }),
      );
    }
  });
});

describe('the function', () => {
  it('runs Node 24 on arm64 and logs JSON', () => {
    template.hasResourceProperties('AWS::Lambda::Function', {
      Runtime: 'nodejs24.x',
      Architectures: ['arm64'],
      Handler: 'index.handler',
      MemorySize: 1024,
      Timeout: 60,
      LoggingConfig: { LogFormat: 'JSON', LogGroup: { Ref: Match.stringLikeRegexp('DetectorLogs') } },
      ReservedConcurrentExecutions: Match.absent(),
    });
  });

  it('keeps its logs as long as it is told', () => {
    template.hasResourceProperties('AWS::Logs::LogGroup', { RetentionInDays: 90 });
    synth({ logRetentionDays: '365' }).template.hasResourceProperties('AWS::Logs::LogGroup', {
      RetentionInDays: 365,
    });
  });

  it('takes batches that may fail in part, and not more at once than it is told', () => {
    template.hasResourceProperties('AWS::Lambda::EventSourceMapping', {
      BatchSize: 50,
      MaximumBatchingWindowInSeconds: 1,
      FunctionResponseTypes: ['ReportBatchItemFailures'],
      ScalingConfig: { MaximumConcurrency: 10 },
    });
  });

  it('takes other sizes', () => {
    const other = synth({
      architecture: 'x86_64',
      memoryMiB: '2048',
      batchSize: '10',
      batchingWindowSeconds: '0',
      reservedConcurrency: '5',
    }).template;
    other.hasResourceProperties('AWS::Lambda::Function', {
      Architectures: ['x86_64'],
      MemorySize: 2048,
      ReservedConcurrentExecutions: 5,
    });
    other.hasResourceProperties('AWS::Lambda::EventSourceMapping', {
      BatchSize: 10,
      MaximumBatchingWindowInSeconds: 0,
      ScalingConfig: { MaximumConcurrency: 5 },
    });
  });

  it('is told table, topic and queue', () => {
    template.hasResourceProperties('AWS::Lambda::Function', {
      Environment: {
        Variables: {
          REGIONSWEEP_TABLE_NAME: { Ref: Match.stringLikeRegexp('LedgerTable') },
          REGIONSWEEP_TOPIC_ARN: { Ref: Match.stringLikeRegexp('AlertsTopic') },
          REGIONSWEEP_QUEUE_URL: { Ref: Match.stringLikeRegexp('PipelineQueue') },
          REGIONSWEEP_DETECTOR: 'regionsweep',
        },
      },
    });
  });

  it('is told the rule and how to alert', () => {
    synth({
      minRegions: '12',
      minCalls: '20',
      windowSeconds: '60',
      windowing: 'sliding',
      groupBy: 'issuer',
      partitions: '4',
      ignoreRegions: 'eu-west-1, us-gov-west-1',
      severityText: 'LOW!',
      capAlerts: '20',
      capSeconds: '600',
      followUpMinutes: '0',
      chatAsDefault: 'true',
      fetchConcurrency: '8',
      inflateLimitBytes: '1073741824',
    }).template.hasResourceProperties('AWS::Lambda::Function', {
      Environment: {
        Variables: {
          REGIONSWEEP_MIN_REGIONS: '12',
          REGIONSWEEP_MIN_CALLS: '20',
          REGIONSWEEP_WINDOW_SECONDS: '60',
          REGIONSWEEP_WINDOWING: 'sliding',
          REGIONSWEEP_GROUP_BY: 'issuer',
          REGIONSWEEP_PARTITIONS: '4',
          REGIONSWEEP_IGNORE_REGIONS: 'eu-west-1,us-gov-west-1',
          REGIONSWEEP_SEVERITY_TEXT: 'LOW!',
          REGIONSWEEP_CAP_ALERTS: '20',
          REGIONSWEEP_CAP_SECONDS: '600',
          REGIONSWEEP_FOLLOW_UP_MINUTES: '0',
          REGIONSWEEP_CHAT_AS_DEFAULT: 'true',
          REGIONSWEEP_FETCH_CONCURRENCY: '8',
          REGIONSWEEP_INFLATE_LIMIT_BYTES: '1073741824',
        },
      },
    });
  });
});

describe('the table', () => {
  it('is keyed and expires as the ledger needs it, on demand', () => {
    template.hasResourceProperties('AWS::DynamoDB::Table', {
      KeySchema: [
        { AttributeName: 'pk', KeyType: 'HASH' },
        { AttributeName: 'sk', KeyType: 'RANGE' },
      ],
      AttributeDefinitions: [
        { AttributeName: 'pk', AttributeType: 'S' },
        { AttributeName: 'sk', AttributeType: 'S' },
      ],
      TimeToLiveSpecification: { AttributeName: 'expiresAt', Enabled: true },
      BillingMode: 'PAY_PER_REQUEST',
    });
  });

  it('can be restored, cannot be deleted by mistake, and outlives the stack', () => {
    template.hasResource('AWS::DynamoDB::Table', {
      DeletionPolicy: 'Retain',
      UpdateReplacePolicy: 'Retain',
      Properties: {
        DeletionProtectionEnabled: true,
        PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true },
      },
    });
  });
});

describe('the test bucket', () => {
  it('forgets within a week, is closed, and notifies nobody', () => {
    template.hasResourceProperties('AWS::S3::Bucket', {
      LifecycleConfiguration: { Rules: [Match.objectLike({ ExpirationInDays: 7, Status: 'Enabled' })] },
      PublicAccessBlockConfiguration: {
        BlockPublicAcls: true,
        BlockPublicPolicy: true,
        IgnorePublicAcls: true,
        RestrictPublicBuckets: true,
      },
      NotificationConfiguration: Match.absent(),
    });
    template.resourceCountIs('AWS::S3::Bucket', 1);
    template.resourceCountIs('Custom::S3BucketNotifications', 1);
  });
});
