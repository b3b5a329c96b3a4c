import { Logger } from '@aws-lambda-powertools/logger';
import { Metrics, MetricUnit } from '@aws-lambda-powertools/metrics';
import type { Context } from 'aws-lambda';
import { type Log, METRIC_DIMENSION, METRIC_NAMESPACE, type MetricName, type Telemetry } from '../../ports';

const SERVICE = 'regionsweep';

/** JSON lines on stdout, and metrics in CloudWatch's embedded metric format (its user guide), a line an invocation. */
export class PowertoolsTelemetry implements Telemetry {
  private readonly counts = new Map<MetricName, number>();
  readonly debug: Log = (message, fields) => this.logger.debug(message, fields);
  readonly info: Log = (message, fields) => this.logger.info(message, fields);
  readonly warn: Log = (message, fields) => this.logger.warn(message, fields);
  readonly error: Log = (message, fields) => this.logger.error(message, fields);
  private readonly logger: Logger;
  private readonly metrics: Metrics;

  /** @param detector the detector's name, on every line and the metrics' only dimension */
  constructor(detector: string) {
    this.logger = new Logger({ serviceName: SERVICE, persistentKeys: { [METRIC_DIMENSION]: detector } });
    this.metrics = new Metrics({ namespace: METRIC_NAMESPACE, serviceName: SERVICE });
    // Metrics adds a dimension `service`, under which alarms and dashboard would find nothing.
    this.metrics.clearDefaultDimensions();
    this.metrics.setDefaultDimensions({ [METRIC_DIMENSION]: detector });
  }

  /** Call first in an invocation: its request id is on every line from then on. */
  begin(context: Context): void {
    this.logger.addContext(context);
  }

  /** Call last in an invocation, even a failed one: writes the counts since the last time. */
  flush(): void {
    for (const [name, sum] of this.counts) this.metrics.addMetric(name, MetricUnit.Count, sum);
    this.counts.clear();
    // Publishing nothing would log a warning.
    if (this.metrics.hasStoredMetrics()) this.metrics.publishStoredMetrics();
  }

  /** Summed up within an invocation: only the sum of a count matters. */
  count(metric: MetricName, value: number): void {
    this.counts.set(metric, (this.counts.get(metric) ?? 0) + value);
  }

  observe(metric: MetricName, value: number): void {
    this.metrics.addMetric(metric, MetricUnit.Seconds, value);
  }
}
