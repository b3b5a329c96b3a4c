import { randomUUID } from 'node:crypto';
import { DeleteMessageBatchCommand, type Message, ReceiveMessageCommand, type SQSClient } from '@aws-sdk/client-sqs';
import type { SQSEvent, SQSRecord } from 'aws-lambda';
import { type FunctionProcess, REGION } from './function-process';

/** SQS returns, and deletes, no more messages at once. */
const MAX_MESSAGES = 10;

/**
 * What Lambda does between a queue and a function: polls, invokes, deletes what did not fail. What failed stays hidden
 * until its visibility timeout has passed.
 */
export class EventSource {
  /** errors of whole invocations */
  readonly errors: unknown[] = [];
  /** by how many invocations each message came that the function itself had sent */
  readonly lineages: number[] = [];
  private readonly pollers: readonly Promise<void>[];
  private stopped = false;
  private underWay = 0;

  constructor(
    private readonly sqs: SQSClient,
    private readonly queueUrl: string,
    private readonly batchSize: number,
    functions: readonly Pick<FunctionProcess, 'invoke'>[],
  ) {
    this.pollers = functions.map((one) => this.poll(one));
  }

  /** whether a message was taken and is not done with */
  get isBusy(): boolean {
    return this.underWay > 0;
  }

  async stop(): Promise<void> {
    this.stopped = true;
    await Promise.all(this.pollers);
  }

  private async poll(one: Pick<FunctionProcess, 'invoke'>): Promise<void> {
    while (!this.stopped) {
      const batch = await this.receive(1);
      if (batch.length === 0) continue;
      this.underWay += 1;
      try {
        await this.handle(batch, one);
      } catch (error) {
        this.errors.push(error);
      } finally {
        this.underWay -= 1;
      }
    }
  }

  private async handle(batch: Message[], one: Pick<FunctionProcess, 'invoke'>): Promise<void> {
    while (batch.length + MAX_MESSAGES <= this.batchSize) {
      const more = await this.receive(0);
      if (more.length === 0) break;
      batch.push(...more);
    }
    const lineages = batch.map(lineageOf);
    this.lineages.push(...lineages.filter((lineage) => lineage > 0));
    const { batchItemFailures } = await one.invoke(sqsEvent(batch), Math.max(...lineages) + 1);
    const failed = new Set(batchItemFailures.map(({ itemIdentifier }) => itemIdentifier));
    await this.remove(batch.filter(({ MessageId }) => !failed.has(MessageId!)));
  }

  private async receive(waitSeconds: number): Promise<Message[]> {
    const { Messages } = await this.sqs.send(
      new ReceiveMessageCommand({
        QueueUrl: this.queueUrl,
        MaxNumberOfMessages: MAX_MESSAGES,
        WaitTimeSeconds: waitSeconds,
        MessageSystemAttributeNames: ['All'],
        MessageAttributeNames: ['All'],
      }),
    );
    return Messages ?? [];
  }

  private async remove(messages: readonly Message[]): Promise<void> {
    for (let from = 0; from < messages.length; from += MAX_MESSAGES) {
      const Entries = messages
        .slice(from, from + MAX_MESSAGES)
        .map(({ ReceiptHandle }, index) => ({ Id: String(index), ReceiptHandle }));
      await this.sqs.send(new DeleteMessageBatchCommand({ QueueUrl: this.queueUrl, Entries }));
    }
  }
}

/**
 * Invocations that led to a message, by the trace header it was sent with. Lambda counts them there and stops after about
 * 16: AWS Lambda developer guide, "Recursive loop detection".
 */
function lineageOf({ MessageAttributes }: Message): number {
  const trace = MessageAttributes?.AWSTraceHeader?.StringValue ?? '';
  return Number(/Lineage=\w+:\w+:(\d+)/.exec(trace)?.[1] ?? 0);
}

/** The event that Lambda makes of messages. Source: Lambda developer guide, "Using Lambda with Amazon SQS". */
export function sqsEvent(messages: readonly Message[]): SQSEvent {
  const Records = messages.map(
    ({ MessageId, ReceiptHandle, Body, Attributes, MD5OfBody }): SQSRecord => ({
      messageId: MessageId!,
      receiptHandle: ReceiptHandle!,
      body: Body!,
      attributes: Attributes as unknown as SQSRecord['attributes'],
      messageAttributes: {},
      md5OfBody: MD5OfBody!,
      eventSource: 'aws:sqs',
      eventSourceARN: `arn:aws:sqs:${REGION}:000000000000:queue`,
      awsRegion: REGION,
    }),
  );
  return { Records };
}

/** A message as SQS returns it for the first time. */
export function messageOf(body: string): Message {
  const now = String(Date.now());
  return {
    MessageId: randomUUID(),
    ReceiptHandle: randomUUID(),
    Body: body,
    MD5OfBody: '',
    Attributes: {
      ApproximateReceiveCount: '1',
      SentTimestamp: now,
      ApproximateFirstReceiveTimestamp: now,
      SenderId: 'test',
    },
  };
}
