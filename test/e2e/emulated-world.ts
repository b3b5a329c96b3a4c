import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { CreateTableCommand } from '@aws-sdk/client-dynamodb';
import { CreateBucketCommand } from '@aws-sdk/client-s3';
import { CreateTopicCommand, SubscribeCommand } from '@aws-sdk/client-sns';
import { CreateQueueCommand, GetQueueAttributesCommand, type SQSClient } from '@aws-sdk/client-sqs';
import { dynamoDbClient } from '../../lambda/adapters/aws/dynamodb';
import { s3Client } from '../../lambda/adapters/aws/s3';
import { snsClient } from '../../lambda/adapters/aws/sns';
import { SqsQueue, sqsClient } from '../../lambda/adapters/aws/sqs';
import { writeControlMessage } from '../../lambda/messages/control-message';
import { ENVIRONMENT } from '../../lambda/settings';
import { SEED } from '../support/properties';
import { T0 } from '../support/records';
import { Child } from './child';
import { EventSource, messageOf, sqsEvent } from './event-source';
import { FunctionProcess, REGION } from './function-process';
import { type StackFacts, sharedStack } from './stack';
import { type Clients, queueNumbers, type Runtime, World } from './world';

/** An execution environment of the function. */
export type RunningFunction = Pick<FunctionProcess, 'started' | 'invoke' | 'log' | 'close' | 'ahead'>;

type StartFunction = (stack: StackFacts, variables: Readonly<Record<string, string>>) => RunningFunction;

/** Two functions that work at the same time. */
const TWO = Array.from(
  { length: 2 },
  (): StartFunction =>
    (...of) =>
      new FunctionProcess(...of),
);

/**
 * The bundled function in processes of its own, on emulators that are as the template says.
 * @param environment variables of the function, in place of the template's
 */
export async function startEmulatedWorld(
  environment: Readonly<Record<string, string>> = {},
  starts: readonly StartFunction[] = TWO,
): Promise<World> {
  const emulators = new Child(join(__dirname, 'emulators.mjs'), []);
  const functions: RunningFunction[] = [];
  const closeAll = () => Promise.all([...functions, emulators].map((one) => one.close()));
  try {
    const stack = sharedStack();
    const { aws, dynamoDb } = await emulators.started();
    const endpoints = {
      ...{ AWS_ENDPOINT_URL_S3: String(aws), AWS_ENDPOINT_URL_SQS: String(aws), AWS_ENDPOINT_URL_SNS: String(aws) },
      AWS_ENDPOINT_URL_DYNAMODB: String(dynamoDb),
    };
    // The clients here find their way as the function's do.
    Object.assign(process.env, endpoints, { AWS_ACCESS_KEY_ID: 'test', AWS_SECRET_ACCESS_KEY: 'test' });
    const settings = { region: REGION };
    const sqs = sqsClient(settings);
    const clients = { s3: s3Client(settings), sqs, dynamoDb: dynamoDbClient(settings) };
    const { topicArn, ...places } = await deploy(stack, clients);
    const { visibilitySeconds } = stack.queue;
    const { batchSize, environment: templated } = stack.function;
    const placed = placedVariables(stack, { ...places, topicArn });
    const variables = { ...templated, ...placed, ...endpoints, ...environment };
    for (const start of starts) functions.push(start(stack, variables));
    await Promise.all(functions.map((one) => one.started()));
    // The trails are of that day, and shall not be old.
    for (const one of functions) one.ahead = T0 + 1800 - Date.now() / 1000;
    const source = new EventSource(sqs, places.queueUrl, batchSize, functions);
    const settled = async () => {
      // Thrice, since a message may be on its way from the queue to the function.
      for (let idle = 0; idle < 3; idle++) {
        await sleep(20);
        const isIdle = (await queueNumbers(sqs, places.queueUrl)).visible === 0 && !source.isBusy;
        if (!isIdle) idle = -1;
      }
    };
    const runtime: Runtime = {
      ...{ isFresh: true, seed: String(SEED), visibilitySeconds, patience: 100, settled },
      followUpSeconds: Number(templated[ENVIRONMENT.followUpMinutes]) * 60 + 10,
      async passTime(seconds: number) {
        // Before a message becomes visible by it: whoever receives that is as far ahead.
        for (const one of functions) one.ahead += seconds;
        await emulators.ask({ seconds });
        await new SqsQueue(sqs, places.queueUrl).sendBatch([writeControlMessage({ kind: 'wake-up' })]);
        await settled();
      },
      async deliverAtOnce(bodies: readonly string[]) {
        await settled();
        const answers = await Promise.all(
          bodies.map((body, index) => functions[index % functions.length]!.invoke(sqsEvent([messageOf(body)]))),
        );
        const failed = answers.flatMap(({ batchItemFailures }) => batchItemFailures);
        if (failed.length > 0) throw new Error(`${failed.length} of ${bodies.length} messages failed`);
      },
      log: () => functions.flatMap(({ log }) => log),
      lineages: source.lineages,
      async close() {
        await source.stop();
        await closeAll();
        if (source.errors.length > 0) throw source.errors[0];
      },
    };
    return new World(runtime, clients, places);
  } catch (error) {
    await closeAll();
    throw error;
  }
}

/** The variables whose values CloudFormation would know. */
function placedVariables(
  { function: { places } }: StackFacts,
  values: Readonly<Record<keyof StackFacts['function']['places'], string>>,
): Record<string, string> {
  const names = Object.keys(places) as (keyof typeof places)[];
  return Object.fromEntries(names.map((name) => [places[name], values[name]]));
}

/** Makes what CloudFormation would. */
async function deploy({ queue, table }: StackFacts, { s3, sqs, dynamoDb }: Clients) {
  const bucket = 'company-trail';
  await s3.send(new CreateBucketCommand({ Bucket: bucket }));
  const tableName = 'state';
  await dynamoDb.send(new CreateTableCommand({ TableName: tableName, ...table }));
  const deadLetters = await createQueue(sqs, 'dead-letters');
  const own = await createQueue(sqs, 'objects', {
    VisibilityTimeout: String(queue.visibilitySeconds),
    RedrivePolicy: JSON.stringify({ deadLetterTargetArn: deadLetters.arn, maxReceiveCount: queue.maxReceives }),
  });
  const inbox = await createQueue(sqs, 'inbox');
  const sns = snsClient({ region: REGION });
  const { TopicArn } = await sns.send(new CreateTopicCommand({ Name: 'alerts' }));
  await sns.send(new SubscribeCommand({ TopicArn, Protocol: 'sqs', Endpoint: inbox.arn }));
  sns.destroy();
  return {
    ...{ bucket, tableName, topicArn: TopicArn! },
    ...{ queueUrl: own.url, deadLettersUrl: deadLetters.url, inboxUrl: inbox.url },
  };
}

async function createQueue(sqs: SQSClient, QueueName: string, Attributes: Record<string, string> = {}) {
  const { QueueUrl } = await sqs.send(new CreateQueueCommand({ QueueName, Attributes }));
  const answer = await sqs.send(new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['QueueArn'] }));
  return { url: QueueUrl!, arn: answer.Attributes!.QueueArn! };
}
