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
import { T0 } from './records';

/** What this version would deploy. */
export const ASSET = 'c0ffee';

/** The account's answers, in the shapes of the services; a test changes one. */
export const aws = {
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

export const KEY = 'arn:aws:kms:eu-west-1:111122223333:key/k1';

export const QUEUE = 'arn:aws:sqs:eu-west-1:111122223333:objects';

const TOPIC = 'arn:aws:sns:eu-west-1:111122223333:alerts';

const TRAIL: Trail = {
  Name: 'company',
  TrailARN: 'arn:aws:cloudtrail:eu-west-1:111122223333:trail/company',
  HomeRegion: 'eu-west-1',
  S3BucketName: 'company-trail',
  IsMultiRegionTrail: true,
};

export const denied = (message = 'not authorized') =>
  Object.assign(new Error(message), { name: 'AccessDenied', $metadata: { httpStatusCode: 403 } });

export const trails = (...changes: Partial<Trail>[]) =>
  aws.trail.on(DescribeTrailsCommand).resolves({ trailList: changes.map((change) => ({ ...TRAIL, ...change })) });

export const status = (changes: object) =>
  aws.trail.on(GetTrailStatusCommand).resolves({ IsLogging: true, LatestDeliveryTime: secondsAgo(300), ...changes });

export const notifications = (configuration: object) =>
  aws.s3.on(GetBucketNotificationConfigurationCommand).resolves(configuration);

export const filtered = (prefix: string, suffix = '.json.gz') => ({
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

export const ours = { QueueConfigurations: [{ QueueArn: QUEUE, ...filtered('AWSLogs/') }] };

export const folders = (...names: string[]) =>
  aws.s3.on(ListObjectsV2Command).resolves({ CommonPrefixes: names.map((name) => ({ Prefix: `AWSLogs/${name}/` })) });

export const metrics = (count: number, lag: number) =>
  aws.watch.on(GetMetricDataCommand).resolves({
    MetricDataResults: [
      { Id: 'objects', Values: [count, count] },
      { Id: 'lag', Values: [lag, 20] },
    ],
  });

export const subscribers = (...arns: string[]) =>
  aws.sns.on(ListSubscriptionsByTopicCommand).resolves({
    Subscriptions: arns.map((SubscriptionArn) => {
      return { Protocol: 'email', Endpoint: 'security@example.com', SubscriptionArn };
    }),
  });

export function secondsAgo(seconds: number): Date {
  return new Date((T0 - seconds) * 1000);
}

export const OUTPUTS = {
  TrailBucketName: 'company-trail',
  TrailPrefix: 'AWSLogs/',
  TrailKeyArn: KEY,
  FunctionRoleArn: 'arn:aws:iam::111122223333:role/detector',
  TopicArn: TOPIC,
  QueueArn: QUEUE,
  DeadLetterQueueUrl: 'https://sqs.eu-west-1.amazonaws.com/111122223333/dead',
};

/** A stack with these resources beside its function and an alarm. @param code the hash of its function's asset */
export function stack(
  source: object = { Notify: { Type: 'Custom::S3BucketNotifications' } },
  { outputs = OUTPUTS, code = ASSET }: { readonly outputs?: object; readonly code?: string } = {},
): void {
  const Resources: Record<string, object> = {
    Detector: {
      Type: 'AWS::Lambda::Function',
      Properties: {
        Architectures: ['arm64'],
        Code: { S3Key: `${code}.zip` },
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

export const drift = (found: object) =>
  aws.stack
    .on(DetectStackResourceDriftCommand, { StackName: 'regionsweep', LogicalResourceId: 'Objects' })
    .resolves({ StackResourceDrift: found as never });

/** A stack that EventBridge feeds. @param live what differs of its rule now; absent once it was deleted */
export function rule(live?: object): void {
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

/** An account in which nothing is wrong. */
export function goodAccount(): void {
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
}
