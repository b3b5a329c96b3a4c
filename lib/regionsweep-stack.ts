import { Annotations, Aws, CfnMapping, CfnOutput, Duration, Stack, type StackProps, Tags } from 'aws-cdk-lib';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as s3 from 'aws-cdk-lib/aws-s3';
import * as sns from 'aws-cdk-lib/aws-sns';
import type { Construct } from 'constructs';
import { CONSOLES } from '../lambda/util/partition';
import { exceptionEntries } from './exceptions';
import { RegionSweep } from './regionsweep';
import { type ReadSettings, type Settings, type SourceSettings, sourceKind } from './settings';
import type { SubscriberSettings } from './subscriber-settings';
import type { SlackChannel } from './subscribers';
import { bucketEvents, bucketNotifications, topicNotices } from './trail-source/existing-bucket';
import { newTrail } from './trail-source/new-trail';
import type { TrailSource } from './trail-source/source';

export interface RegionSweepStackProps extends StackProps, ReadSettings {}

/** A stack with one detector, from settings. */
export class RegionSweepStack extends Stack {
  /** the detector */
  readonly sweep: RegionSweep;

  constructor(scope: Construct, id: string, props: RegionSweepStackProps) {
    const { settings, unknownKeys, ...stackProps } = props;
    const { detector, alarmTopicArn, silenceMinutes, tags, terminationProtection } = settings.operations;
    const { alertEmail, emailVerdicts: verdicts, subscribers } = settings.subscribers;
    super(scope, id, {
      description: 'regionsweep: alerts on one identity calling EC2 DescribeInstances in many regions at once',
      terminationProtection,
      ...stackProps,
    });
    this.sweep = new RegionSweep(this, 'RegionSweep', {
      detector,
      source: sourceOf(this, settings.source),
      rule: settings.rule,
      exceptions: {
        entries: exceptionEntries(settings.exceptions.exceptions),
        parameterName: settings.exceptions.exceptionsParameter,
      },
      alerts: settings.alerts,
      pipeline: settings.pipeline,
      subscribers: [
        ...alertEmail.map((endpoint) => ({ protocol: 'email' as const, endpoint, verdicts })),
        ...subscribers,
      ],
      slack: slackOf(settings.subscribers),
      silence: Duration.minutes(silenceMinutes),
      alarmTopic: alarmTopicArn === undefined ? undefined : sns.Topic.fromTopicArn(this, 'AlarmTopic', alarmTopicArn),
    });
    addOutputs(this, this.sweep);
    for (const [key, value] of Object.entries(tags)) Tags.of(this).add(key, value);
    for (const key of unknownKeys) {
      Annotations.of(this).addWarningV2(
        `regionsweep:unknown-${key}`,
        `The context key ${key} is not a setting of regionsweep and has no effect; docs/configuration.md lists them.`,
      );
    }
  }
}

/** `regionsweep`, or `regionsweep-NAME` for another detector. */
export function stackName({ operations: { detector } }: Settings): string {
  return detector === 'regionsweep' ? detector : `regionsweep-${detector}`;
}

function slackOf(settings: SubscriberSettings): SlackChannel | undefined {
  const { slackWorkspaceId: workspaceId, slackChannelId: channelId, slackVerdicts: verdicts } = settings;
  const { slackConfigurationArn: configurationArn } = settings;
  if (configurationArn !== undefined) return { configurationArn, verdicts };
  return workspaceId === undefined || channelId === undefined ? undefined : { workspaceId, channelId, verdicts };
}

function sourceOf(scope: Construct, settings: SourceSettings): TrailSource {
  const { trailPrefix: prefix, organizationId, trailExpireDays: days = 365, encryptTrail: encrypt } = settings;
  const source = sourceKind(settings);
  if (source === 'new-trail') {
    return newTrail({ prefix, organizationId, encrypt, ...(days === 0 ? {} : { expireAfter: Duration.days(days) }) });
  }
  const { trailBucket, trailKeyArn, trailTopicArn } = settings;
  const trail = {
    prefix,
    organizationId,
    bucket: s3.Bucket.fromBucketName(scope, 'TrailBucket', trailBucket!),
    key: trailKeyArn === undefined ? undefined : kms.Key.fromKeyArn(scope, 'TrailKey', trailKeyArn),
  };
  switch (source) {
    case 'bucket':
      return bucketNotifications(trail);
    case 'eventbridge':
      return bucketEvents(trail);
    case 'topic':
      return topicNotices({ ...trail, topic: sns.Topic.fromTopicArn(scope, 'TrailTopic', trailTopicArn!) });
  }
}

/**
 * The stack's outputs, by which the CLI finds a deployed detector, so their names never change. A stack can have them for
 * one detector only.
 */
export function addOutputs(stack: Stack, sweep: RegionSweep): void {
  const { queue, deadLetters } = sweep.pipeline;
  const { topicArn } = sweep.alerts.topic;
  const { functionName } = sweep.function.function;
  const { logGroupName } = sweep.function.logGroup;
  const { dashboardName } = sweep.dashboard.dashboard;
  const { key } = sweep.trail;
  const add = (name: string, value: string, description: string) => new CfnOutput(stack, name, { value, description });
  add('TopicArn', topicArn, 'Alerts and alarms: subscribe here');
  add('QueueUrl', queue.queueUrl, 'Where the bucket sends its notifications');
  add('QueueArn', queue.queueArn, 'The same queue, for a notification set by hand');
  add('DeadLetterQueueUrl', deadLetters.queueUrl, 'Objects that could not be read, for a redrive');
  add('TableName', sweep.store.table.tableName, 'The state store: tallies and alerts');
  add('FunctionName', functionName, 'The detector');
  add('FunctionRoleArn', sweep.function.role.roleArn, 'For policies of buckets and keys of other accounts');
  add('TestBucketName', sweep.testBucket.bucket.bucketName, 'For simulated trails; objects expire after 7 days');
  add('TrailBucketName', sweep.trail.bucket.bucketName, 'The watched bucket');
  add('TrailPrefix', sweep.trail.prefix, 'What every watched object key starts with');
  if (key !== undefined) add('TrailKeyArn', key.keyArn, 'Encrypts the trail’s objects');
  // Only the deployment knows the partition.
  const consoles = new CfnMapping(stack, 'Console', {
    mapping: Object.fromEntries(Object.entries(CONSOLES).map(([partition, host]) => [partition, { host }])),
  });
  const consoleUrl = `https://${Aws.REGION}.${consoles.findInMap(Aws.PARTITION, 'host')}`;
  const cloudWatch = `${consoleUrl}/cloudwatch/home?region=${Aws.REGION}`;
  const queues = `${consoleUrl}/sqs/v3/home?region=${Aws.REGION}#/queues`;
  const deadLettersId = `https%3A%2F%2Fsqs.${Aws.REGION}.${Aws.URL_SUFFIX}%2F${Aws.ACCOUNT_ID}%2F${deadLetters.queueName}`;
  add('DashboardLink', `${cloudWatch}#dashboards:name=${dashboardName}`, 'Lag, objects, alerts, cost');
  add('FunctionLink', `${consoleUrl}/lambda/home?region=${Aws.REGION}#/functions/${functionName}`, 'The function');
  add('LogsLink', `${cloudWatch}#logsV2:log-groups/log-group/${logGroupName}`, 'The function’s log');
  add('DeadLettersLink', `${queues}/${deadLettersId}`, 'The dead-letter queue, with its redrive');
  add(
    'TopicLink',
    `${consoleUrl}/sns/v3/home?region=${Aws.REGION}#/topic/${topicArn}`,
    'The topic and its subscriptions',
  );
}
