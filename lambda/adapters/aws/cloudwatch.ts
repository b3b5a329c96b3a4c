import { CloudWatchClient, DescribeAlarmsCommand, GetMetricDataCommand } from '@aws-sdk/client-cloudwatch';
import { METRIC_DIMENSION, METRIC_NAMESPACE, METRICS, type MetricName } from '../../ports';
import { type ClientSettings, common, lookUp } from './sdk';

/** The alarms of these names (at most 100) that are in state ALARM. @throws LookupError */
export async function alarmsInAlarm(client: CloudWatchClient, names: readonly string[]): Promise<string[]> {
  const command = new DescribeAlarmsCommand({ AlarmNames: [...names], StateValue: 'ALARM' });
  const { MetricAlarms = [] } = await lookUp(client.send(command), 'alarms cannot be read');
  return MetricAlarms.flatMap(({ AlarmName }) => AlarmName ?? []);
}

const PERIOD_SECONDS = 300;

export type RecentObjects = Awaited<ReturnType<typeof recentObjects>>;

/** How a detector reads the live trail. @param until UTC epoch second. @throws LookupError */
export async function recentObjects(client: CloudWatchClient, detector: string, until: number, seconds: number) {
  const Dimensions = [{ Name: METRIC_DIMENSION, Value: detector }];
  const query = (Id: string, MetricName: MetricName, Stat: string) => {
    const Metric = { Namespace: METRIC_NAMESPACE, MetricName, Dimensions };
    return { Id, MetricStat: { Metric, Period: PERIOD_SECONDS, Stat } };
  };
  const command = new GetMetricDataCommand({
    StartTime: new Date((until - seconds) * 1000),
    EndTime: new Date(until * 1000),
    MetricDataQueries: [query('objects', METRICS.objectsRead, 'Sum'), query('lag', METRICS.deliveryLag, 'Maximum')],
  });
  const { MetricDataResults = [] } = await lookUp(client.send(command), 'metrics cannot be read');
  const values = (id: string) => MetricDataResults.find(({ Id }) => Id === id)?.Values ?? [];
  const lags = values('lag');
  return {
    count: values('objects').reduce((sum, value) => sum + value, 0),
    /** the greatest delay in seconds from an object's newest record to its reading; `undefined` if nothing was read */
    longestLag: lags.length === 0 ? undefined : Math.max(...lags),
  };
}

export const cloudWatchClient = (settings: ClientSettings = {}) => new CloudWatchClient(common(settings, 4));
