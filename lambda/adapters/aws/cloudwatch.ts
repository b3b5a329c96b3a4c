import { CloudWatchClient, DescribeAlarmsCommand, GetMetricDataCommand } from '@aws-sdk/client-cloudwatch';
import { LookupError } from '../../errors';
import { METRIC_DIMENSION, METRIC_NAMESPACE, METRICS, type MetricName } from '../../ports';
import { answer, type ClientSettings, common } from './sdk';

/** The alarms of these names (at most 100) that are in state ALARM. @throws LookupError */
export async function alarmsInAlarm(client: CloudWatchClient, names: readonly string[]): Promise<string[]> {
  const command = new DescribeAlarmsCommand({ AlarmNames: [...names], StateValue: 'ALARM' });
  const { MetricAlarms = [] } = await answer(client.send(command), 'alarms cannot be read', {}, LookupError);
  return MetricAlarms.flatMap(({ AlarmName }) => AlarmName ?? []);
}

/** How a detector reads the live trail. */
export interface RecentObjects {
  readonly count: number;
  /** the greatest delay in seconds from an object's newest record to its reading; `undefined` if nothing was read */
  readonly longestLag: number | undefined;
}

const PERIOD_SECONDS = 300;

/** @param until UTC epoch second. @throws LookupError */
export async function recentObjects(
  client: CloudWatchClient,
  detector: string,
  until: number,
  seconds: number,
): Promise<RecentObjects> {
  const query = (id: string, metric: MetricName, statistic: string) => ({
    Id: id,
    MetricStat: {
      Metric: {
        Namespace: METRIC_NAMESPACE,
        MetricName: metric,
        Dimensions: [{ Name: METRIC_DIMENSION, Value: detector }],
      },
      Period: PERIOD_SECONDS,
      Stat: statistic,
    },
  });
  const command = new GetMetricDataCommand({
    StartTime: new Date((until - seconds) * 1000),
    EndTime: new Date(until * 1000),
    MetricDataQueries: [query('objects', METRICS.objectsRead, 'Sum'), query('lag', METRICS.deliveryLag, 'Maximum')],
  });
  const { MetricDataResults = [] } = await answer(client.send(command), 'metrics cannot be read', {}, LookupError);
  const values = (id: string) => MetricDataResults.find(({ Id }) => Id === id)?.Values ?? [];
  const lags = values('lag');
  return {
    count: values('objects').reduce((sum, value) => sum + value, 0),
    longestLag: lags.length === 0 ? undefined : Math.max(...lags),
  };
}

export function cloudWatchClient(settings: ClientSettings = {}): CloudWatchClient {
  return new CloudWatchClient(common(settings, 4));
}
