import {
  cloudFormationClient,
  type StackResource,
  stackOutputs,
  stackResources,
} from '../../lambda/adapters/aws/cloudformation';
import { DynamoDbStore, dynamoDbClient } from '../../lambda/adapters/aws/dynamodb';
import type { ClientSettings } from '../../lambda/adapters/aws/sdk';
import { SqsQueue, sqsClient } from '../../lambda/adapters/aws/sqs';
import { ServiceError } from '../../lambda/errors';
import { ENVIRONMENT, readEnvironment } from '../../lambda/settings';
import { isObject, type JsonObject, valueAt } from '../../lambda/util/values';
import { unlessInterrupted } from '../cli/interruption';
import type { Console } from '../cli/io';

/** A deployed detector. */
export type Deployed = Awaited<ReturnType<typeof findDeployed>>;

/**
 * Finds a detector by the outputs of its stack, whose names are those of lib/regionsweep-stack.ts.
 * @throws ServiceError when there is no such stack, or it is not a detector's
 */
export async function findDeployed(
  stackName: string,
  settings: ClientSettings,
  { time, interrupted }: Pick<Console, 'time' | 'interrupted'>,
) {
  const { output } = await outputsOf(cloudFormationClient(settings), stackName, interrupted);
  const queueUrl = output('QueueUrl');
  return {
    stackName,
    queueUrl,
    topicArn: output('TopicArn'),
    testBucket: output('TestBucketName'),
    store: new DynamoDbStore(dynamoDbClient(settings), output('TableName'), time),
    queue: new SqsQueue(sqsClient(settings), queueUrl),
  };
}

/** The outputs of a stack, and one of them by its name. @throws ServiceError without such a stack, or that output */
export async function outputsOf(
  client: ReturnType<typeof cloudFormationClient>,
  stackName: string,
  interrupted: AbortSignal,
) {
  const outputs = await unlessInterrupted(() => stackOutputs(client, stackName), interrupted);
  const output = (name: string) => {
    const value = outputs.get(name);
    if (value !== undefined) return value;
    throw new ServiceError(`stack ${stackName} has no output ${name}: is it a regionsweep stack of this version?`);
  };
  return { outputs, output };
}

/** The detector among the resources of its stack. */
export function functionOf(resources: readonly StackResource[]): JsonObject | undefined {
  const isDetector = ({ properties }: StackResource) => Object.hasOwn(variablesOf(properties), ENVIRONMENT.tableName);
  return resources.find(isDetector)?.properties;
}

/** The environment of a function as its template has it: texts, and references to what the stack creates. */
export function variablesOf(functionProperties: JsonObject | undefined): JsonObject {
  const variables = valueAt(functionProperties, 'Environment', 'Variables');
  return isObject(variables) ? variables : {};
}

/** The settings that a detector was deployed with. @throws ServiceError, ConfigurationError for those of another version */
export async function deployedSettings(
  stackName: string,
  settings: ClientSettings,
  { interrupted }: Pick<Console, 'interrupted'>,
) {
  const client = cloudFormationClient(settings);
  const { outputs } = await outputsOf(client, stackName, interrupted);
  const resources = await unlessInterrupted(() => stackResources(client, stackName), interrupted);
  const texts = Object.entries(variablesOf(functionOf(resources))).filter(([, value]) => typeof value === 'string');
  return readEnvironment({
    ...(Object.fromEntries(texts) as Record<string, string>),
    [ENVIRONMENT.tableName]: outputs.get('TableName'),
    [ENVIRONMENT.topicArn]: outputs.get('TopicArn'),
    [ENVIRONMENT.queueUrl]: outputs.get('QueueUrl'),
  });
}
