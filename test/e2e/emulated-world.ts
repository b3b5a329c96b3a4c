import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { CreateTableCommand } from '@aws-sdk/client-dynamodb';
import { CreateBucketCommand } from '@aws-sdk/client-s3';
import { CreateTopicCommand, SubscribeCommand } from '@aws-sdk/client-sns';
import { CreateQueueCommand, GetQueueAttributesCommand, type SQSClient } from '@aws-sdk/client-sqs';
import { dynamoDbClient, s3Client, snsClient, sqsClient } from '../../lambda/adapters/aws';
import { ENVIRONMENT } from '../../lambda/settings';
import { SEED } from '../support/properties';
import { Child } from './child';
import { EventSource, messageOf, sqsEvent } from './event-source';
import { FunctionProcess, REGION } from './function-process';
import { sharedStack } from './global-setup';
import type { StackFacts } from './stack';
import { type Clients, queueNumbers, type Runtime, World } from './world';

/** Functions that work at the same time. */
const FUNCTIONS = 2;

/**
 * The bundled function in processes of its own, on emulators that are as the template says.
 * @param environment variables of the function, in place of the template's
 */
export async function startEmulatedWorld(environment: Readonly<Record<string, string>> = {}): Promise<World> {
  const emulators = new Child(join(__dirname, 'emulators.mjs'), []);
  const functions: FunctionProcess[] = [];
  const closeAll = () => Promise.all([...functions, emulators].map((one) => one.close()));
  try {
    const stack = sharedStack();
    const endpoints = await endpointsOf(emulators);
    // The clients here find their way as the function's do.
    Object.assign(process.env, endpoints, { AWS_ACCESS_KEY_ID: 'test', AWS_SECRET_ACCESS_KEY: 'test' });
    const clients = {
      s3: s3Client({ region: REGION }),
      sqs: sqsClient({ region: REGION }),
      dynamoDb: dynamoDbClient({ region: REGION }),
    };
    const { topicArn, ...places } = await deploy(stack, clients);
    const variables = {
      ...stack.function.environment,
      ...placeVariables(stack, { ...places, topicArn }),
      ...endpoints,
      ...environment,
    };
    while (functions.length < FUNCTIONS) functions.push(new FunctionProcess(stack, variables));
    await Promise.all(functions.map((one) => one.started()));
    const { sqs } = clients;
    const source = new EventSource(sqs, places.queueUrl, stack.function.batchSize, functions);
    const running = { stack, sqs, queueUrl: places.queueUrl, emulators, functions, source, closeAll };
    return new World(runtimeOf(running), clients, places);
  } catch (error) {
    await closeAll();
    throw error;
  }
}

async function endpointsOf(emulators: Child): Promise<Readonly<Record<string, string>>> {
  const { aws, dynamoDb } = await emulators.started();
  return {
    AWS_ENDPOINT_URL_S3: String(aws),
    AWS_ENDPOINT_URL_SQS: String(aws),
    AWS_ENDPOINT_URL_SNS: String(aws),
    AWS_ENDPOINT_URL_DYNAMODB: String(dynamoDb),
  };
}

/** The variables whose values CloudFormation would know. */
function placeVariables(
  { function: { places } }: StackFacts,
  values: Readonly<Record<keyof StackFacts['function']['places'], string>>,
): Record<string, string> {
  return {
    [places.tableName]: values.tableName,
    [places.topicArn]: values.topicArn,
    [places.queueUrl]: values.queueUrl,
  };
}

interface Running {
  readonly stack: StackFacts;
  readonly sqs: SQSClient;
  readonly queueUrl: string;
  readonly emulators: Child;
  readonly functions: readonly FunctionProcess[];
  readonly source: EventSource;
  readonly closeAll: () => Promise<unknown>;
}

function runtimeOf({ stack, sqs, queueUrl, emulators, functions, source, closeAll }: Running): Runtime {
  const settled = async () => {
    // Thrice, since a message may be on its way from the queue to the function.
    for (let idle = 0; idle < 3; idle++) {
      await sleep(20);
      const isIdle = (await queueNumbers(sqs, queueUrl)).visible === 0 && !source.isBusy;
      if (!isIdle) idle = -1;
    }
  };
  return {
    isFresh: true,
    seed: String(SEED),
    visibilitySeconds: stack.queue.visibilitySeconds,
    followUpSeconds: Number(stack.function.environment[ENVIRONMENT.followUpMinutes]) * 60,
    patience: 30,
    settled,
    async passTime(seconds) {
      await emulators.ask({ seconds });
      await sleep(50);
      await settled();
    },
    async deliverAtOnce(bodies) {
      await settled();
      const answers = await Promise.all(
        bodies.map((body, index) => functions[index % functions.length]!.invoke(sqsEvent([messageOf(body)]))),
      );
      const failed = answers.flatMap(({ batchItemFailures }) => batchItemFailures);
      if (failed.length > 0) throw new Error(`${failed.length} of ${bodies.length} messages failed`);
    },
    log: () => functions.flatMap(({ log }) => log),
    async close() {
      await source.stop();
      await closeAll();
      if (source.errors.length > 0) throw source.errors[0];
    },
  };
}

/** Makes what CloudFormation would. */
async function deploy({ queue, table }: StackFacts, { s3, sqs, dynamoDb }: Clients) {
  const bucket = 'company-trail';
  await s3.send(new CreateBucketCommand({ Bucket: bucket }));
  const tableName = 'ledger';
  await dynamoDb.send(new CreateTableCommand({ TableName: tableName, ...table }));
  const deadLetters = await createQueue(sqs, 'dead-letters');
  const own = await createQueue(sqs, 'objects', {
    VisibilityTimeout: String(queue.visibilitySeconds),
    RedrivePolicy: JSON.stringify({
      deadLetterTargetArn: deadLetters.arn,
      maxReceiveCount: queue.maxReceives,
    }),
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
