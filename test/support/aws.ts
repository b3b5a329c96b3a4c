/** AWS for the command line: S3 and SQS by fauxqs, DynamoDB by dynalite, and a stack with its outputs. */

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type IncomingMessage, request, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { CreateBucketCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import { CreateQueueCommand } from '@aws-sdk/client-sqs';
import { s3Client } from '../../lambda/adapters/aws/s3';
import { sqsClient } from '../../lambda/adapters/aws/sqs';
import { startTable, type TestTable } from './dynalite';

export const STACK = 'regionsweep';

export const TEST_BUCKET = 'regionsweep-test-bucket';

export const TOPIC_ARN = 'arn:aws:sns:eu-west-1:111122223333:alerts';

/** May answer a request in place of the emulator; gives false where it does not. */
export type Intervention = (asked: IncomingMessage, response: ServerResponse) => boolean | Promise<boolean>;

export interface TestAws {
  readonly table: TestTable;
  readonly queueUrl: string;
  readonly s3: ReturnType<typeof s3Client>;
  readonly sqs: ReturnType<typeof sqsClient>;
  /** what S3 and SQS were asked for: `METHOD path?query`, decoded, or `POST AmazonSQS.ACTION/` */
  readonly asked: string[];
  /** the prefixes that were listed, without those listed by folder */
  listed(): string[];
  /** the prefixes that were listed by folder */
  folders(): string[];
  intervene(by: Intervention | undefined): void;
  put(bucket: string, key: string, body: Uint8Array | string): Promise<void>;
  close(): Promise<void>;
}

const CREDENTIALS = { AWS_ACCESS_KEY_ID: 'test', AWS_SECRET_ACCESS_KEY: 'test', AWS_REGION: 'eu-west-1' };

/** AWS for the tests of one file. Each begins with no intervention, and with nothing asked for. */
export function useAws(buckets: readonly string[]): TestAws {
  const aws = {} as TestAws;
  beforeAll(async () => {
    Object.assign(aws, await startAws(buckets));
  });
  beforeEach(() => {
    aws.intervene(undefined);
    aws.asked.length = 0;
  });
  afterAll(() => aws.close());
  return aws;
}

async function startAws(buckets: readonly string[]): Promise<TestAws> {
  Object.assign(process.env, CREDENTIALS);
  const emulator = spawn(process.execPath, [join(__dirname, 'fauxqs.mjs')], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const [port] = (await once(emulator.stdout, 'data')) as [Buffer];
  const asked: string[] = [];
  let intervention: Intervention | undefined;
  const front = await listen(async (incoming, response) => {
    const target = String(incoming.headers['x-amz-target'] ?? '');
    asked.push(`${incoming.method} ${target}${decodeURIComponent((incoming.url ?? '').replaceAll('+', ' '))}`);
    if ((await intervention?.(incoming, response)) !== true) forward(incoming, response, Number(port));
  });
  const endpoint = urlOf(front);
  const table = await startTable();
  const s3 = s3Client({ region: 'eu-west-1', endpoint });
  const sqs = sqsClient({ region: 'eu-west-1', endpoint });
  for (const Bucket of [...buckets, TEST_BUCKET]) await s3.send(new CreateBucketCommand({ Bucket }));
  const { QueueUrl: queueUrl = '' } = await sqs.send(new CreateQueueCommand({ QueueName: 'detector' }));
  const stacks = await listen((_, response) => answerStacks(_, response, { queueUrl, table: table.tableName }));
  const queries = () => asked.filter((line) => line.includes('list-type=2'));
  const prefixOf = (line: string) => /[?&]prefix=([^&]*)/.exec(line)?.[1] ?? '';
  // For the commands that run in this process.
  Object.assign(process.env, {
    AWS_ENDPOINT_URL: endpoint,
    AWS_ENDPOINT_URL_DYNAMODB: await table.client.config.endpoint!().then(
      ({ protocol, hostname, port: at }) => `${protocol}//${hostname}:${at}`,
    ),
    AWS_ENDPOINT_URL_CLOUDFORMATION: urlOf(stacks),
  });
  return {
    ...{ table, queueUrl, s3, sqs, asked },
    listed: () => queries().flatMap((line) => (line.includes('delimiter=') ? [] : [prefixOf(line)])),
    folders: () => queries().flatMap((line) => (line.includes('delimiter=') ? [prefixOf(line)] : [])),
    intervene: (by) => {
      intervention = by;
    },
    put: async (Bucket, Key, Body) => {
      await s3.send(new PutObjectCommand({ Bucket, Key, Body }));
    },
    close: async () => {
      s3.destroy();
      sqs.destroy();
      await table.close();
      for (const server of [front, stacks]) {
        server.closeAllConnections();
        server.close();
      }
      emulator.stdin.end();
      await once(emulator, 'close');
    },
  };
}

async function listen(handler: (asked: IncomingMessage, response: ServerResponse) => unknown): Promise<Server> {
  const server = createServer((incoming, response) => void handler(incoming, response));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return server;
}

function urlOf(server: Server): string {
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

function forward(incoming: IncomingMessage, response: ServerResponse, port: number): void {
  const { method, url, headers } = incoming;
  const onward = request({ host: '127.0.0.1', port, method, path: url, headers }, (answer) => {
    response.writeHead(answer.statusCode ?? 500, answer.headers);
    answer.pipe(response);
  });
  onward.on('error', () => response.destroy());
  incoming.pipe(onward);
}

/** What the stack is made of, as far as commands ask: its function, with the default rule. */
const DETECTOR_ANSWERS: Readonly<Record<string, string>> = {
  GetTemplate: `<TemplateBody>${JSON.stringify({
    Resources: {
      Detector: {
        Properties: {
          Environment: {
            Variables: {
              ...{ REGIONSWEEP_DETECTOR: 'regionsweep', REGIONSWEEP_TABLE_NAME: { Ref: 'Table' } },
              REGIONSWEEP_ACCOUNT_NAMES: '{"111122223333":"production"}',
            },
          },
        },
      },
    },
  })}</TemplateBody>`,
  ListStackResources:
    '<StackResourceSummaries><member><LogicalResourceId>Detector</LogicalResourceId><PhysicalResourceId>detector</PhysicalResourceId><ResourceType>AWS::Lambda::Function</ResourceType></member></StackResourceSummaries>',
};

async function answerStacks(
  incoming: IncomingMessage,
  response: ServerResponse,
  { queueUrl, table }: { readonly queueUrl: string; readonly table: string },
): Promise<void> {
  const pieces: Buffer[] = [];
  for await (const piece of incoming) pieces.push(piece as Buffer);
  const form = new URLSearchParams(Buffer.concat(pieces).toString());
  const [name, action] = [form.get('StackName') ?? '', form.get('Action') ?? ''];
  const outputs = { QueueUrl: queueUrl, TableName: table, TopicArn: TOPIC_ARN, TestBucketName: TEST_BUCKET };
  const known: Record<string, Partial<typeof outputs>> = { [STACK]: outputs, other: {} };
  const stack = known[name];
  if (stack === undefined) {
    response.writeHead(400, { 'content-type': 'text/xml' });
    response.end(
      `<ErrorResponse><Error><Type>Sender</Type><Code>ValidationError</Code><Message>Stack with id ${name} does not exist</Message></Error></ErrorResponse>`,
    );
    return;
  }
  const template = DETECTOR_ANSWERS[action];
  if (template !== undefined) {
    response.writeHead(200, { 'content-type': 'text/xml' });
    response.end(`<${action}Response><${action}Result>${template}</${action}Result></${action}Response>`);
    return;
  }
  const members = Object.entries(stack).map(
    ([key, value]) => `<member><OutputKey>${key}</OutputKey><OutputValue>${value}</OutputValue></member>`,
  );
  response.writeHead(200, { 'content-type': 'text/xml' });
  response.end(
    `<DescribeStacksResponse xmlns="http://cloudformation.amazonaws.com/doc/2010-05-15/"><DescribeStacksResult><Stacks><member><StackName>${name}</StackName><CreationTime>2026-11-24T04:00:00Z</CreationTime><StackStatus>CREATE_COMPLETE</StackStatus><Outputs>${members.join('')}</Outputs></member></Stacks></DescribeStacksResult></DescribeStacksResponse>`,
  );
}
