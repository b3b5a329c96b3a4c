import { Aws, CfnOutput, type Stack } from 'aws-cdk-lib';
import type { RegionSweep } from './regionsweep';

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
    TableName: sweep.ledger.table.tableName,
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
