import { Stack, Validations } from 'aws-cdk-lib';
import { Match } from 'aws-cdk-lib/assertions';
import * as s3 from 'aws-cdk-lib/aws-s3';
import { AwsSolutionsChecks } from 'cdk-nag';
import { appWith, resourcesOf, SOURCES, synth, synthQuietly, violationsIn, withoutAsset } from './support';

const LOG_FILTER = (prefix: string) => ({
  Key: {
    FilterRules: [
      { Name: 'suffix', Value: '.json.gz' },
      { Name: 'prefix', Value: prefix },
    ],
  },
});

const policyOf = (id: string, statement: Record<string, unknown>) =>
  [id, { PolicyDocument: { Statement: Match.arrayWith([Match.objectLike(statement)]) } }] as const;

/** Checked once, and asked for everything else too. */
const checked = (flags: Readonly<Record<string, string>> = {}) => synth(flags, true);

describe.each(Object.entries(SOURCES))('%s', (_name, flags) => {
  it('matches its snapshot', () => {
    expect(withoutAsset(checked(flags).json)).toMatchSnapshot();
  });

  it('is clean under the AwsSolutions checks of cdk-nag and the rules of aws-cdk-lib', () => {
    expect(checked(flags).violations).toEqual([]);
  });

  it('reads no other objects than the trail’s and the test bucket’s', () => {
    const resources = checked(flags)
      .functionStatements('s3:GetObject')
      .flatMap(({ Resource }) => Resource);
    const prefix = checked(flags).json.Outputs.TrailPrefix?.Value;
    expect(resources).toHaveLength(2);
    expect(JSON.stringify(resources[0])).toContain(`/${prefix}*/CloudTrail/*"`);
    expect(JSON.stringify(resources[1])).toMatch(/TestBucket.*"\/\*"/);
  });

  it('lists under the trail’s prefix alone', () => {
    const prefix = checked(flags).json.Outputs.TrailPrefix?.Value;
    const [trail, test] = checked(flags).functionStatements('s3:ListBucket');
    expect(trail?.Condition).toEqual({ StringLike: { 's3:prefix': `${prefix}*` } });
    expect(JSON.stringify(trail?.Resource)).not.toContain('TestBucket');
    expect(JSON.stringify(test?.Resource)).toContain('TestBucket');
  });
});

describe('a new trail', () => {
  const { template, json } = checked(SOURCES['a new trail']);

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
        LifecycleConfiguration: { Rules: [Match.objectLike({ ExpirationInDays: 365 })] },
        PublicAccessBlockConfiguration: { BlockPublicAcls: true, RestrictPublicBuckets: true },
      },
    });
    const kept = checked({ trailExpireDays: '0' }).template;
    kept.hasResourceProperties('AWS::S3::Bucket', {
      VersioningConfiguration: { Status: 'Enabled' },
      LifecycleConfiguration: { Rules: [Match.objectLike({ ExpirationInDays: Match.absent() })] },
    });
  });

  it('lets CloudTrail write for this trail alone, before the trail is made', () => {
    template.hasResourceProperties(
      ...policyOf('AWS::S3::BucketPolicy', {
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
    const [, trail] = resourcesOf(json, 'AWS::CloudTrail::Trail')[0]!;
    expect(trail.DependsOn).toEqual([expect.stringMatching(/TrailBucketPolicy/)]);
  });

  it('tells the queue of log objects', () => {
    template.hasResourceProperties('Custom::S3BucketNotifications', {
      NotificationConfiguration: {
        QueueConfigurations: [
          Match.objectLike({ Events: ['s3:ObjectCreated:*'], Filter: LOG_FILTER('AWSLogs/') }),
        ],
      },
    });
  });
});

describe('a new encrypted organisation trail', () => {
  const { template, json } = checked(SOURCES['a new encrypted organisation trail']);

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
              Condition: Match.objectLike({ StringEquals: { 'aws:SourceArn': Match.anyValue() } }),
            }),
          ]),
        },
      },
    });
    expect(
      checked(SOURCES['a new encrypted organisation trail']).functionStatements('kms:Decrypt'),
    ).toHaveLength(2);
  });
});

describe('an existing bucket by S3 notification', () => {
  const { template, json } = checked(SOURCES['an existing bucket by S3 notification']);

  it('adds to the bucket’s notifications and leaves the others', () => {
    template.hasResourceProperties('Custom::S3BucketNotifications', {
      BucketName: 'company-trail',
      Managed: false,
      NotificationConfiguration: {
        QueueConfigurations: [Match.objectLike({ Filter: LOG_FILTER('AWSLogs/') })],
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
      ...policyOf('AWS::SQS::QueuePolicy', {
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
  const { template } = checked(SOURCES['an existing bucket by EventBridge']);

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
      Targets: [Match.objectLike({ DeadLetterConfig: Match.anyValue() })],
    });
  });

  it('does not touch the bucket', () => template.resourceCountIs('Custom::S3BucketNotifications', 0));
});

describe('an existing topic', () => {
  const { template } = checked(SOURCES['an existing topic']);

  it('subscribes the queue, and keeps what cannot be delivered', () => {
    template.hasResourceProperties('AWS::SNS::Subscription', {
      Protocol: 'sqs',
      TopicArn: SOURCES['an existing topic']?.trailTopicArn,
      RawMessageDelivery: true,
      RedrivePolicy: Match.objectLike({ deadLetterTargetArn: Match.anyValue() }),
    });
    template.hasResourceProperties(
      ...policyOf('AWS::SQS::QueuePolicy', {
        Action: 'sqs:SendMessage',
        Principal: { Service: 'sns.amazonaws.com' },
        Condition: { ArnEquals: { 'aws:SourceArn': SOURCES['an existing topic']?.trailTopicArn } },
      }),
    );
  });
});

describe('an organisation’s bucket', () => {
  it.each([
    ['an organisation trail’s bucket, encrypted by a key of this account', 'AWSLogs/o-a1b2c3d4e5/'],
    [
      'a Control Tower log archive, encrypted by a key of another account',
      'o-a1b2c3d4e5/AWSLogs/o-a1b2c3d4e5/',
    ],
  ])('%s is watched under %s and decrypted with its key', (name, prefix) => {
    const { template, functionStatements } = checked(SOURCES[name]);
    template.hasResourceProperties('Custom::S3BucketNotifications', {
      NotificationConfiguration: { QueueConfigurations: [Match.objectLike({ Filter: LOG_FILTER(prefix) })] },
    });
    const decrypted = functionStatements('kms:Decrypt').map(({ Resource }) => Resource);
    expect(decrypted).toContain(SOURCES[name]?.trailKeyArn);
  });
});

it('the checks are on: a bucket that takes plain text is found', () => {
  const app = appWith({});
  new s3.Bucket(new Stack(app, 'Careless'), 'Open');
  Validations.of(app).addPlugins(new AwsSolutionsChecks(app));
  expect(() => synthQuietly(app)).toThrow(/AwsSolutions-S10/);
  expect(violationsIn(app.outdir).join('\n')).toMatch(/AwsSolutions-S10 at Careless\/Open/);
});
