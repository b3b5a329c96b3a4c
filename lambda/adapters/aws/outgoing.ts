/** What the function sends by. Apart, with its SDK clients, so that it is loaded for the first alert: few starts see one. */
import type { AlertSink, ControlQueue } from '../../ports';
import { SnsSink, snsClient } from './sns';
import { SqsQueue, sqsClient } from './sqs';

export function outgoing(topicArn: string, queueUrl: string): { sink: AlertSink; queue: ControlQueue } {
  return { sink: new SnsSink(snsClient(), topicArn), queue: new SqsQueue(sqsClient(), queueUrl) };
}
