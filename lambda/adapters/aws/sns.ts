import { PublishCommand, SNSClient } from '@aws-sdk/client-sns';
import type { AlertSink, TopicMessage } from '../../ports';
import { type Advice, answer, type ClientSettings, common } from './sdk';

const ADVICE: Advice = {
  AuthorizationError: 'Allow sns:Publish on the topic to this identity, and see the topic policy',
  NotFound:
    'The topic was deleted, or is in another region: deploy the stack again, then redrive the dead-letter queue',
  InvalidParameter:
    'SNS takes a subject of at most 99 printable ASCII characters and 262,144 bytes in all, and no such message for a FIFO topic',
};

export class SnsSink implements AlertSink {
  constructor(
    private readonly client: SNSClient,
    private readonly topicArn: string,
  ) {}

  async publish({ subject, body, attributes, signals }: TopicMessage): Promise<string> {
    // SNS refuses a message with an empty attribute.
    const given = Object.entries(attributes).filter(([, value]) => value !== '');
    const command = new PublishCommand({
      TopicArn: this.topicArn,
      MessageStructure: 'json',
      Subject: subject,
      Message: body,
      MessageAttributes: {
        ...Object.fromEntries(given.map(([name, value]) => [name, { DataType: 'String', StringValue: value }])),
        // SNS developer guide, "Message attributes": filters match the elements one by one.
        ...(signals.length > 0 && { signals: { DataType: 'String.Array', StringValue: JSON.stringify(signals) } }),
      },
    });
    const request = this.client.send(command);
    const { MessageId = '' } = await answer(request, `cannot publish to ${this.topicArn}`, ADVICE);
    return MessageId;
  }
}

export const snsClient = (settings: ClientSettings = {}) => new SNSClient(common(settings, 4));
