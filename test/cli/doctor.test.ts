import {
  CloudFormationClient,
  DescribeStacksCommand,
  DetectStackResourceDriftCommand,
  GetTemplateCommand,
  ListStackResourcesCommand,
} from '@aws-sdk/client-cloudformation';
import {
  CloudTrailClient,
  DescribeTrailsCommand,
  GetEventSelectorsCommand,
  GetTrailStatusCommand,
  type Trail,
} from '@aws-sdk/client-cloudtrail';
import { CloudWatchClient, DescribeAlarmsCommand, GetMetricDataCommand } from '@aws-sdk/client-cloudwatch';
import { IAMClient, SimulatePrincipalPolicyCommand } from '@aws-sdk/client-iam';
import { DescribeKeyCommand, KMSClient } from '@aws-sdk/client-kms';
import {
  GetBucketNotificationConfigurationCommand,
  HeadBucketCommand,
  ListObjectsV2Command,
  S3Client,
} from '@aws-sdk/client-s3';
import { ListSubscriptionsByTopicCommand, SNSClient } from '@aws-sdk/client-sns';
import { GetQueueAttributesCommand, SQSClient } from '@aws-sdk/client-sqs';
import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import { mockClient } from 'aws-sdk-client-mock';
import { recordsCall } from '../../bin/doctor/trail-checks';
import type { EventSelectors } from '../../lambda/adapters/aws/cloudtrail';
import { runCli, startCli } from '../support/cli';
import { T0 } from '../support/records';

/** Bundling takes seconds; test/lib/bundle.test.ts compares the real one. */
jest.mock('../../lib/function-bundle', () => ({ functionAsset: () => 'c0ffee' }));

/** The account's answers, in the shapes of the services; a test changes one. */
const aws = {
  sts: mockClient(STSClient),
  trail: mockClient(CloudTrailClient),
  s3: mockClient(S3Client),
  kms: mockClient(KMSClient),
  stack: mockClient(CloudFormationClient),
  sns: mockClient(SNSClient),
  sqs: mockClient(SQSClient),
  iam: mockClient(IAMClient),
  watch: mockClient(CloudWatchClient),
};

const KEY = 'arn:aws:kms:eu-west-1:111122223333:key/k1';

const QUEUE = 'arn:aws:sqs:eu-west-1:111122223333:objects';

const TOPIC = 'arn:aws:sns:eu-west-1:111122223333:alerts';

const TRAIL: Trail = {
  Name: 'company',
  TrailARN: 'arn:aws:cloudtrail:eu-west-1:111122223333:trail/company',
  HomeRegion: 'eu-west-1',
  S3BucketName: 'company-trail',
  IsMultiRegionTrail: true,
};

const denied = (message = 'not authorized') =>
  Object.assign(new Error(message), { name: 'AccessDenied', $metadata: { httpStatusCode: 403 } });

const trails = (...changes: Partial<Trail>[]) =>
  aws.trail.on(DescribeTrailsCommand).resolves({ trailList: changes.map((change) => ({ ...TRAIL, ...change })) });

const status = (changes: object) =>
  aws.trail.on(GetTrailStatusCommand).resolves({ IsLogging: true, LatestDeliveryTime: secondsAgo(300), ...changes });

const notifications = (configuration: object) =>
  aws.s3.on(GetBucketNotificationConfigurationCommand).resolves(configuration);

const filtered = (prefix: string, suffix = '.json.gz') => ({
  Events: ['s3:ObjectCreated:*' as const],
  Filter: {
    Key: {
      FilterRules: [
        { Name: 'Prefix' as const, Value: prefix },
        { Name: 'Suffix' as const, Value: suffix },
      ],
    },
  },
});

const ours = { QueueConfigurations: [{ QueueArn: QUEUE, ...filtered('AWSLogs/') }] };

const folders = (...names: string[]) =>
  aws.s3.on(ListObjectsV2Command).resolves({ CommonPrefixes: names.map((name) => ({ Prefix: `AWSLogs/${name}/` })) });

const metrics = (count: number, lag: number) =>
  aws.watch.on(GetMetricDataCommand).resolves({
    MetricDataResults: [
      { Id: 'objects', Values: [count, count] },
      { Id: 'lag', Values: [lag, 20] },
    ],
  });

const subscribers = (...arns: string[]) =>
  aws.sns.on(ListSubscriptionsByTopicCommand).resolves({
    Subscriptions: arns.map((SubscriptionArn) => {
      return { Protocol: 'email', Endpoint: 'security@example.com', SubscriptionArn };
    }),
  });

function secondsAgo(seconds: number): Date {
  return new Date((T0 - seconds) * 1000);
}

const OUTPUTS = {
  TrailBucketName: 'company-trail',
  TrailPrefix: 'AWSLogs/',
  TrailKeyArn: KEY,
  FunctionRoleArn: 'arn:aws:iam::111122223333:role/detector',
  TopicArn: TOPIC,
  QueueArn: QUEUE,
  DeadLetterQueueUrl: 'https://sqs.eu-west-1.amazonaws.com/111122223333/dead',
};

let deployed = 'c0ffee';

function stack(
  source: object = { Notify: { Type: 'Custom::S3BucketNotifications' } },
  outputs: object = OUTPUTS,
): void {
  const Resources: Record<string, object> = {
    Detector: {
      Type: 'AWS::Lambda::Function',
      Properties: {
        Architectures: ['arm64'],
        Code: { S3Key: `${deployed}.zip` },
        Environment: { Variables: { REGIONSWEEP_TABLE_NAME: { Ref: 'Table' }, REGIONSWEEP_DETECTOR: 'one' } },
      },
    },
    Silence: { Type: 'AWS::CloudWatch::Alarm' },
    ...source,
  };
  const named = Object.entries(outputs).map(([OutputKey, OutputValue]) => ({ OutputKey, OutputValue }));
  aws.stack.on(DescribeStacksCommand).resolves({ Stacks: [{ Outputs: named }] as never });
  aws.stack.on(GetTemplateCommand).resolves({ TemplateBody: JSON.stringify({ Resources }) });
  aws.stack.on(ListStackResourcesCommand).resolves({
    StackResourceSummaries: Object.entries(Resources).map(([LogicalResourceId, resource]) => {
      return { LogicalResourceId, PhysicalResourceId: `own ${LogicalResourceId}`, ...typeOf(resource) };
    }) as never,
  });
}

const drift = (found: object) =>
  aws.stack
    .on(DetectStackResourceDriftCommand, { StackName: 'regionsweep', LogicalResourceId: 'Objects' })
    .resolves({ StackResourceDrift: found as never });

/** A stack that EventBridge feeds. @param live what differs of its rule now; absent once it was deleted */
function rule(live?: object): void {
  stack({
    WakeUp: { Type: 'AWS::Events::Rule', Properties: { ScheduleExpression: 'rate(2 minutes)' } },
    Objects: { Type: 'AWS::Events::Rule', Properties: { EventPattern: { source: ['aws.s3'] }, State: 'ENABLED' } },
  });
  notifications({ EventBridgeConfiguration: {} });
  // As CloudFormation shows it of a rule with dead letters, which it takes for drift.
  const properties = { State: 'ENABLED', Targets: [{ Arn: QUEUE, Id: 'Target0' }], ...live };
  drift(
    live === undefined
      ? { StackResourceDriftStatus: 'DELETED' }
      : { StackResourceDriftStatus: 'MODIFIED', ActualProperties: JSON.stringify(properties) },
  );
}

function typeOf(resource: object) {
  return { ResourceType: (resource as { Type: string }).Type };
}

beforeEach(() => {
  for (const client of Object.values(aws)) client.reset();
  const Arn = 'arn:aws:iam::111122223333:user/me';
  aws.sts.on(GetCallerIdentityCommand).resolves({ Account: '111122223333', Arn });
  trails({});
  status({});
  aws.trail.on(GetEventSelectorsCommand).resolves({ EventSelectors: [{ ReadWriteType: 'All' }] });
  aws.s3.on(HeadBucketCommand).resolves({ BucketRegion: 'eu-west-1' });
  aws.kms.on(DescribeKeyCommand).resolves({ KeyMetadata: { KeyId: 'k1', KeyState: 'Enabled' } });
  notifications(ours);
  folders('111122223333');
  stack();
  subscribers('arn:confirmed');
  aws.sqs.on(GetQueueAttributesCommand).resolves({ Attributes: { ApproximateNumberOfMessages: '0' } });
  aws.iam.on(SimulatePrincipalPolicyCommand).resolves({ EvaluationResults: [{ EvalDecision: 'allowed' }] as never });
  aws.watch.on(DescribeAlarmsCommand).resolves({ MetricAlarms: [] });
  metrics(7, 190);
});

const env = { AWS_REGION: 'eu-west-1' };
process.env.AWS_REGION = 'eu-west-1';

async function doctor(...args: readonly string[]): Promise<{ code: number | null; lines: string[]; text: string }> {
  const { code, stdout, stderr } = await runCli(['doctor', ...args], { time: T0, env });
  const text = stdout + stderr;
  return { code, text, lines: text.split('\n').filter((line) => !line.startsWith('pass')) };
}

describe('before deployment', () => {
  it('passes a good trail, and writes the command that deploys', async () => {
    notifications({});
    const { code, text } = await doctor('--source');
    expect(text).toMatchInlineSnapshot(`
"pass  account 111122223333, credentials: arn:aws:iam::111122223333:user/me, in eu-west-1
pass  trail company, multi-region: logs every region
pass  trail company, logging: is logging
pass  trail company, read events: records DescribeInstances
pass  trail company, delivery: delivered at 2026-11-24T03:55:00Z
pass  trail company, organization: logs one account
skip  trail company, key: its objects have no key of KMS
pass  trail company, region: its bucket company-trail is in eu-west-1
pass  trail company, notifications: no notification of the bucket is in the way

To deploy (add -c alertEmail=ADDRESS to receive the alerts):
AWS_REGION=eu-west-1 npx cdk deploy -c trailBucket=company-trail
"
`);
    expect(code).toBe(0);
  });

  const command = /^AWS_REGION=.*$/m;

  it.each<[string, () => unknown, string]>([
    [
      'a prefix and a key',
      () => trails({ S3KeyPrefix: 'audit', KmsKeyId: KEY }),
      `-c trailBucket=company-trail -c trailPrefix=audit -c trailKeyArn=${KEY}`,
    ],
    [
      'an organization',
      () => [trails({ IsOrganizationTrail: true }), folders('o-a1b2c3d4e5')],
      '-c trailBucket=company-trail -c organizationId=o-a1b2c3d4e5',
    ],
    [
      'a topic that has the objects already',
      () => notifications({ TopicConfigurations: [{ TopicArn: 'arn:aws:sns:eu-west-1:1:t', ...filtered('') }] }),
      '-c trailBucket=company-trail -c trailTopicArn=arn:aws:sns:eu-west-1:1:t',
    ],
    ['a queue that has them', () => notifications(ours), '-c trailBucket=company-trail -c source=eventbridge'],
    [
      'a notification of other objects',
      () => notifications({ QueueConfigurations: [{ QueueArn: QUEUE, ...filtered('AWSLogs/', '.csv') }] }),
      '-c trailBucket=company-trail',
    ],
    [
      'a hostile prefix',
      () => [notifications({}), trails({ S3KeyPrefix: "x'; rm -rf ~ #" })],
      `-c trailBucket=company-trail -c 'trailPrefix=x'\\''; rm -rf ~ #'`,
    ],
  ])('writes the command for %s', async (_, change, flags) => {
    notifications({});
    change();
    const { text } = await doctor('--source', 'company');
    expect(command.exec(text)![0]).toBe(`AWS_REGION=eu-west-1 npx cdk deploy ${flags}`);
  });

  it('deploys in the region of the bucket', async () => {
    notifications({});
    const elsewhere = Object.assign(denied(), { $response: { headers: { 'x-amz-bucket-region': 'us-west-2' } } });
    aws.s3.on(HeadBucketCommand).rejects(elsewhere);
    const { text } = await doctor('--profile', 'audit');
    expect(text).toContain('warn  trail company, region: its bucket company-trail is in us-west-2, not in eu-west-1');
    expect(command.exec(text)![0]).toBe(
      'AWS_REGION=us-west-2 npx cdk deploy -c trailBucket=company-trail --profile audit',
    );
  });

  it('fails without a trail, and shows how to create one', async () => {
    trails();
    const { code, text } = await doctor();
    expect({ code, text }).toEqual({ code: 1, text: expect.stringContaining('AWS_REGION=eu-west-1 npx cdk deploy\n') });
  });
});

describe('after deployment', () => {
  it('passes a good stack', async () => {
    const { code, lines } = await doctor('--stack', 'regionsweep');
    expect(lines).toEqual(['skip  trail company, key: its objects have no key of KMS', '']);
    expect(code).toBe(0);
  });

  it('reports a function of another version', async () => {
    deployed = 'decaf';
    stack();
    deployed = 'c0ffee';
    const { code, lines } = await doctor('--stack', 'regionsweep');
    expect(lines[0]).toBe(
      'warn  stack regionsweep, version: the function is another one than this version would deploy',
    );
    expect(code).toBe(0);
  });

  it.each<[string, number, () => unknown]>([
    [
      'fail  trail company, multi-region: logs only eu-west-1: a sweep is never seen',
      1,
      () => trails({ IsMultiRegionTrail: false }),
    ],
    ['fail  trail company, logging: is stopped', 1, () => status({ IsLogging: false })],
    [
      'fail  trail company, read events: never records DescribeInstances',
      1,
      () => aws.trail.on(GetEventSelectorsCommand).resolves({ EventSelectors: [{ ReadWriteType: 'WriteOnly' }] }),
    ],
    [
      'fail  trail company, delivery: cannot deliver to its bucket: AccessDenied',
      1,
      () => status({ LatestDeliveryError: 'AccessDenied' }),
    ],
    [
      'warn  trail company, delivery: delivered last at 2026-11-24T02:00:00Z',
      0,
      () => status({ LatestDeliveryTime: secondsAgo(7200) }),
    ],
    [
      'warn  trail company, organization: logs one account; the bucket also holds 1 organization',
      0,
      () => folders('o-a1b2c3d4e5'),
    ],
    [
      'fail  trail company, key: the key',
      1,
      () => [
        trails({ KmsKeyId: KEY }),
        aws.kms.on(DescribeKeyCommand).resolves({ KeyMetadata: { KeyId: 'k1', KeyState: 'Disabled' } }),
      ],
    ],
    [
      'warn  trail company, key: the key arn:aws:kms:eu-west-1:444455556666:key/k1 is of another account',
      1,
      () => trails({ KmsKeyId: KEY.replace('111122223333', '444455556666') }),
    ],
    [
      'fail  stack regionsweep, key: does not know the key of the trail',
      1,
      () => [
        trails({ KmsKeyId: KEY }),
        stack(undefined, { ...OUTPUTS, TrailKeyArn: 'arn:aws:kms:eu-west-1:111122223333:key/old' }),
      ],
    ],
    [
      'fail  stack regionsweep, trail: watches s3://company-trail/AWSLogs/; the trail delivers to audit/AWSLogs/',
      1,
      () => trails({ S3KeyPrefix: 'audit' }),
    ],
    [
      'warn  stack regionsweep, trail: no trail that this account sees delivers to company-trail',
      0,
      () => trails({ S3BucketName: 'another' }),
    ],
    [
      "fail  stack regionsweep, permissions: the function's role may not s3:GetObject, kms:Decrypt",
      1,
      () =>
        aws.iam
          .on(SimulatePrincipalPolicyCommand)
          .resolves({ EvaluationResults: [{ EvalDecision: 'explicitDeny' }] as never }),
    ],
    ['fail  stack regionsweep, notifications: the bucket does not notify the queue', 1, () => notifications({})],
    [
      'fail  stack regionsweep, notifications: the bucket does not notify the queue',
      1,
      () => notifications({ QueueConfigurations: [{ QueueArn: QUEUE, ...filtered('other/') }] }),
    ],
    [
      'fail  stack regionsweep, notifications: the bucket sends no events to EventBridge',
      1,
      () => [rule({}), notifications(ours)],
    ],
    [
      'pass  stack regionsweep, notifications: the bucket sends its events to EventBridge, whose rule sends them to the queue',
      0,
      () => rule({}),
    ],
    ['fail  stack regionsweep, notifications: the EventBridge rule for new objects was deleted', 1, () => rule()],
    [
      'fail  stack regionsweep, notifications: the EventBridge rule for new objects is disabled',
      1,
      () => rule({ State: 'DISABLED' }),
    ],
    [
      'fail  stack regionsweep, notifications: the EventBridge rule for new objects does not send to the queue',
      1,
      () => rule({ Targets: [{ Arn: `${QUEUE}-2`, Id: 'Target0' }] }),
    ],
    [
      'fail  stack regionsweep, notifications: the stack has no rule of EventBridge for new objects',
      1,
      () => [rule({}), stack({})],
    ],
    [
      'skip  stack regionsweep, notifications: Objects of stack regionsweep cannot be looked up: no permission',
      1,
      () => [rule({}), drift({ StackResourceDriftStatus: 'UNKNOWN', DriftStatusReason: 'no permission' })],
    ],
    [
      'fail  stack regionsweep, notifications: the queue is not subscribed to the topic of new objects',
      1,
      () => stack({ Sub: { Type: 'AWS::SNS::Subscription', Properties: { TopicArn: 'arn:aws:sns:eu-west-1:1:t' } } }),
    ],
    ['fail  stack regionsweep, subscriptions: nobody is subscribed', 1, () => subscribers()],
    [
      'warn  stack regionsweep, subscriptions: 1 subscription not confirmed: email security@example.com',
      0,
      () => subscribers('PendingConfirmation', 'arn:confirmed'),
    ],
    [
      'fail  stack regionsweep, dead letters: 3 messages in https://sqs',
      1,
      () => aws.sqs.on(GetQueueAttributesCommand).resolves({ Attributes: { ApproximateNumberOfMessages: '3' } }),
    ],
    [
      'fail  stack regionsweep, alarms: in alarm: own Silence',
      1,
      () =>
        aws.watch
          .on(DescribeAlarmsCommand, { AlarmNames: ['own Silence'], StateValue: 'ALARM' })
          .resolves({ MetricAlarms: [{ AlarmName: 'own Silence' }] }),
    ],
    [
      'fail  stack regionsweep, objects: read no object in the last hour, though the trail delivered at',
      1,
      () => metrics(0, 0),
    ],
    [
      'warn  stack regionsweep, objects: read no object in the last hour',
      0,
      () => [metrics(0, 0), status({ LatestDeliveryTime: secondsAgo(7200) })],
    ],
    [
      'warn  stack regionsweep, objects: read 14 objects in the last hour, the slowest 33 min 20 s after its calls',
      0,
      () => metrics(7, 2000),
    ],
  ])('%s', async (line, code, change) => {
    change();
    const run = await doctor('--stack', 'regionsweep');
    expect(run.text.split('\n')).toContainEqual(expect.stringContaining(line));
    expect(run.code).toBe(code);
  });

  it('asks for the metrics of the detector', async () => {
    await doctor('--stack', 'regionsweep');
    const { MetricDataQueries } = aws.watch.commandCalls(GetMetricDataCommand)[0]!.args[0].input;
    expect(MetricDataQueries![0]!.MetricStat!.Metric!.Dimensions).toEqual([{ Name: 'detector', Value: 'one' }]);
  });

  it('goes on after a denied request, gives no all-clear, and prints the policy', async () => {
    aws.trail.on(GetEventSelectorsCommand).rejects(denied());
    const { code, text, lines } = await doctor('--stack', 'regionsweep');
    expect(code).toBe(1);
    expect(lines).toContainEqual(
      expect.stringContaining('skip  trail company, read events: event selectors of arn:aws:'),
    );
    expect(text).toContain('pass  trail company, logging: is logging');
    expect(text).toContain('"cloudtrail:GetEventSelectors"');
  });

  it('stops at Ctrl-C, and gives no all-clear', async () => {
    const run = startCli(['doctor', '--stack', 'regionsweep'], { time: T0, env });
    aws.watch.on(DescribeAlarmsCommand).callsFake(() => {
      run.interrupt();
      return new Promise(() => undefined);
    });
    const { code, stdout, stderr } = await run.ended;
    expect({ code, stdout, stderr }).toEqual({
      ...{ code: 130, stderr: 'PARTIAL, stopped before the end\n' },
      stdout: expect.stringContaining('skip  stack regionsweep, alarms: not checked: Ctrl-C'),
    });
  });

  it('writes JSON', async () => {
    const { text } = await doctor('--stack', 'regionsweep', '--json');
    const { results, deploy } = JSON.parse(text);
    expect(results[1]).toEqual({
      check: 'region',
      subject: 'stack regionsweep',
      status: 'pass',
      text: 'is deployed in eu-west-1, account 111122223333',
      unread: false,
    });
    expect(deploy).toEqual([]);
  });

  it('sanitizes what others have named', async () => {
    trails({ Name: 'evil\u001b[2J' });
    expect((await doctor('--source')).text).toContain('trail evil\\u{1b}[2J');
  });

  it('names a stack that does not exist, and credentials that are absent', async () => {
    aws.stack
      .on(DescribeStacksCommand)
      .rejects(Object.assign(new Error('Stack does not exist'), { name: 'ValidationError' }));
    expect(await doctor('--stack', 'no')).toEqual(
      expect.objectContaining({ code: 1, text: expect.stringContaining('stack no cannot be looked up') }),
    );
    aws.sts
      .on(GetCallerIdentityCommand)
      .rejects(Object.assign(new Error('none'), { name: 'CredentialsProviderError' }));
    expect((await doctor('--stack', 'no')).text).toContain('credentials cannot be used: CredentialsProviderError');
  });
});

const advanced = (...selectors: Record<string, string[]>[]): EventSelectors => ({
  basic: [],
  advanced: selectors.map((fields) => ({
    FieldSelectors: Object.entries(fields).map(([name, values]) => {
      const [Field, operator = 'Equals'] = name.split(' ');
      return { Field, [operator]: values };
    }),
  })),
});

it.each<[string, EventSelectors]>([
  ['all', { basic: [{}], advanced: [] }],
  ['all', { basic: [{ ReadWriteType: 'ReadOnly', IncludeManagementEvents: true }], advanced: [] }],
  ['all', { basic: [{ ReadWriteType: 'WriteOnly' }, { ReadWriteType: 'All' }], advanced: [] }],
  ['all', { basic: [{ ExcludeManagementEventSources: ['kms.amazonaws.com'] }], advanced: [] }],
  ['none', { basic: [{ ReadWriteType: 'WriteOnly' }], advanced: [] }],
  ['none', { basic: [{ IncludeManagementEvents: false }], advanced: [] }],
  ['none', { basic: [], advanced: [] }],
  ['all', advanced({ eventCategory: ['Management'] })],
  ['all', advanced({ eventCategory: ['Management'], readOnly: ['true'] })],
  ['all', advanced({ eventCategory: ['Management'], 'eventSource NotEquals': ['kms.amazonaws.com'] })],
  ['none', advanced({ eventCategory: ['Management'], readOnly: ['false'] })],
  ['none', advanced({ eventCategory: ['Management'], 'eventSource NotEquals': ['ec2.amazonaws.com'] })],
  ['none', advanced({ eventCategory: ['Management'], 'eventSource NotStartsWith': ['ec2.'] })],
  ['none', advanced({ eventCategory: ['Management'], 'eventName StartsWith': ['Create', 'Delete'] })],
  ['none', advanced({ eventCategory: ['Data'], 'resources.type': ['AWS::S3::Object'] })],
  ['some', advanced({ eventCategory: ['Management'], 'userIdentity.arn NotStartsWith': ['arn:aws:sts::1'] })],
  [
    'all',
    advanced({ eventCategory: ['Data'] }, { eventCategory: ['Management'], 'eventName EndsWith': ['Instances'] }),
  ],
])('a trail records %s calls with %j', (records, selectors) => {
  expect(recordsCall(selectors)).toBe(records);
});
