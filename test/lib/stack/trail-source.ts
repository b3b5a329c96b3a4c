import { expectLines, SOURCES, synth } from '../support';

const TRAIL = 'AWS::CloudTrail::Trail RegionSweepSourceTrail';

const BUCKET = 'AWS::S3::Bucket RegionSweepSourceTrailBucket';

const QUEUE_POLICY = 'AWS::SQS::QueuePolicy RegionSweepPipelineQueuePolicy';

const NOTIFICATIONS = 'Custom::S3BucketNotifications TrailBucketNotifications';

const ROLE_POLICY = 'AWS::IAM::Policy RegionSweepDetectorRoleDefaultPolicy';

const statement = (text: string) => `PolicyDocument.Statement: ${text}`;

const notifies = (prefix: string) =>
  `NotificationConfiguration.QueueConfigurations: {Events: s3:ObjectCreated:*, Filter: {Key: {FilterRules: [{Name: suffix, Value: .json.gz}, {Name: prefix, Value: ${prefix}}]}}, QueueArn: <RegionSweepPipelineQueue.Arn>}`;

const THIS_TRAIL =
  'aws:SourceArn: arn:<AWS::Partition>:cloudtrail:<AWS::Region>:<AWS::AccountId>:trail/regionsweepRegionSweepSourceTrailA1834C2B';

const delivery = (...objects: readonly string[]) => {
  const resources = objects.map((object) => `<RegionSweepSourceTrailBucket.Arn>/${object}`).join(', ');
  return statement(
    `Allow {Service: cloudtrail.amazonaws.com} s3:PutObject on ${resources} if {StringEquals: {${THIS_TRAIL}, s3:x-amz-acl: bucket-owner-full-control}}`,
  );
};

const sends = (service: string, condition: string) =>
  statement(`Allow {Service: ${service}} sqs:SendMessage on <RegionSweepPipelineQueue.Arn> if {${condition}}`);

type Row = readonly [what: string, heading: string, ...lines: string[]];

const LINES: Readonly<Record<string, readonly Row[]>> = {
  'a new trail': [
    [
      'records management events of all regions, read and write, with validated log files, once its bucket takes them',
      TRAIL,
      'EventSelectors: {IncludeManagementEvents: true, ReadWriteType: All}',
      'IsMultiRegionTrail = true',
      'IncludeGlobalServiceEvents = true',
      'EnableLogFileValidation = true',
      'IsLogging = true',
      'DependsOn = RegionSweepSourceTrailBucketPolicy',
    ],
    [
      'keeps its bucket when the stack is deleted, and its objects for a year',
      BUCKET,
      'DeletionPolicy = Retain',
      'VersioningConfiguration.Status = Enabled',
      expect.stringMatching(/^LifecycleConfiguration.Rules: .*ExpirationInDays: 365, .*NoncurrentDays: 30/),
    ],
    [
      'lets CloudTrail write for this trail alone',
      'AWS::S3::BucketPolicy RegionSweepSourceTrailBucketPolicy',
      delivery('AWSLogs/<AWS::AccountId>/*'),
      statement(
        `Allow {Service: cloudtrail.amazonaws.com} s3:GetBucketAcl on <RegionSweepSourceTrailBucket.Arn> if {StringEquals: {${THIS_TRAIL}}}`,
      ),
    ],
    [
      'notifies the queue of log objects',
      'Custom::S3BucketNotifications RegionSweepSourceTrailBucketNotifications',
      notifies('AWSLogs/'),
    ],
  ],
  'a new encrypted organization trail': [
    [
      'is one, with prefix and key',
      TRAIL,
      'IsOrganizationTrail = true',
      'S3KeyPrefix = audit',
      'KMSKeyId = <RegionSweepSourceTrailKey.Arn>',
    ],
    [
      'may write under the account and the organization',
      'AWS::S3::BucketPolicy RegionSweepSourceTrailBucketPolicy',
      delivery('audit/AWSLogs/<AWS::AccountId>/*', 'audit/AWSLogs/o-a1b2c3d4e5/*'),
    ],
    [
      'encrypts with a key that only this trail may use, and that outlives the stack',
      'AWS::KMS::Key RegionSweepSourceTrailKey',
      'DeletionPolicy = RetainExceptOnCreate',
      'EnableKeyRotation = true',
      `KeyPolicy.Statement: Allow {Service: cloudtrail.amazonaws.com} kms:GenerateDataKey* on * if {StringEquals: {${THIS_TRAIL}}, StringLike: {kms:EncryptionContext:aws:cloudtrail:arn: arn:<AWS::Partition>:cloudtrail:*:*:trail/*}}`,
    ],
    ['is decrypted with that key', ROLE_POLICY, statement('Allow kms:Decrypt on <RegionSweepSourceTrailKey.Arn>')],
  ],
  'an existing bucket by S3 notification': [
    [
      'adds to the bucket’s notifications and leaves the others',
      NOTIFICATIONS,
      'BucketName = company-trail',
      'Managed = false',
      notifies('AWSLogs/'),
    ],
    [
      'lets the handler read and set the notifications of that bucket alone',
      'AWS::IAM::Policy TrailBucketNotificationsHandlerPolicy',
      statement('Allow s3:GetBucketNotification, s3:PutBucketNotification on arn:<AWS::Partition>:s3:::company-trail'),
    ],
    [
      'lets S3 send for that bucket and account alone',
      QUEUE_POLICY,
      sends(
        's3.amazonaws.com',
        'ArnLike: {aws:SourceArn: arn:<AWS::Partition>:s3:::company-trail}, StringEquals: {aws:SourceAccount: <AWS::AccountId>}',
      ),
    ],
  ],
  'an existing bucket by EventBridge': [
    [
      'takes new log objects and nothing else of the bucket, and keeps what cannot be delivered',
      'AWS::Events::Rule RegionSweepSourceObjectCreated',
      'EventPattern.source = aws.s3',
      'EventPattern.detail-type = Object Created',
      'EventPattern.detail.bucket.name = company-trail',
      'EventPattern.detail.object.key: {wildcard: AWSLogs/*/CloudTrail/*.json.gz}',
      'Targets: {Arn: <RegionSweepPipelineQueue.Arn>, DeadLetterConfig: {Arn: <RegionSweepPipelineDeadLetters.Arn>}, Id: Target0}',
    ],
  ],
  'an existing topic': [
    [
      'subscribes the queue, in SNS’s envelope, by which the reader refuses control messages from its publishers',
      'AWS::SNS::Subscription RegionSweepPipelineQueueregionsweepTrailTopic64B97C75',
      'Protocol = sqs',
      'RawMessageDelivery = false',
      'TopicArn = arn:aws:sns:eu-west-1:111122223333:trail-objects',
      'RedrivePolicy.deadLetterTargetArn = <RegionSweepPipelineDeadLetters.Arn>',
    ],
    [
      'lets SNS send for that topic alone',
      QUEUE_POLICY,
      sends('sns.amazonaws.com', 'ArnEquals: {aws:SourceArn: arn:aws:sns:eu-west-1:111122223333:trail-objects}'),
    ],
  ],
  'an organization trail’s bucket, encrypted by a key of this account': [
    ['is watched under the organization', NOTIFICATIONS, notifies('AWSLogs/o-a1b2c3d4e5/')],
    [
      'is decrypted with its key',
      ROLE_POLICY,
      statement('Allow kms:Decrypt on arn:aws:kms:eu-west-1:111122223333:key/11111111-2222-3333-4444-555555555555'),
    ],
  ],
  'a Control Tower log archive, encrypted by a key of another account': [
    ['is watched under prefix and organization', NOTIFICATIONS, notifies('o-a1b2c3d4e5/AWSLogs/o-a1b2c3d4e5/')],
    [
      'is decrypted with its key',
      ROLE_POLICY,
      statement('Allow kms:Decrypt on arn:aws:kms:eu-west-1:444455556666:key/11111111-2222-3333-4444-555555555555'),
    ],
  ],
};

describe.each(Object.entries(LINES))('%s', (source, rows) => {
  it.each(rows)('%s', (_what, heading, ...lines) => expectLines(synth(SOURCES[source], true), heading, ...lines));
});

it.each([
  ['an existing bucket by S3 notification', 'AWS::CloudTrail::Trail', 0],
  ['an existing bucket by EventBridge', 'Custom::S3BucketNotifications', 0],
  ['an existing topic', 'AWS::SNS::Subscription', 1],
])('%s has of %s %i', (source, type, count) => synth(SOURCES[source], true).template.resourceCountIs(type, count));

it('a new trail has neither key nor organization by default, and may keep its objects', () => {
  const lines = synth({}, true).form.get(TRAIL)?.join();
  expect(lines).not.toMatch(/KMSKeyId|IsOrganizationTrail/);
  expect(synth({ trailExpireDays: '0' }).form.get(BUCKET)?.join()).not.toContain('ExpirationInDays');
});
