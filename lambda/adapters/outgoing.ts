/** What the function sends by. Apart, with its SDK clients, so that it is loaded for the first alert: few starts see one. */
import type { AlertSink, OwnQueue } from '../ports';
import { snsClient } from './clients/sns';
import { sqsClient } from './clients/sqs';
import { SnsSink } from './sns-sink';
import { SqsQueue } from './sqs-queue';

export function outgoing(topicArn: string, queueUrl: string): { sink: AlertSink; queue: OwnQueue } {
  return { sink: new SnsSink(snsClient(), topicArn), queue: new SqsQueue(sqsClient(), queueUrl) };
}
