/** One invocation of the function as it is deployed: over given items, at a given time, with all that it does recorded. */
import crypto from 'node:crypto';
import { Readable } from 'node:stream';
import { gzipSync } from 'node:zlib';
import * as dynamodb from '@aws-sdk/client-dynamodb';
import * as s3 from '@aws-sdk/client-s3';
import * as sns from '@aws-sdk/client-sns';
import * as sqs from '@aws-sdk/client-sqs';
import type { Context } from 'aws-lambda';
import type { handler } from '../../lambda/handler';
import { startTable } from '../support/dynalite';

export type Json = Readonly<Record<string, unknown>>;
export type Handler = typeof handler;

export interface Invocation {
  readonly id: string;
  /** UTC epoch second */
  readonly now: number;
  /** of the one message */
  readonly body: unknown;
  /** what is stored before, in the order it was written */
  readonly items: readonly Json[];
  /** what lies in S3: texts by key */
  readonly objects: Readonly<Record<string, string>>;
  /** `topic`: SNS fails; `all`: so does every request after the one to SNS */
  readonly outage: 'topic' | 'all' | undefined;
}

/** What an invocation did, each in order. */
export interface Outcome {
  readonly wrote: readonly Json[];
  readonly sent: readonly Json[];
  readonly published: readonly Json[];
  readonly counted: Json;
  /** ids of the messages that come back */
  readonly failed: readonly string[];
}

const TABLE = 'state';
const RESOURCES = {
  AWS_REGION: 'eu-west-1',
  REGIONSWEEP_DETECTOR: 'regionsweep',
  REGIONSWEEP_TABLE_NAME: TABLE,
  REGIONSWEEP_TOPIC_ARN: 'arn:aws:sns:eu-west-1:111122223333:alerts',
  REGIONSWEEP_QUEUE_URL: 'https://sqs.eu-west-1.amazonaws.com/111122223333/objects',
};

const SDK = {
  '@aws-sdk/client-dynamodb': dynamodb,
  '@aws-sdk/client-s3': s3,
  '@aws-sdk/client-sns': sns,
  '@aws-sdk/client-sqs': sqs,
};

/** Loads the function with these variables and those of its resources. */
export function loadFunction(settings: Readonly<Record<string, string>>): Handler {
  Object.assign(process.env, RESOURCES, settings);
  jest.resetModules();
  // The SDK stays the one of above, whose clients `invoke` intercepts.
  for (const [name, sdk] of Object.entries(SDK)) jest.doMock(name, () => sdk);
  const loaded = require('../../lambda/handler') as { readonly handler: Handler };
  for (const name of Object.keys(settings)) delete process.env[name];
  return loaded.handler;
}

const sendToTable: (command: never) => Promise<unknown> = dynamodb.DynamoDBClient.prototype.send;

export async function invoke(call: Handler, invocation: Invocation): Promise<Outcome> {
  const { id, now, body, items, objects, outage } = invocation;
  const table = await startTable(TABLE);
  const ask = (command: unknown) => sendToTable.call(table.client, command as never);
  const latest = new Map(items.map((item) => [`${item.pk} ${item.sk}`, { PutRequest: { Item: storedForm(item) } }]));
  const puts = [...latest.values()];
  for (let from = 0; from < puts.length; from += 25) {
    const RequestItems = { [TABLE]: puts.slice(from, from + 25) };
    await ask(new dynamodb.BatchWriteItemCommand({ RequestItems }));
  }

  const done = { wrote: [] as Json[], sent: [] as Outcome['sent'][number][], published: [] as Json[] };
  let isCutOff = false;
  const answer = async (command: unknown): Promise<unknown> => {
    if (isCutOff) throw new Error('cut off');
    if (command instanceof dynamodb.GetItemCommand || command instanceof dynamodb.QueryCommand) return ask(command);
    if (command instanceof dynamodb.PutItemCommand) {
      const answered = await ask(command);
      done.wrote.push(plainForm(command.input.Item!));
      return answered;
    }
    if (command instanceof sqs.SendMessageBatchCommand) {
      done.sent.push(...command.input.Entries!.map(({ MessageBody }) => JSON.parse(MessageBody!) as Json));
      return {};
    }
    if (command instanceof sns.PublishCommand) {
      isCutOff = outage === 'all';
      if (outage !== undefined) throw new Error('the topic fails');
      done.published.push(messageForm(command.input));
      return { MessageId: `published-by-${id}` };
    }
    if (command instanceof s3.GetObjectCommand) {
      return { Body: stored(objects[command.input.Key!]) };
    }
    if (command instanceof s3.ListObjectsV2Command) return {};
    throw new Error(`an unexpected request: ${String(command)}`);
  };

  for (const client of [dynamodb.DynamoDBClient, s3.S3Client, sns.SNSClient, sqs.SQSClient]) {
    jest.spyOn(client.prototype, 'send').mockImplementation(answer as never);
  }
  jest.spyOn(crypto, 'randomUUID').mockReturnValue(id as ReturnType<typeof crypto.randomUUID>);
  jest.spyOn(Date, 'now').mockReturnValue(now * 1000);
  const lines: string[] = [];
  for (const stream of [process.stdout, process.stderr]) {
    jest.spyOn(stream, 'write').mockImplementation((text) => lines.push(String(text)) > 0);
  }
  try {
    const attributes = { ApproximateReceiveCount: '1' };
    const event = {
      Records: [{ eventSource: 'aws:sqs', messageId: id, body: JSON.stringify(body), attributes }],
    };
    const context = { getRemainingTimeInMillis: () => 60_000 } as Context;
    const { batchItemFailures = [] } = (await call(event, context)) ?? {};
    return {
      ...done,
      counted: countedIn(lines.join('')),
      failed: batchItemFailures.map(({ itemIdentifier }) => itemIdentifier),
    };
  } finally {
    jest.restoreAllMocks();
    await table.close();
  }
}

function stored(text: string | undefined): Readable {
  if (text === undefined) throw new s3.NoSuchKey({ message: 'gone', $metadata: {} });
  return Readable.from([gzipSync(text)]);
}

/** Metrics as CloudWatch finds them in what was printed. */
function countedIn(printed: string): Json {
  const lines = printed.split('\n').filter((line) => line.startsWith('{"_aws"'));
  return Object.assign(
    {},
    ...lines.map((line) => {
      const { _aws, ...metrics } = JSON.parse(line) as Json;
      return metrics;
    }),
  ) as Json;
}

/** An item to read: its texts and numbers, and what a text of JSON holds. */
function plainForm(item: Readonly<Record<string, dynamodb.AttributeValue>>): Json {
  const plain = ({ S: text, N: number, ...others }: dynamodb.AttributeValue): unknown => {
    if (number !== undefined) return Number(number);
    if (text === undefined) throw new Error(`an attribute of another type: ${JSON.stringify(others)}`);
    return /^[[{]/.test(text) ? parseWithoutSentences(text) : text;
  };
  return Object.fromEntries(Object.entries(item).map(([name, value]) => [name, plain(value)]));
}

/** The item that `plainForm` shows so. */
function storedForm(item: Json): Record<string, dynamodb.AttributeValue> {
  const stored = (value: unknown): dynamodb.AttributeValue => {
    if (typeof value === 'number') return { N: String(value) };
    return { S: typeof value === 'string' ? value : JSON.stringify(value) };
  };
  return Object.fromEntries(Object.entries(item).map(([name, value]) => [name, stored(value)]));
}

/** What SNS is given: the JSON for machines but for its sentences, the fields of the chat card, and who gets which. */
function messageForm({ Message, MessageAttributes = {} }: sns.PublishCommandInput): Json {
  const { sqs = '', https = '', ...others } = JSON.parse(Message!) as Record<string, string>;
  const kindOf = (text: string) => (text === sqs ? 'sqs' : text === https ? 'https' : 'text');
  return {
    attributes: Object.fromEntries(
      Object.entries(MessageAttributes).map(([name, of]) => [name, `${of.DataType} ${of.StringValue}`]),
    ),
    variants: Object.fromEntries(Object.entries(others).map(([protocol, text]) => [protocol, kindOf(text)])),
    https: pathsIn(JSON.parse(https)).join(' '),
    sqs: parseWithoutSentences(sqs),
  };
}

function parseWithoutSentences(json: string): unknown {
  return JSON.parse(json, (_, value: unknown) => (isSentence(value) ? '…' : value));
}

/** Left out: wording may change, and test/alert/golden has it. */
function isSentence(value: unknown): boolean {
  return typeof value === 'string' && (/\s.*[.?]$/s.test(value) || value.split(/\s+/).length > 7);
}

/** Paths to the values of a JSON object, those of a list's elements in one. */
function pathsIn(value: unknown, path = ''): string[] {
  if (typeof value !== 'object' || value === null) return [path];
  if (Array.isArray(value)) return [...new Set(value.flatMap((element) => pathsIn(element, `${path}[]`)))];
  return Object.entries(value).flatMap(([name, held]) => pathsIn(held, path === '' ? name : `${path}.${name}`));
}
