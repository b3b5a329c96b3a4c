import { DeleteMessageCommand, ReceiveMessageCommand, type SQSClient } from '@aws-sdk/client-sqs';
import { type EcsAlert, ecsAlertSchema } from '../../scripts/alert-schema';

/** One message as a subscriber of the topic got it. */
export interface Arrival {
  readonly subject: string;
  readonly attributes: Readonly<Record<string, string>>;
  /** the text for the subscriber's protocol */
  readonly text: string;
}

/** An alert or follow-up that arrived. */
export interface ArrivedAlert extends Arrival {
  readonly ecs: EcsAlert;
}

/** A queue subscribed to the topic: what came is kept, in order of arrival. */
export class Inbox {
  private readonly arrivals: Arrival[] = [];

  constructor(
    private readonly sqs: SQSClient,
    private readonly queueUrl: string,
  ) {}

  /** What has arrived of an account's alerts and follow-ups, each in the documented form. @throws ZodError otherwise */
  async alertsOf(account: string): Promise<ArrivedAlert[]> {
    return (await this.all())
      .filter(({ attributes }) => attributes.account_id === account)
      .map((arrival) => ({ ...arrival, ecs: ecsAlertSchema.parse(JSON.parse(arrival.text)) }));
  }

  /** Whatever has arrived. */
  async all(): Promise<readonly Arrival[]> {
    for (;;) {
      const { Messages = [] } = await this.sqs.send(
        new ReceiveMessageCommand({ QueueUrl: this.queueUrl, MaxNumberOfMessages: 10 }),
      );
      if (Messages.length === 0) return this.arrivals;
      for (const { Body, ReceiptHandle } of Messages) {
        this.arrivals.push(arrivalOf(Body!));
        await this.sqs.send(new DeleteMessageCommand({ QueueUrl: this.queueUrl, ReceiptHandle }));
      }
    }
  }
}

/** Source: Amazon SNS developer guide, "Parsing Amazon SNS message formats". */
function arrivalOf(body: string): Arrival {
  const { Subject, Message, MessageAttributes } = JSON.parse(body) as {
    readonly Subject?: string | null;
    readonly Message: string;
    readonly MessageAttributes?: Readonly<Record<string, { readonly Value: string }>>;
  };
  return {
    subject: Subject ?? '',
    attributes: Object.fromEntries(Object.entries(MessageAttributes ?? {}).map(([name, { Value }]) => [name, Value])),
    text: variantOf(Message),
  };
}

/** The text for queues. SNS chooses it; fauxqs leaves the choice to the subscriber. */
function variantOf(message: string): string {
  if (!message.startsWith('{')) return message;
  const { default: fallback, sqs } = JSON.parse(message) as { readonly default?: string; readonly sqs?: string };
  return fallback === undefined ? message : (sqs ?? fallback);
}
