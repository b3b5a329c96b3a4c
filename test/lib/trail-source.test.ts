import { Match } from 'aws-cdk-lib/assertions';
import { logFilter, policyWith, resourcesOf, SOURCES, synth } from './support';

describe('a new trail', () => {
  const { template, json } = synth(SOURCES['a new trail']);

  it('records management events of all regions, read and write, with validated log files', () => {
    template.hasResourceProperties('AWS::CloudTrail::Trail', {
      EventSelectors: [{ IncludeManagementEvents: true, ReadWriteType: 'All' }],
      IsMultiRegionTrail: true,
      IncludeGlobalServiceEvents: true,
      EnableLogFileValidation: true,
      IsLogging: true,
      IsOrganizationTrail: Match.absent(),
      KMSKeyId: Match.absent(),
    });
  });

  it('keeps its bucket when the stack goes, and its objects for a year', () => {
    template.hasResource('AWS::S3::Bucket', {
      DeletionPolicy: 'Retain',
      Properties: {
        VersioningConfiguration: { Status: 'Enabled' },
        LifecycleConfiguration: {
          Rules: [Match.objectLike({ ExpirationInDays: 365, NoncurrentVersionExpiration: { NoncurrentDays: 30 } })],
        },
        PublicAccessBlockConfiguration: { BlockPublicAcls: true, RestrictPublicBuckets: true },
      },
    });
    const kept = synth({ trailExpireDays: '0' }).template;
    kept.hasResourceProperties('AWS::S3::Bucket', {
      VersioningConfiguration: { Status: 'Enabled' },
      LifecycleConfiguration: { Rules: [Match.objectLike({ ExpirationInDays: Match.absent() })] },
    });
  });

  it('lets CloudTrail write for this trail alone, before the trail is made', () => {
    template.hasResourceProperties(
      ...policyWith('AWS::S3::BucketPolicy', {
        Action: 's3:PutObject',
        Principal: { Service: 'cloudtrail.amazonaws.com' },
        Condition: Match.objectLike({
          StringEquals: {
            's3:x-amz-acl': 'bucket-owner-full-control',
            'aws:SourceArn': {
              'Fn::Join': ['', Match.arrayWith([Match.stringLikeRegexp(':trail/regionsweep')])],
            },
          },
        }),
      }),
    );
    template.hasResourceProperties(
      ...policyWith('AWS::S3::BucketPolicy', {
        Action: 's3:GetBucketAcl',
        Principal: { Service: 'cloudtrail.amazonaws.com' },
        Condition: { StringEquals: { 'aws:SourceArn': Match.anyValue() } },
      }),
    );
    const [, trail] = resourcesOf(json, 'AWS::CloudTrail::Trail')[0]!;
    expect(trail.DependsOn).toEqual([expect.stringMatching(/TrailBucketPolicy/)]);
  });

  it('tells the queue of log objects', () => {
    template.hasResourceProperties('Custom::S3BucketNotifications', {
      NotificationConfiguration: {
        QueueConfigurations: [Match.objectLike({ Events: ['s3:ObjectCreated:*'], Filter: logFilter('AWSLogs/') })],
      },
    });
  });
});

describe('a new encrypted organisation trail', () => {
  const { template, json } = synth(SOURCES['a new encrypted organisation trail']);

  it('is one, with prefix and key', () => {
    template.hasResourceProperties('AWS::CloudTrail::Trail', {
      IsOrganizationTrail: true,
      S3KeyPrefix: 'audit',
      KMSKeyId: { 'Fn::GetAtt': [Match.stringLikeRegexp('TrailKey'), 'Arn'] },
    });
    expect(json.Outputs.TrailPrefix?.Value).toBe('audit/AWSLogs/o-a1b2c3d4e5/');
  });

  it('may write under the account and the organisation', () => {
    const [, policy] = resourcesOf(json, 'AWS::S3::BucketPolicy').find(([id]) => id.includes('Trail'))!;
    const text = JSON.stringify(policy);
    expect(text).toContain('/audit/AWSLogs/o-a1b2c3d4e5/*');
    expect(text).toContain('"/audit/AWSLogs/",{"Ref":"AWS::AccountId"},"/*"');
  });

  it('encrypts with a key that only this trail may use, and that outlives the stack', () => {
    template.hasResource('AWS::KMS::Key', {
      DeletionPolicy: 'Retain',
      Properties: {
        EnableKeyRotation: true,
        KeyPolicy: {
          Statement: Match.arrayWith([
            Match.objectLike({
              Action: 'kms:GenerateDataKey*',
              Principal: { Service: 'cloudtrail.amazonaws.com' },
              Condition: {
                StringEquals: { 'aws:SourceArn': Match.anyValue() },
                StringLike: { 'kms:EncryptionContext:aws:cloudtrail:arn': Match.anyValue() },
              },
            }),
          ]),
        },
      },
    });
    expect(synth(SOURCES['a new encrypted organisation trail']).functionStatements('kms:Decrypt')).toHaveLength(2);
  });
});

describe('an existing bucket by S3 notification', () => {
  const { template, json } = synth(SOURCES['an existing bucket by S3 notification']);

  it('adds to the bucket’s notifications and leaves the others', () => {
    template.hasResourceProperties('Custom::S3BucketNotifications', {
      BucketName: 'company-trail',
      Managed: false,
      NotificationConfiguration: {
        QueueConfigurations: [Match.objectLike({ Filter: logFilter('AWSLogs/') })],
      },
    });
  });

  it('lets the handler read and set the notifications of that bucket alone', () => {
    const handler = resourcesOf(json, 'AWS::IAM::Policy').filter(([id]) => id.includes('HandlerPolicy'));
    expect(handler).toHaveLength(1);
    const statements = JSON.stringify(handler[0]![1].Properties);
    expect(statements).toContain('s3:PutBucketNotification');
    expect(statements).toContain('s3:GetBucketNotification');
    expect(statements).toContain(':s3:::company-trail');
    expect(statements).not.toContain('"Resource":"*"');
  });

  it('lets S3 send for that bucket and account alone', () => {
    template.hasResourceProperties(
      ...policyWith('AWS::SQS::QueuePolicy', {
        Action: 'sqs:SendMessage',
        Principal: { Service: 's3.amazonaws.com' },
        Condition: {
          ArnLike: { 'aws:SourceArn': { 'Fn::Join': ['', Match.arrayWith([':s3:::company-trail'])] } },
          StringEquals: { 'aws:SourceAccount': { Ref: 'AWS::AccountId' } },
        },
      }),
    );
  });

  it('makes no trail', () => template.resourceCountIs('AWS::CloudTrail::Trail', 0));
});

describe('an existing bucket by EventBridge', () => {
  const { template } = synth(SOURCES['an existing bucket by EventBridge']);

  it('takes new log objects and nothing else of the bucket', () => {
    template.hasResourceProperties('AWS::Events::Rule', {
      EventPattern: {
        source: ['aws.s3'],
        'detail-type': ['Object Created'],
        detail: {
          bucket: { name: ['company-trail'] },
          object: { key: [{ wildcard: 'AWSLogs/*/CloudTrail/*.json.gz' }] },
        },
      },
      Targets: [
        Match.objectLike({
          Arn: { 'Fn::GetAtt': [Match.stringLikeRegexp('PipelineQueue'), 'Arn'] },
          DeadLetterConfig: { Arn: { 'Fn::GetAtt': [Match.stringLikeRegexp('DeadLetters'), 'Arn'] } },
        }),
      ],
    });
  });

  it('does not touch the bucket', () => template.resourceCountIs('Custom::S3BucketNotifications', 0));
});

describe('an existing topic', () => {
  const { template } = synth(SOURCES['an existing topic']);

  it('subscribes the queue, and keeps what cannot be delivered', () => {
    template.hasResourceProperties('AWS::SNS::Subscription', {
      Protocol: 'sqs',
      TopicArn: SOURCES['an existing topic']?.trailTopicArn,
      RedrivePolicy: {
        deadLetterTargetArn: { 'Fn::GetAtt': [Match.stringLikeRegexp('DeadLetters'), 'Arn'] },
      },
    });
    template.hasResourceProperties(
      ...policyWith('AWS::SQS::QueuePolicy', {
        Action: 'sqs:SendMessage',
        Principal: { Service: 'sns.amazonaws.com' },
        Condition: { ArnEquals: { 'aws:SourceArn': SOURCES['an existing topic']?.trailTopicArn } },
      }),
    );
  });

  it('delivers in SNS’s envelope, in which the reader refuses messages of our own from its publishers', () => {
    template.hasResourceProperties('AWS::SNS::Subscription', { Protocol: 'sqs', RawMessageDelivery: false });
    template.resourceCountIs('AWS::SNS::Subscription', 1);
  });
});

describe('an organisation’s bucket', () => {
  it.each([
    ['an organisation trail’s bucket, encrypted by a key of this account', 'AWSLogs/o-a1b2c3d4e5/'],
    ['a Control Tower log archive, encrypted by a key of another account', 'o-a1b2c3d4e5/AWSLogs/o-a1b2c3d4e5/'],
  ])('%s is watched under %s and decrypted with its key', (name, prefix) => {
    const { template, functionStatements } = synth(SOURCES[name]);
    template.hasResourceProperties('Custom::S3BucketNotifications', {
      NotificationConfiguration: { QueueConfigurations: [Match.objectLike({ Filter: logFilter(prefix) })] },
    });
    const decrypted = functionStatements('kms:Decrypt').map(({ Resource }) => Resource);
    expect(decrypted).toContain(SOURCES[name]?.trailKeyArn);
  });
});
