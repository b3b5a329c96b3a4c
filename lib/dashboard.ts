import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import type * as dynamodb from 'aws-cdk-lib/aws-dynamodb';
import type * as lambda from 'aws-cdk-lib/aws-lambda';
import type * as sns from 'aws-cdk-lib/aws-sns';
import { Construct } from 'constructs';
import { METRICS, type MetricName } from '../lambda/metric-names';
import { detectorMetric, FIVE_MINUTES } from './metrics';
import type { PipelineQueue } from './pipeline-queue';

export interface DashboardProps {
  readonly detector: string;
  readonly queue: PipelineQueue;
  readonly function: lambda.IFunction;
  readonly table: Pick<
    dynamodb.Table,
    'metricConsumedReadCapacityUnits' | 'metricConsumedWriteCapacityUnits'
  >;
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
          countWidget(props, 'Sightings', [METRICS.sightings, METRICS.unattributed, METRICS.excepted]),
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
