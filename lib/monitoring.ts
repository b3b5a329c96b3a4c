import { Duration } from 'aws-cdk-lib';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import type * as dynamodb from 'aws-cdk-lib/aws-dynamodb';
import type * as lambda from 'aws-cdk-lib/aws-lambda';
import type * as sns from 'aws-cdk-lib/aws-sns';
import { Construct } from 'constructs';
import { METRIC_DIMENSION, METRIC_NAMESPACE, METRICS, type MetricName } from '../lambda/ports';
import type { PipelineQueue } from './pipeline-queue';

export interface AlarmsProps {
  readonly detector: string;
  readonly queue: PipelineQueue;
  readonly function: lambda.IFunction;
  readonly alertTopic: sns.ITopic;
  /** where alarms go */
  readonly topic: sns.ITopic;
  /** time without any object read until an alarm, a multiple of five minutes; 0 is no alarm */
  readonly silence: Duration;
}

/**
 * More than the longest wait that is meant: a follow-up is delayed by 15 minutes at most, and twice more by some six
 * where it is not begun for want of time or fails. SQS measures the age without
 * messages received more than three times (SQS developer guide, "Available CloudWatch metrics for Amazon SQS"), so this
 * tells of a backlog, and `FailingObjects` of what fails again and again.
 */
const OLDEST_MESSAGE = Duration.minutes(30);

/**
 * A message that fails comes back after at most a quarter of an hour, so one bad object alone shows in three of the
 * twelve periods of an hour within 45 minutes, long before its tenth receive; what succeeds at its second try never does.
 */
const FAILING = { datapointsToAlarm: 3, evaluationPeriods: 12 } as const;

/** What can go wrong without anybody noticing, one alarm each. */
export class Alarms extends Construct {
  private readonly action: SnsAction;

  constructor(scope: Construct, id: string, props: AlarmsProps) {
    super(scope, id);
    this.action = new SnsAction(props.topic);
    this.watchQueue(props);
    this.watchFunction(props);
    this.watchAlerts(props);
    if (props.silence.toMinutes() > 0) this.watchSilence(props);
  }

  private watchQueue({ queue }: AlarmsProps): void {
    this.alarm('DeadLetters', {
      metric: queue.deadLetters.metricApproximateNumberOfMessagesVisible({
        period: FIVE_MINUTES,
        statistic: cloudwatch.Stats.MAXIMUM,
      }),
      description:
        'Objects could not be read for good. The function’s log says why; after the cause is gone, redrive the dead letters to the queue, and what they hold is detected as if new.',
    });
    this.alarm('OldestMessage', {
      metric: queue.queue.metricApproximateAgeOfOldestMessage({
        period: FIVE_MINUTES,
        statistic: cloudwatch.Stats.MAXIMUM,
      }),
      threshold: OLDEST_MESSAGE.toSeconds(),
      description:
        'Detection lags by more than 30 minutes: the function is too slow, throttled, or not running. Objects that fail again and again have an alarm of their own.',
    });
  }

  private watchFunction(props: AlarmsProps): void {
    this.alarm('FunctionErrors', {
      metric: props.function.metricErrors({ period: FIVE_MINUTES }),
      description: 'The function failed as a whole; its messages come back. Its log says why.',
    });
    this.alarm('FailingObjects', {
      ...FAILING,
      metric: detectorMetric(props.detector, METRICS.objectsFailed),
      description:
        'Objects fail again and again; after ten receives they go to the dead letters. The function’s log says why: a missing permission on bucket or key, damaged objects, or a table or topic that refuses.',
    });
    this.alarm('FunctionThrottles', {
      metric: props.function.metricThrottles({ period: FIVE_MINUTES }),
      // One refused start is made up for at once.
      evaluationPeriods: 3,
      description: 'The function lacks concurrency for a quarter of an hour. Reserve some, or allow it less.',
    });
  }

  private watchAlerts(props: AlarmsProps): void {
    this.alarm('FailedDeliveries', {
      metric: props.alertTopic.metricNumberOfNotificationsFailed({ period: FIVE_MINUTES }),
      description: 'A subscriber of the alert topic does not get its messages.',
    });
    this.alarm('AlertsHeldBack', {
      metric: detectorMetric(props.detector, METRICS.alertsHeldBack),
      description: 'More hits than the cap lets through; the rest are in the ledger and in one notice.',
    });
  }

  private watchSilence(props: AlarmsProps): void {
    const alarm = this.alarm('Silence', {
      metric: detectorMetric(props.detector, METRICS.objectsRead),
      threshold: 1,
      comparisonOperator: cloudwatch.ComparisonOperator.LESS_THAN_THRESHOLD,
      treatMissingData: cloudwatch.TreatMissingData.BREACHING,
      evaluationPeriods: props.silence.toMinutes() / FIVE_MINUTES.toMinutes(),
      description: `No trail object was read for ${props.silence.toMinutes()} minutes. Somebody stopped the trail, which an attacker does first, or the way from the bucket to the queue is broken.`,
    });
    alarm.addOkAction(this.action);
  }

  private alarm(
    id: string,
    props: Partial<cloudwatch.AlarmProps> & { metric: cloudwatch.IMetric; description: string },
  ): cloudwatch.Alarm {
    const { description, ...rest } = props;
    const alarm = new cloudwatch.Alarm(this, id, {
      alarmDescription: description,
      threshold: 0,
      evaluationPeriods: 1,
      comparisonOperator: cloudwatch.ComparisonOperator.GREATER_THAN_THRESHOLD,
      treatMissingData: cloudwatch.TreatMissingData.NOT_BREACHING,
      ...rest,
    });
    alarm.addAlarmAction(this.action);
    return alarm;
  }
}

export interface DashboardProps {
  readonly detector: string;
  readonly queue: PipelineQueue;
  readonly function: lambda.IFunction;
  readonly table: Pick<dynamodb.Table, 'metricConsumedReadCapacityUnits' | 'metricConsumedWriteCapacityUnits'>;
  readonly topic: sns.ITopic;
}

const WIDTH = 12;

/** How late, how much, what was found, and what it costs, on one page. */
export class Dashboard extends Construct {
  readonly dashboard: cloudwatch.Dashboard;

  constructor(scope: Construct, id: string, props: DashboardProps) {
    super(scope, id);
    this.dashboard = new cloudwatch.Dashboard(this, 'Dashboard', {
      widgets: [
        [lagWidget(props), queueWidget(props)],
        [
          countWidget(props, 'Objects', [METRICS.objectsRead, METRICS.objectsSkipped, METRICS.objectsFailed]),
          countWidget(props, 'Sightings', [METRICS.matchedCalls, METRICS.unattributed, METRICS.excepted]),
        ],
        [
          countWidget(props, 'Alerts', [METRICS.alerts, METRICS.alertsHeldBack, METRICS.alertsSuppressed]),
          countWidget(props, 'Records read', [METRICS.recordsRead]),
        ],
        [functionWidget(props), spendingWidget(props)],
      ],
    });
  }
}

function graph(title: string, left: cloudwatch.IMetric[], right: cloudwatch.IMetric[] = []) {
  return new cloudwatch.GraphWidget({ title, width: WIDTH, left, right });
}

function countWidget({ detector }: DashboardProps, title: string, names: readonly MetricName[]) {
  return graph(
    title,
    names.map((name) => detectorMetric(detector, name)),
  );
}

function lagWidget({ detector }: DashboardProps) {
  return graph('Lag in seconds: from call to reading, from deciding call to alert', [
    detectorMetric(detector, METRICS.deliveryLag, cloudwatch.Stats.percentile(50)),
    detectorMetric(detector, METRICS.deliveryLag, cloudwatch.Stats.percentile(99)),
    detectorMetric(detector, METRICS.detectionLag, cloudwatch.Stats.MAXIMUM),
  ]);
}

function queueWidget({ queue }: DashboardProps) {
  const largest = { period: FIVE_MINUTES, statistic: cloudwatch.Stats.MAXIMUM };
  return graph(
    'Queue: waiting, dead letters, and age of the oldest in seconds',
    [
      queue.queue.metricApproximateNumberOfMessagesVisible({ ...largest, label: 'waiting' }),
      queue.deadLetters.metricApproximateNumberOfMessagesVisible({ ...largest, label: 'dead letters' }),
    ],
    [queue.queue.metricApproximateAgeOfOldestMessage(largest)],
  );
}

function functionWidget(props: DashboardProps) {
  return graph(
    'Function: invocations, errors, throttles, and milliseconds in total',
    [
      props.function.metricInvocations({ period: FIVE_MINUTES }),
      props.function.metricErrors({ period: FIVE_MINUTES }),
      props.function.metricThrottles({ period: FIVE_MINUTES }),
    ],
    [props.function.metricDuration({ period: FIVE_MINUTES, statistic: cloudwatch.Stats.SUM })],
  );
}

function spendingWidget({ queue, table, topic }: DashboardProps) {
  const summed = { period: FIVE_MINUTES, statistic: cloudwatch.Stats.SUM };
  return graph('Cost drivers: ledger units, queue messages, publications', [
    table.metricConsumedWriteCapacityUnits(summed),
    table.metricConsumedReadCapacityUnits(summed),
    queue.queue.metricNumberOfMessagesReceived(summed),
    topic.metricNumberOfMessagesPublished(summed),
  ]);
}

export const FIVE_MINUTES = Duration.minutes(5);

/** One of the function's own metrics over five minutes, for one detector. */
export function detectorMetric(
  detector: string,
  metricName: MetricName,
  statistic: string = cloudwatch.Stats.SUM,
): cloudwatch.Metric {
  return new cloudwatch.Metric({
    namespace: METRIC_NAMESPACE,
    metricName,
    dimensionsMap: { [METRIC_DIMENSION]: detector },
    statistic,
    period: FIVE_MINUTES,
  });
}
