import { Annotations, Aws, CfnOutput, Duration, Stack, type StackProps, Tags } from 'aws-cdk-lib';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as s3 from 'aws-cdk-lib/aws-s3';
import * as sns from 'aws-cdk-lib/aws-sns';
import type { Construct } from 'constructs';
import { exceptionEntries } from './exceptions';
import { RegionSweep, type RegionSweepProps } from './regionsweep';
import type { ReadSettings, Settings } from './settings';
import { bucketEvents, bucketNotifications, newTrail, type TrailSource, topicNotices } from './trail-source';

export interface RegionSweepStackProps extends StackProps, ReadSettings {}

/** One detector as a stack of its own, made from settings. */
export class RegionSweepStack extends Stack {
  readonly sweep: RegionSweep;

  constructor(scope: Construct, id: string, props: RegionSweepStackProps) {
    const { settings, unknownKeys, ...stackProps } = props;
    super(scope, id, {
      description: 'regionsweep: alerts on one identity calling EC2 DescribeInstances in many regions at once',
      terminationProtection: settings.terminationProtection,
      ...stackProps,
    });
    this.sweep = new RegionSweep(this, 'RegionSweep', {
      ...detectorProps(settings),
      source: sourceOf(this, settings),
      alarmTopic:
        settings.alarmTopicArn === undefined
          ? undefined
          : sns.Topic.fromTopicArn(this, 'AlarmTopic', settings.alarmTopicArn),
    });
    addOutputs(this, this.sweep);
    for (const [key, value] of Object.entries(settings.tags)) Tags.of(this).add(key, value);
    for (const key of unknownKeys) {
      Annotations.of(this).addWarningV2(
        `regionsweep:unknown-${key}`,
        `The context key ${key} is no setting of regionsweep and has no effect; docs/configuration.md lists them all.`,
      );
    }
  }
}

/** `regionsweep`, or with another detector's name behind it, so that stacks of one account stay apart. */
export function stackName({ detector }: Pick<Settings, 'detector'>): string {
  return detector === 'regionsweep' ? detector : `regionsweep-${detector}`;
}

function detectorProps(settings: Settings): RegionSweepProps {
  const { minRegions, minCalls, windowSeconds, windowing, groupBy, partitions, ignoreRegions } = settings;
  const { severityText, capAlerts, capSeconds, followUpMinutes, suppressMinutes, chatAsDefault } = settings;
  const { architecture, memoryMiB, timeoutSeconds, batchSize, batchingWindowSeconds } = settings;
  const { maxConcurrency, reservedConcurrency, logRetentionDays } = settings;
  const { inflate, inflateLimitBytes, fetchConcurrency } = settings;
  return {
    detector: settings.detector,
    rule: { minRegions, minCalls, windowSeconds, windowing, groupBy, partitions, ignoreRegions },
    alerts: { severityText, capAlerts, capSeconds, followUpMinutes, suppressMinutes, chatAsDefault },
    exceptions: {
      entries: exceptionEntries(settings.exceptions),
      parameterName: settings.exceptionsParameter,
    },
    pipeline: {
      ...{ architecture, memoryMiB, timeoutSeconds, batchSize, batchingWindowSeconds },
      ...{ maxConcurrency, reservedConcurrency, logRetentionDays },
      ...{ inflate, inflateLimitBytes, fetchConcurrency },
    },
    subscribers: [
      ...settings.alertEmail.map((endpoint) => ({ protocol: 'email' as const, endpoint })),
      ...settings.subscribers,
    ],
    slack: slackOf(settings),
    silence: Duration.minutes(settings.silenceMinutes),
  };
}

function slackOf({ slackWorkspaceId, slackChannelId }: Settings): RegionSweepProps['slack'] {
  if (slackWorkspaceId === undefined || slackChannelId === undefined) return undefined;
  return { workspaceId: slackWorkspaceId, channelId: slackChannelId };
}

function sourceOf(scope: Construct, settings: Settings): TrailSource {
  const layout = { prefix: settings.trailPrefix, organizationId: settings.organizationId };
  const { trailExpireDays: days = 365, encryptTrail } = settings;
  if (settings.source === 'new-trail') {
    return newTrail({
      ...layout,
      encrypt: encryptTrail,
      ...(days === 0 ? {} : { expireAfter: Duration.days(days) }),
    });
  }
  const trail = {
    ...layout,
    bucket: s3.Bucket.fromBucketName(scope, 'TrailBucket', settings.trailBucket!),
    key: settings.trailKeyArn === undefined ? undefined : kms.Key.fromKeyArn(scope, 'TrailKey', settings.trailKeyArn),
  };
  switch (settings.source) {
    case 'bucket':
      return bucketNotifications(trail);
    case 'eventbridge':
      return bucketEvents(trail);
    case 'topic':
      return topicNotices({
        ...trail,
        topic: sns.Topic.fromTopicArn(scope, 'TrailTopic', settings.trailTopicArn!),
      });
  }
}

/**
 * The stack's outputs; the CLI finds a deployed detector by them, so their names stay. They are for one detector of a
 * stack: the CDK refuses the same names for a second one.
 */
export function addOutputs(stack: Stack, sweep: RegionSweep): void {
  const { queue, deadLetters } = sweep.pipeline;
  const { functionName } = sweep.function.function;
  const outputs = {
    TopicArn: sweep.alerts.topic.topicArn,
    QueueUrl: queue.queueUrl,
    QueueArn: queue.queueArn,
    DeadLetterQueueUrl: deadLetters.queueUrl,
    TableName: sweep.store.table.tableName,
    FunctionName: functionName,
    FunctionRoleArn: sweep.function.role.roleArn,
    TestBucketName: sweep.testBucket.bucket.bucketName,
    TrailBucketName: sweep.trail.bucket.bucketName,
    TrailPrefix: sweep.trail.prefix,
    ...(sweep.trail.key === undefined ? {} : { TrailKeyArn: sweep.trail.key.keyArn }),
    DashboardLink: link(
      `cloudwatch/home?region=${Aws.REGION}#dashboards:name=${sweep.dashboard.dashboard.dashboardName}`,
    ),
    FunctionLink: link(`lambda/home?region=${Aws.REGION}#/functions/${functionName}`),
    LogsLink: link(
      `cloudwatch/home?region=${Aws.REGION}#logsV2:log-groups/log-group/${sweep.function.logGroup.logGroupName}`,
    ),
    DeadLettersLink: link(
      `sqs/v3/home?region=${Aws.REGION}#/queues/https%3A%2F%2Fsqs.${Aws.REGION}.amazonaws.com%2F${Aws.ACCOUNT_ID}%2F${deadLetters.queueName}`,
    ),
    TopicLink: link(`sns/v3/home?region=${Aws.REGION}#/topic/${sweep.alerts.topic.topicArn}`),
  };
  for (const [name, value] of Object.entries(outputs)) {
    new CfnOutput(stack, name, { value, description: DESCRIPTIONS[name as keyof typeof DESCRIPTIONS] });
  }
}

const DESCRIPTIONS = {
  TopicArn: 'Alerts and alarms: subscribe here',
  QueueUrl: 'Where the bucket tells of new objects',
  QueueArn: 'The same queue, for a notification set by hand',
  DeadLetterQueueUrl: 'Objects that could not be read; redrive them after the cause is gone',
  TableName: 'The ledger: tallies and alerts',
  FunctionName: 'The detector',
  FunctionRoleArn: 'The function’s role, for the policies of other accounts’ buckets and keys',
  TestBucketName: 'For simulated trails; its objects go after 7 days',
  TrailBucketName: 'The watched bucket',
  TrailPrefix: 'What every watched object key starts with',
  TrailKeyArn: 'Encrypts the trail’s objects',
  DashboardLink: 'Lag, objects, sightings, alerts, cost drivers',
  FunctionLink: 'The function in the console',
  LogsLink: 'The function’s log',
  DeadLettersLink: 'The dead letters in the console, with their redrive',
  TopicLink: 'The topic and its subscriptions in the console',
} as const;

/** A page of the console of the stack's own partition, as far as it is the commercial one. */
function link(page: string): string {
  return `https://${Aws.REGION}.console.aws.amazon.com/${page}`;
}
