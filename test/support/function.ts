/** The detector's function in this process, fed by a queue: what is deployed, less Lambda. */

import { setTimeout as sleep } from 'node:timers/promises';
import { DeleteMessageCommand, ReceiveMessageCommand } from '@aws-sdk/client-sqs';
import { DynamoDbStore } from '../../lambda/adapters/aws/dynamodb';
import { S3Source } from '../../lambda/adapters/aws/s3';
import { handleBatch } from '../../lambda/pipeline/batch';
import type { TopicMessage } from '../../lambda/ports';
import type { TestAws } from './aws';
import { detectorWith } from './detector';
import { readingOf } from './replay';

export interface TestFunction {
  readonly published: readonly TopicMessage[];
  /** bodies of the messages that were received */
  readonly received: readonly string[];
  stop(): Promise<void>;
}

/** @param receiveCount of each message, as if it had failed before */
export function startFunction({ sqs, s3, queueUrl, table }: TestAws, receiveCount = 1): TestFunction {
  const published: TopicMessage[] = [];
  const received: string[] = [];
  const now = () => Math.floor(Date.now() / 1000);
  const parts = {
    reading: readingOf([], { source: new S3Source(s3) }),
    store: new DynamoDbStore(table.client, table.tableName, now),
    sink: { publish: async (message: TopicMessage) => `message-${published.push(message)}` },
  };
  let isStopped = false;
  const run = async () => {
    for (let invocation = 0; !isStopped; invocation++) {
      const { Messages: messages = [] } = await sqs.send(
        new ReceiveMessageCommand({ QueueUrl: queueUrl, MaxNumberOfMessages: 10, WaitTimeSeconds: 0 }),
      );
      if (messages.length === 0) {
        await sleep(20);
        continue;
      }
      received.push(...messages.map(({ Body }) => Body!));
      await handleBatch(
        messages.map(({ MessageId, Body }) => ({ id: MessageId!, body: Body, receiveCount })),
        detectorWith({ ...parts, invocation: { id: `invocation-${invocation}`, now, deadline: now() + 60 } }),
      );
      for (const { ReceiptHandle } of messages) {
        await sqs.send(new DeleteMessageCommand({ QueueUrl: queueUrl, ReceiptHandle }));
      }
    }
  };
  const ended = run();
  return {
    published,
    received,
    stop: async () => {
      isStopped = true;
      await ended;
    },
  };
}
