/** A deployed detector, found by its stack's outputs. Loaded by the commands that ask for one: it brings the SDK. */

import { type ClientSettings, cloudFormationClient, dynamoDbClient, sqsClient } from '../../lambda/adapters/aws';
import { stackOutputs } from '../../lambda/adapters/aws/cloudformation';
import { DynamoDbStore } from '../../lambda/adapters/aws/dynamodb';
import { SqsQueue } from '../../lambda/adapters/aws/sqs';
import { StackError } from '../../lambda/errors';
import type { StateStore } from '../../lambda/state/store';
import type { Console } from '../cli/io';

export interface Deployed {
  readonly stackName: string;
  readonly queueUrl: string;
  readonly topicArn: string;
  readonly testBucket: string;
  readonly store: StateStore;
  readonly queue: SqsQueue;
}

/** @throws StackError when there is no such stack, or it is none of ours */
export async function findDeployed(
  stackName: string,
  settings: ClientSettings,
  { time }: Pick<Console, 'time'>,
): Promise<Deployed> {
  const outputs = await stackOutputs(cloudFormationClient(settings), stackName);
  // The names are those of lib/regionsweep-stack.ts.
  const output = (name: string) => outputs.get(name) ?? missing(stackName, name);
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

function missing(stackName: string, name: string): never {
  throw new StackError(`stack ${stackName} has no output ${name}: is it regionsweep's, and as new as this command?`);
}
