/** Questions of the CLI to SNS, SQS, STS, IAM, KMS and CloudWatch: apart from the clients that the function bundles. */

import { CloudWatchClient, DescribeAlarmsCommand, GetMetricDataCommand } from '@aws-sdk/client-cloudwatch';
import { IAMClient, SimulatePrincipalPolicyCommand } from '@aws-sdk/client-iam';
import { DescribeKeyCommand, KMSClient } from '@aws-sdk/client-kms';
import { paginateListSubscriptionsByTopic, type SNSClient } from '@aws-sdk/client-sns';
import { GetQueueAttributesCommand, type SQSClient } from '@aws-sdk/client-sqs';
import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import { METRIC_DIMENSION, METRIC_NAMESPACE, METRICS, type MetricName } from '../../ports';
import { allPages, answer, type ClientSettings, common } from './sdk';
import { MISSING_QUEUE } from './sqs';

export type Subscription = Awaited<ReturnType<typeof listSubscriptions>>[number];

/** `isPending`: its endpoint still has to confirm it, and gets nothing. @throws ServiceError */
export async function listSubscriptions(client: SNSClient, topicArn: string) {
  const pages = allPages(paginateListSubscriptionsByTopic({ client }, { TopicArn: topicArn }));
  return (await answer(pages, `subscriptions of ${topicArn} cannot be listed`))
    .flatMap(({ Subscriptions = [] }) => Subscriptions)
    .map(({ Protocol: protocol = '', Endpoint: endpoint = '', SubscriptionArn: arn }) => {
      return { protocol, endpoint, isPending: arn === 'PendingConfirmation' };
    });
}

/** The approximate number of messages in a queue. @throws ServiceError */
export async function countMessages(client: SQSClient, QueueUrl: string): Promise<number> {
  const command = new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['ApproximateNumberOfMessages'] });
  const advice = { QueueDoesNotExist: MISSING_QUEUE };
  const { Attributes } = await answer(client.send(command), `queue ${QueueUrl} cannot be read`, advice);
  return Number(Attributes?.ApproximateNumberOfMessages ?? 0);
}

export type Caller = Awaited<ReturnType<typeof callerIdentity>>;

/** The caller's identity, which needs no permission. @throws ServiceError without credentials or region */
export async function callerIdentity(settings: ClientSettings) {
  const client = new STSClient(common(settings, 4));
  const request = client.send(new GetCallerIdentityCommand({}));
  const { Account: account = '', Arn: arn = '' } = await answer(request, 'credentials cannot be used');
  return { account, arn, region: await client.config.region() };
}

/** Whether a role may do something, as far as all but resource policies decide. @throws ServiceError */
export async function isAllowed(
  client: IAMClient,
  { role, action, resource }: { readonly role: string; readonly action: string; readonly resource: string },
): Promise<boolean> {
  const question = { PolicySourceArn: role, ActionNames: [action], ResourceArns: [resource] };
  const request = client.send(new SimulatePrincipalPolicyCommand(question));
  const { EvaluationResults = [] } = await answer(request, `permissions of ${role} cannot be simulated`);
  return EvaluationResults.length > 0 && EvaluationResults.every(({ EvalDecision }) => EvalDecision === 'allowed');
}

export const iamClient = (settings: ClientSettings = {}) => new IAMClient(common(settings, 4));

/** The key's state: `Enabled`, `Disabled`, `PendingDeletion`, … @throws ServiceError */
export async function keyState(client: KMSClient, keyArn: string): Promise<string> {
  const request = client.send(new DescribeKeyCommand({ KeyId: keyArn }));
  const { KeyMetadata } = await answer(request, `key ${keyArn} cannot be looked up`);
  return KeyMetadata?.KeyState ?? 'Unknown';
}

export const kmsClient = (settings: ClientSettings = {}) => new KMSClient(common(settings, 4));

/** The alarms of these names (at most 100) that are in state ALARM. @throws ServiceError */
export async function alarmsInAlarm(client: CloudWatchClient, names: readonly string[]): Promise<string[]> {
  const command = new DescribeAlarmsCommand({ AlarmNames: [...names], StateValue: 'ALARM' });
  const { MetricAlarms = [] } = await answer(client.send(command), 'alarms cannot be read');
  return MetricAlarms.flatMap(({ AlarmName }) => AlarmName ?? []);
}

const PERIOD_SECONDS = 300;

/** How a detector reads the live trail. @param until UTC epoch second. @throws ServiceError */
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
  const { MetricDataResults = [] } = await answer(client.send(command), 'metrics cannot be read');
  const values = (id: string) => MetricDataResults.find(({ Id }) => Id === id)?.Values ?? [];
  const lags = values('lag');
  return {
    count: values('objects').reduce((sum, value) => sum + value, 0),
    /** the greatest delay in seconds from an object's newest record to its reading; `undefined` if nothing was read */
    longestLag: lags.length === 0 ? undefined : Math.max(...lags),
  };
}

export const cloudWatchClient = (settings: ClientSettings = {}) => new CloudWatchClient(common(settings, 4));
