import { DEFAULT_WORKLOAD, STACK, STANDING_USAGE } from '../../../bin/cost/model';
import { readSettings } from '../../../lib/settings';
import { LIMITS } from '../../../scripts/growth';
import { expectLines, resourcesOf, synth } from '../support';

const FLAGS = { trailBucket: 'company-trail' };

const FUNCTION = 'AWS::Lambda::Function RegionSweepDetectorFunction';

const MAPPING = 'AWS::Lambda::EventSourceMapping RegionSweepDetectorFromQueue';

const QUEUE = 'AWS::SQS::Queue RegionSweepPipelineQueue';

const DEAD_LETTERS = 'AWS::SQS::Queue RegionSweepPipelineDeadLetters';

const TABLE = 'AWS::DynamoDB::Table RegionSweepLedgerTable';

const TEST_BUCKET = 'AWS::S3::Bucket RegionSweepTestBucket';

const STORED = ['MessageRetentionPeriod = 1209600', 'SqsManagedSseEnabled = true'];

const deniesPlain = (queue: string) =>
  `PolicyDocument.Statement: Deny {AWS: *} sqs:* on <${queue}.Arn> if {Bool: {aws:SecureTransport: false}}`;

it.each<[what: string, heading: string, ...lines: string[]]>([
  [
    'the queue hides a message for six times the function’s time limit and a batching window',
    QUEUE,
    `VisibilityTimeout = ${6 * 60 + 10}`,
    'RedrivePolicy.maxReceiveCount = 10',
    'RedrivePolicy.deadLetterTargetArn = <RegionSweepPipelineDeadLetters.Arn>',
  ],
  ['the queue keeps messages for 14 days, encrypted', QUEUE, ...STORED],
  ['so does the dead-letter queue', DEAD_LETTERS, ...STORED],
  [
    'the queue refuses what does not come by TLS',
    'AWS::SQS::QueuePolicy RegionSweepPipelineQueuePolicy',
    deniesPlain('RegionSweepPipelineQueue'),
  ],
  [
    'so does the dead-letter queue',
    'AWS::SQS::QueuePolicy RegionSweepPipelineDeadLettersPolicy',
    deniesPlain('RegionSweepPipelineDeadLetters'),
  ],
  [
    'a schedule has the function look for what is due, and nothing else may send for it',
    'AWS::Events::Rule RegionSweepPipelineWakeUp',
    'ScheduleExpression = rate(2 minutes)',
    'Targets: {Arn: <RegionSweepPipelineQueue.Arn>, Id: Target0, Input: {"regionsweep":{"v":1,"kind":"wake-up"}}}',
  ],
  [
    'the function runs Node 24 on arm64, logs JSON, and knows table, topic and queue',
    FUNCTION,
    'Runtime = nodejs24.x',
    'Architectures = arm64',
    'Handler = index.handler',
    'MemorySize = 512',
    'Timeout = 60',
    'LoggingConfig.LogFormat = JSON',
    'LoggingConfig.LogGroup = <RegionSweepDetectorLogs>',
    'Environment.Variables.REGIONSWEEP_TABLE_NAME = <RegionSweepLedgerTable>',
    'Environment.Variables.REGIONSWEEP_TOPIC_ARN = <RegionSweepAlertsTopic>',
    'Environment.Variables.REGIONSWEEP_QUEUE_URL = <RegionSweepPipelineQueue>',
    'Environment.Variables.REGIONSWEEP_DETECTOR = regionsweep',
  ],
  ['the function’s logs are kept', 'AWS::Logs::LogGroup RegionSweepDetectorLogs', 'RetentionInDays = 90'],
  [
    'batches may fail in part, and at most ten run at the same time',
    MAPPING,
    'BatchSize = 50',
    'MaximumBatchingWindowInSeconds = 10',
    'FunctionResponseTypes = ReportBatchItemFailures',
    'ScalingConfig.MaximumConcurrency = 10',
  ],
  [
    'the table is keyed and expires as the state store needs it, on demand',
    TABLE,
    'KeySchema: {AttributeName: pk, KeyType: HASH}',
    'KeySchema: {AttributeName: sk, KeyType: RANGE}',
    'AttributeDefinitions: {AttributeName: pk, AttributeType: S}',
    'AttributeDefinitions: {AttributeName: sk, AttributeType: S}',
    'TimeToLiveSpecification.AttributeName = expiresAt',
    'TimeToLiveSpecification.Enabled = true',
    'BillingMode = PAY_PER_REQUEST',
  ],
  [
    'the table can be restored, is protected from deletion, and outlives the stack',
    TABLE,
    'DeletionPolicy = Retain',
    'UpdateReplacePolicy = Retain',
    'DeletionProtectionEnabled = true',
    'PointInTimeRecoverySpecification.PointInTimeRecoveryEnabled = true',
  ],
  [
    'objects of the test bucket expire within a week',
    TEST_BUCKET,
    expect.stringMatching(/^LifecycleConfiguration.Rules: .*ExpirationInDays: 7, Status: Enabled/),
  ],
])('%s', (_what, heading, ...lines) => expectLines(synth(FLAGS), heading, ...lines));

it('reserves no concurrency, and creates two queues, one bucket and one notification', () => {
  const { form, template } = synth(FLAGS);
  expect(form.get(FUNCTION)?.join()).not.toContain('ReservedConcurrentExecutions');
  expect(form.get(TEST_BUCKET)?.join()).not.toContain('NotificationConfiguration');
  template.resourceCountIs('AWS::SQS::Queue', 2);
  template.resourceCountIs('AWS::S3::Bucket', 1);
  template.resourceCountIs('Custom::S3BucketNotifications', 1);
});

it('takes other times, sizes and a rule', () => {
  const rule = {
    minRegions: '12',
    minCalls: '20',
    windowSeconds: '60',
    windowing: 'sliding',
    groupBy: 'issuer',
    partitions: '4',
    ignoreRegions: 'eu-west-1,us-gov-west-1',
    severityText: 'LOW!',
    capAlerts: '20',
    capSeconds: '600',
    followUpMinutes: '0',
    chatAsDefault: 'true',
    fetchConcurrency: '8',
    inflateLimitBytes: '1073741824',
  };
  const other = synth({
    ...FLAGS,
    ...rule,
    timeoutSeconds: '150',
    batchingWindowSeconds: '2',
    logRetentionDays: '365',
    architecture: 'x86_64',
    memoryMiB: '2048',
    reservedConcurrency: '5',
  });
  expectLines(other, QUEUE, 'VisibilityTimeout = 902');
  expectLines(other, 'AWS::Logs::LogGroup RegionSweepDetectorLogs', 'RetentionInDays = 365');
  expectLines(
    other,
    FUNCTION,
    'Timeout = 150',
    'Architectures = x86_64',
    'MemorySize = 2048',
    'ReservedConcurrentExecutions = 5',
    ...Object.entries(rule).map(([name, value]) => {
      const variable = `REGIONSWEEP_${name.replace(/[A-Z]/g, '_$&').toUpperCase()}`;
      return `Environment.Variables.${variable} = ${value}`;
    }),
  );
  expectLines(other, MAPPING, 'ScalingConfig.MaximumConcurrency = 5');
  expectLines(
    synth({ ...FLAGS, batchSize: '10', batchingWindowSeconds: '0' }),
    MAPPING,
    'BatchSize = 10',
    'MaximumBatchingWindowInSeconds = 0',
  );
});

it('the calculator counts what the stack has', () => {
  const { json } = synth(FLAGS);
  const count = (type: string) => resourcesOf(json, type).length;
  expect(STANDING_USAGE).toMatchObject({
    alarm: count('AWS::CloudWatch::Alarm'),
    dashboard: count('AWS::CloudWatch::Dashboard'),
    kmsKey: count('AWS::KMS::Key'),
  });
});

it('the calculator’s defaults are the stack’s', () => {
  const { pipeline } = readSettings(FLAGS).settings;
  expect(pipeline).toMatchObject({
    batchSize: STACK.batchSize,
    batchingWindowSeconds: STACK.batchingWindowSeconds,
    memoryMiB: DEFAULT_WORKLOAD.memoryMiB,
    architecture: DEFAULT_WORKLOAD.architecture,
  });
  const { json } = synth(FLAGS);
  const [, mapping] = resourcesOf(json, 'AWS::Lambda::EventSourceMapping')[0]!;
  expect(mapping.Properties).toMatchObject({ ScalingConfig: { MaximumConcurrency: LIMITS.maxConcurrency } });
  const timeouts = resourcesOf(json, 'AWS::SQS::Queue').map(
    ([, { Properties }]) => (Properties as { VisibilityTimeout?: number }).VisibilityTimeout,
  );
  expect(timeouts).toContain(LIMITS.visibilitySeconds);
});
