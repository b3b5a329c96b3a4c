import { cloudFormationClient, stackOutputs } from '../../lambda/adapters/aws/cloudformation';
import { DynamoDbStore, dynamoDbClient } from '../../lambda/adapters/aws/dynamodb';
import type { ClientSettings } from '../../lambda/adapters/aws/sdk';
import { SqsQueue, sqsClient } from '../../lambda/adapters/aws/sqs';
import { StackError } from '../../lambda/errors';
import type { StateStore } from '../../lambda/state/store';
import type { Console } from '../cli/io';

/** A deployed detector. */
export interface Deployed {
  readonly stackName: string;
  readonly queueUrl: string;
  readonly topicArn: string;
  readonly testBucket: string;
  readonly store: StateStore;
  readonly queue: SqsQueue;
}

/**
 * Finds a detector by the outputs of its stack, whose names are those of lib/regionsweep-stack.ts.
 * @throws StackError when there is no such stack, or it is not a detector's
 */
export async function findDeployed(
  stackName: string,
  settings: ClientSettings,
  { time }: Pick<Console, 'time'>,
): Promise<Deployed> {
  const outputs = await stackOutputs(cloudFormationClient(settings), stackName);
  const output = (name: string) => {
    const value = outputs.get(name);
    if (value !== undefined) return value;
    throw new StackError(`stack ${stackName} has no output ${name}: is it a regionsweep stack of this version?`);
  };
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
