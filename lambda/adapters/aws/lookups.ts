import { ListSubscriptionsByTopicCommand, type SNSClient } from '@aws-sdk/client-sns';
import { GetQueueAttributesCommand, type SQSClient } from '@aws-sdk/client-sqs';
import { LookupError } from '../../errors';
import { answer } from './sdk';
import { MISSING_QUEUE } from './sqs';

// Separate from the function's clients, which it bundles whole: it has no permission for these calls.

export interface Subscription {
  readonly protocol: string;
  readonly endpoint: string;
  /** whether its endpoint still has to confirm it, and gets nothing */
  readonly isPending: boolean;
}

/** @throws LookupError */
export async function listSubscriptions(client: SNSClient, topicArn: string): Promise<Subscription[]> {
  const subscriptions: Subscription[] = [];
  let NextToken: string | undefined;
  do {
    const request = client.send(new ListSubscriptionsByTopicCommand({ TopicArn: topicArn, NextToken }));
    const page = await answer(request, `subscriptions of ${topicArn} cannot be listed`, {}, LookupError);
    for (const { Protocol = '', Endpoint = '', SubscriptionArn } of page.Subscriptions ?? []) {
      const isPending = SubscriptionArn === 'PendingConfirmation';
      subscriptions.push({ protocol: Protocol, endpoint: Endpoint, isPending });
    }
    NextToken = page.NextToken;
  } while (NextToken !== undefined);
  return subscriptions;
}

/** The approximate number of messages in a queue. @throws LookupError */
export async function countMessages(client: SQSClient, queueUrl: string): Promise<number> {
  const command = new GetQueueAttributesCommand({
    QueueUrl: queueUrl,
    AttributeNames: ['ApproximateNumberOfMessages'],
  });
  const { Attributes } = await answer(
    client.send(command),
    `queue ${queueUrl} cannot be read`,
    { QueueDoesNotExist: MISSING_QUEUE },
    LookupError,
  );
  return Number(Attributes?.ApproximateNumberOfMessages ?? 0);
}
