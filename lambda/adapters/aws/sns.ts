import { PublishCommand, SNSClient } from '@aws-sdk/client-sns';
import { SendError } from '../../errors';
import type { AlertSink, TopicMessage } from '../../ports';
import { type ClientSettings, common } from './client-settings';
import { type Advice, explain, faultOf } from './errors';

const ADVICE: Advice = {
  AuthorizationError: 'Allow sns:Publish on the topic to this identity, and see the topic policy',
  AuthorizationErrorException: 'Allow sns:Publish on the topic to this identity, and see the topic policy',
  NotFound: 'The topic is gone, or is in another region: deploy the stack again, then redrive the dead letters',
  NotFoundException:
    'The topic is gone, or is in another region: deploy the stack again, then redrive the dead letters',
  InvalidParameter:
    'SNS takes a subject of at most 99 printable ASCII characters and 262,144 bytes in all; a FIFO topic it does not take at all',
  InvalidParameterException:
    'SNS takes a subject of at most 99 printable ASCII characters and 262,144 bytes in all; a FIFO topic it does not take at all',
};

/** Publishes on one SNS topic, with a text for each protocol. */
export class SnsSink implements AlertSink {
  constructor(
    private readonly client: SNSClient,
    private readonly topicArn: string,
  ) {}

  async publish({ subject, body, attributes }: TopicMessage): Promise<string> {
    // SNS refuses the whole message for one empty attribute.
    const given = Object.entries(attributes).filter(([, value]) => value !== '');
    const command = new PublishCommand({
      TopicArn: this.topicArn,
      MessageStructure: 'json',
      Subject: subject,
      Message: body,
      MessageAttributes: Object.fromEntries(
        given.map(([name, value]) => [name, { DataType: 'String', StringValue: value }]),
      ),
    });
    try {
      const { MessageId } = await this.client.send(command);
      return MessageId ?? '';
    } catch (cause) {
      throw new SendError(explain(`cannot publish to ${this.topicArn}`, faultOf(cause), ADVICE), { cause });
    }
  }
}

export function snsClient(settings: ClientSettings = {}): SNSClient {
  return new SNSClient(common(settings, 4));
}
