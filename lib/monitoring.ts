import { Duration } from 'aws-cdk-lib';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import type * as dynamodb from 'aws-cdk-lib/aws-dynamodb';
import type * as lambda from 'aws-cdk-lib/aws-lambda';
import type * as sns from 'aws-cdk-lib/aws-sns';
import { Construct } from 'constructs';
import { METRIC_DIMENSION, METRIC_NAMESPACE, METRICS, type MetricName } from '../lambda/ports';
import type { PipelineQueue } from './pipeline-queue';

/** The parts of a detector to watch. */
export interface Watched {
  readonly detector: string;
  readonly queue: PipelineQueue;
  readonly function: lambda.IFunction;
  readonly table: dynamodb.Table;
  readonly alertTopic: sns.ITopic;
}

export interface AlarmsProps extends Watched {
  /** where alarms go */
  readonly alarmTopic: sns.ITopic;
  /** where the alarms about failed deliveries go as well */
  readonly backupTopic?: sns.ITopic | undefined;
  /** time without a read object until an alarm, a multiple of five minutes; 0 for no alarm */
  readonly silence: Duration;
}

const FIVE_MINUTES = Duration.minutes(5);

const SUMMED = { period: FIVE_MINUTES, statistic: cloudwatch.Stats.SUM };

const LARGEST = { period: FIVE_MINUTES, statistic: cloudwatch.Stats.MAXIMUM };

/** Of an alarm on missing data. */
const MISSED = {
  threshold: 1,
  comparisonOperator: cloudwatch.ComparisonOperator.LESS_THAN_THRESHOLD,
  treatMissingData: cloudwatch.TreatMissingData.BREACHING,
};

/** A metric of the function for one detector; by default its sum over five minutes. */
export function detectorMetric(
  detector: string,
  metricName: MetricName,
  options: cloudwatch.MetricOptions = {},
): cloudwatch.Metric {
  return new cloudwatch.Metric({
    namespace: METRIC_NAMESPACE,
    metricName,
    dimensionsMap: { [METRIC_DIMENSION]: detector },
    ...SUMMED,
    ...options,
  });
}

/** An alarm for each fault that would go unnoticed. */
export class Alarms extends Construct {
  /** objects ended in the dead-letter queue */
  readonly deadLetters: cloudwatch.Alarm;
  /** the function falls behind the queue */
  readonly oldestMessage: cloudwatch.Alarm;
  /** invocations failed */
  readonly functionErrors: cloudwatch.Alarm;
  /** objects fail repeatedly and will end in the dead-letter queue */
  readonly failingObjects: cloudwatch.Alarm;
  /** the account's concurrency is used up */
  readonly functionThrottles: cloudwatch.Alarm;
  /** objects were deleted before they were read */
  readonly objectsGone: cloudwatch.Alarm;
  /** Lambda stopped the function as part of a loop */
  readonly recursionDrops: cloudwatch.Alarm;
  /** an alert came late */
  readonly detectionLag: cloudwatch.Alarm;
  /** a subscriber of the alert topic does not receive its messages */
  readonly failedDeliveries: cloudwatch.Alarm;
  /** the alert limit was reached */
  readonly alertsHeldBack: cloudwatch.Alarm;
  /** no object was read for a time; undefined if `silence` is 0 */
  readonly silence: cloudwatch.Alarm | undefined;
  /** no DescribeInstances was recorded for a week; undefined if `silence` is 0 */
  readonly noCalls: cloudwatch.Alarm | undefined;

  constructor(scope: Construct, id: string, props: AlarmsProps) {
    super(scope, id);
    const { detector, queue, alertTopic, silence } = props;
    this.deadLetters = this.alarm('DeadLetters', {
      metric: queue.deadLetters.metricApproximateNumberOfMessagesVisible(LARGEST),
      alarmDescription:
        'Objects could not be read after ten attempts. The function’s log says why. Fix the cause, then redrive the dead-letter queue: sweeps in them are then detected as if new.',
    });
    this.oldestMessage = this.alarm('OldestMessage', {
      metric: queue.queue.metricApproximateAgeOfOldestMessage(LARGEST),
      // Longer than a message that is deferred twice takes. The metric excludes messages received more than three times
      // (SQS developer guide, "Available CloudWatch metrics for Amazon SQS"), so it shows only backlogs; FailingObjects
      // covers the others.
      threshold: Duration.minutes(30).toSeconds(),
      alarmDescription:
        'Detection lags by more than 30 minutes: the function is too slow, throttled, or not running. Objects that keep failing have an alarm of their own.',
    });
    this.functionErrors = this.alarm('FunctionErrors', {
      metric: props.function.metricErrors({ period: FIVE_MINUTES }),
      alarmDescription: 'Invocations of the function failed; their messages are retried. The function’s log says why.',
    });
    this.failingObjects = this.alarm('FailingObjects', {
      metric: detectorMetric(detector, METRICS.objectsFailed),
      // A failed message comes back within a quarter of an hour, so a single bad object shows in three of an hour's twelve
      // periods within 45 minutes, long before its tenth receive; an object that succeeds at the second receive never does.
      datapointsToAlarm: 3,
      evaluationPeriods: 12,
      alarmDescription:
        'Objects keep failing; after ten receives they go to the dead-letter queue. The function’s log says why: a missing permission on bucket or key, damaged objects, or an error from table or topic.',
    });
    this.functionThrottles = this.alarm('FunctionThrottles', {
      metric: props.function.metricThrottles({ period: FIVE_MINUTES }),
      // A single throttled invocation is retried at once.
      evaluationPeriods: 3,
      alarmDescription:
        'The function was throttled for 15 minutes: the account’s concurrency is used up. Set reservedConcurrency, or lower maxConcurrency.',
    });
    this.objectsGone = this.alarm('ObjectsGone', {
      metric: detectorMetric(detector, METRICS.objectsGone),
      alarmDescription:
        'Objects were deleted before they were read, so sweeps in them are not detected. Find out who deletes from the trail’s bucket: attackers do.',
    });
    this.recursionDrops = this.alarm('RecursionDrops', {
      metric: props.function.metric('RecursiveInvocationsDropped', SUMMED),
      alarmDescription:
        'Lambda stopped the function as part of a loop: its messages went to the dead-letter queue. Does a subscriber of the alert topic, or a copy of the trail, feed this detector’s own queue?',
    });
    this.failedDeliveries = this.alarm('FailedDeliveries', {
      metric: alertTopic.metricNumberOfNotificationsFailed({ period: FIVE_MINUTES }),
      alarmDescription: 'A subscriber of the alert topic does not receive its messages.',
    });
    this.detectionLag = this.alarm('DetectionLag', {
      metric: detectorMetric(detector, METRICS.detectionLag, { statistic: cloudwatch.Stats.MAXIMUM }),
      // CloudTrail delivers within a quarter of an hour on average, and a failed message comes back after six minutes.
      threshold: Duration.hours(1).toSeconds(),
      alarmDescription:
        'An alert was published more than an hour after its deciding call: CloudTrail delivered late, objects failed at first, or the function has a backlog.',
    });
    this.alertsHeldBack = this.alarm('AlertsHeldBack', {
      metric: detectorMetric(detector, METRICS.alertsHeldBack),
      alarmDescription:
        'Alert limit reached: the alerts above it were not sent. They are stored, and one notice counts them.',
    });
    const minutes = silence.toMinutes();
    if (minutes > 0) {
      this.noCalls = this.alarm('NoCalls', {
        ...MISSED,
        metric: detectorMetric(detector, METRICS.matchedCalls, { period: Duration.days(1) }),
        evaluationPeriods: 7,
        alarmDescription:
          'No DescribeInstances was recorded for a week. A trail that logs only write events never records it, so nothing is ever detected: check its event selectors.',
      });
      this.silence = this.alarm('Silence', {
        ...MISSED,
        metric: detectorMetric(detector, METRICS.objectsRead),
        evaluationPeriods: minutes / FIVE_MINUTES.toMinutes(),
        alarmDescription: `No trail object was read for ${minutes} minutes. Either someone stopped the trail, as attackers do first, or notifications from the bucket no longer reach the queue.`,
      });
    }
    const action = new SnsAction(props.alarmTopic);
    this.addAlarmAction(action);
    // Recovery is announced too.
    this.silence?.addOkAction(action);
    if (props.backupTopic === undefined) return;
    // If nothing can be published, objects fail.
    for (const alarm of [this.failedDeliveries, this.failingObjects]) {
      alarm.addAlarmAction(new SnsAction(props.backupTopic));
    }
  }

  /** All alarms of the detector. */
  get all(): readonly cloudwatch.Alarm[] {
    return this.node.children.filter((child) => child instanceof cloudwatch.Alarm);
  }

  /** Adds actions to all alarms, besides their topic. */
  addAlarmAction(...actions: readonly cloudwatch.IAlarmAction[]): void {
    for (const alarm of this.all) alarm.addAlarmAction(...actions);
  }

  private alarm(id: string, props: Partial<cloudwatch.AlarmProps> & { metric: cloudwatch.IMetric }): cloudwatch.Alarm {
    return new cloudwatch.Alarm(this, id, {
      threshold: 0,
      evaluationPeriods: 1,
      comparisonOperator: cloudwatch.ComparisonOperator.GREATER_THAN_THRESHOLD,
      treatMissingData: cloudwatch.TreatMissingData.NOT_BREACHING,
      ...props,
    });
  }
}

/** Lag, volume, findings and cost on one page. */
export class Dashboard extends Construct {
  /** takes further widgets */
  readonly dashboard: cloudwatch.Dashboard;

  constructor(scope: Construct, id: string, { detector, queue, table, alertTopic, ...props }: Watched) {
    super(scope, id);
    const graph = (title: string, left: cloudwatch.IMetric[], right: cloudwatch.IMetric[] = []) =>
      new cloudwatch.GraphWidget({ title, width: 12, left, right });
    const counts = (title: string, ...names: readonly MetricName[]) =>
      graph(
        title,
        names.map((name) => detectorMetric(detector, name)),
      );
    const { deliveryLag, detectionLag } = METRICS;
    this.dashboard = new cloudwatch.Dashboard(this, 'Dashboard', {
      widgets: [
        [
          graph('Lag in seconds: from call to reading, from deciding call to alert', [
            detectorMetric(detector, deliveryLag, { statistic: cloudwatch.Stats.percentile(50) }),
            detectorMetric(detector, deliveryLag, { statistic: cloudwatch.Stats.percentile(99) }),
            detectorMetric(detector, detectionLag, LARGEST),
          ]),
          graph(
            'Queue: visible messages, dead letters, and age of the oldest message in seconds',
            [
              queue.queue.metricApproximateNumberOfMessagesVisible({ ...LARGEST, label: 'visible' }),
              queue.deadLetters.metricApproximateNumberOfMessagesVisible({ ...LARGEST, label: 'dead letters' }),
            ],
            [queue.queue.metricApproximateAgeOfOldestMessage(LARGEST)],
          ),
        ],
        [
          counts(
            'Objects',
            ...[METRICS.objectsRead, METRICS.oldObjectsRead, METRICS.objectsSkipped],
            ...[METRICS.objectsGone, METRICS.objectsFailed],
          ),
          counts('Matched calls', METRICS.matchedCalls, METRICS.unattributed, METRICS.excepted),
        ],
        [
          counts('Alerts', METRICS.alerts, METRICS.alertsHeldBack, METRICS.alertsSuppressed),
          counts('Records read', METRICS.recordsRead),
        ],
        [
          graph(
            'Function: invocations, errors, throttles, and milliseconds in total',
            [
              props.function.metricInvocations({ period: FIVE_MINUTES }),
              props.function.metricErrors({ period: FIVE_MINUTES }),
              props.function.metricThrottles({ period: FIVE_MINUTES }),
            ],
            [props.function.metricDuration(SUMMED)],
          ),
          graph('Cost drivers: DynamoDB units, queue messages, publications', [
            table.metricConsumedWriteCapacityUnits(SUMMED),
            table.metricConsumedReadCapacityUnits(SUMMED),
            queue.queue.metricNumberOfMessagesReceived(SUMMED),
            alertTopic.metricNumberOfMessagesPublished(SUMMED),
          ]),
        ],
      ],
    });
  }
}
