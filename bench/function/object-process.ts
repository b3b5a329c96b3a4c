/** The function in a process, its clients answering at once: what it takes then is its own, and not the SDK's. */
import { Readable } from 'node:stream';
import { DynamoDBClient, PutItemCommand, QueryCommand } from '@aws-sdk/client-dynamodb';
import { type GetObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { SNSClient } from '@aws-sdk/client-sns';
import { SQSClient } from '@aws-sdk/client-sqs';
import type { Context } from 'aws-lambda';
import { handler } from '../../lambda/handler';
import { processorSeconds } from '../statistics';
import type { FunctionLoad } from './object';

const BATCH = 10;
/** The compiler is done with the code after some thousand objects, which a function has read within minutes. */
const WARM_UP_ROUNDS = 10;
const BUCKET = 'company-trail';

process.once('message', (load) => {
  run(load as FunctionLoad).then((micros) => process.send!(micros, () => process.exit()));
});

/** Exported, since esbuild bundles a file without exports in another way than the function. */
export async function run({ objects, rounds }: FunctionLoad): Promise<number[]> {
  answer(new Map(objects.map(({ key, gzip }) => [key, Buffer.from(gzip, 'base64')])));
  const events = eventsOf(objects.map(({ key }) => key));
  const micros: number[] = [];
  for (let round = -WARM_UP_ROUNDS; round < rounds; round++) {
    const start = processorSeconds();
    for (const event of events) {
      const result = await handler(event, CONTEXT);
      if (result === undefined || result.batchItemFailures.length > 0) throw new Error('an object failed');
    }
    if (round >= 0) micros.push(((processorSeconds() - start) / objects.length) * 1e6);
  }
  return micros;
}

/** Takes the place of what the clients would send. */
function answer(objects: ReadonlyMap<string, Buffer>): void {
  const items = new Map<string, Map<string, unknown>>();
  const put = ({ input: { Item: item } }: PutItemCommand) => {
    const [pk, sk] = [String(item?.pk?.S), String(item?.sk?.S)];
    items.set(pk, (items.get(pk) ?? new Map()).set(sk, item));
    return {};
  };
  const query = ({ input: { ExpressionAttributeValues: values } }: QueryCommand) => ({
    Items: [...(items.get(String(values?.[':pk']?.S)) ?? new Map()).values()],
  });
  instead(S3Client, (command) => ({
    Body: Readable.from([objects.get((command as GetObjectCommand).input.Key!)!]),
  }));
  instead(DynamoDBClient, (command) => {
    if (command instanceof PutItemCommand) return put(command);
    if (command instanceof QueryCommand) return query(command);
    return {};
  });
  instead(SNSClient, () => ({ MessageId: 'message' }));
  instead(SQSClient, () => ({}));
}

function instead(client: { prototype: object }, send: (command: unknown) => object): void {
  Object.assign(client.prototype, { send: async (command: unknown) => send(command) });
}

const CONTEXT = {
  functionName: 'bench',
  functionVersion: '1',
  memoryLimitInMB: '1024',
  invokedFunctionArn: 'arn:aws:lambda:eu-west-1:111122223333:function:bench',
  awsRequestId: 'request',
  getRemainingTimeInMillis: () => 60_000,
} as Context;

function eventsOf(keys: readonly string[]): object[] {
  const messages = keys.map((key, index) => ({
    messageId: `message-${index}`,
    eventSource: 'aws:sqs',
    attributes: { ApproximateReceiveCount: '1' },
    body: JSON.stringify({
      Records: [
        {
          eventSource: 'aws:s3',
          eventName: 'ObjectCreated:Put',
          s3: { bucket: { name: BUCKET }, object: { key: encodeURIComponent(key).replaceAll('%2F', '/') } },
        },
      ],
    }),
  }));
  const events: object[] = [];
  for (let from = 0; from < messages.length; from += BATCH) {
    events.push({ Records: messages.slice(from, from + BATCH) });
  }
  return events;
}
