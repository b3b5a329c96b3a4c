import { Duration } from 'aws-cdk-lib';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import { METRIC_DIMENSION, METRIC_NAMESPACE, type MetricName } from '../lambda/metric-names';

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
