/** A deployed detector, found by its stack's outputs. Loaded by the commands that ask for one: it brings the SDK. */
import {
  type ClientSettings,
  cloudFormationClient,
  dynamoDbClient,
  sqsClient,
} from '../../lambda/adapters/clients';
import { DynamoDbLedger } from '../../lambda/adapters/dynamodb-ledger';
import { SqsQueue } from '../../lambda/adapters/sqs-queue';
import { stackOutputs } from '../../lambda/adapters/stack-outputs';
import { StackError } from '../../lambda/errors';
import type { Ledger } from '../../lambda/ports';
import type { Console } from '../console';

export interface Deployed {
  readonly stackName: string;
  readonly queueUrl: string;
  readonly topicArn: string;
  readonly testBucket: string;
  readonly ledger: Ledger;
  readonly queue: SqsQueue;
}

/** @throws StackError when there is no such stack, or it is none of ours */
export async function findDeployed(
  stackName: string,
  settings: ClientSettings,
  { time }: Pick<Console, 'time'>,
): Promise<Deployed> {
  const outputs = await stackOutputs(cloudFormationClient(settings), stackName);
  // The names are those of lib/outputs.ts.
  const output = (name: string) => outputs.get(name) ?? missing(stackName, name);
  const queueUrl = output('QueueUrl');
  return {
    stackName,
    queueUrl,
    topicArn: output('TopicArn'),
    testBucket: output('TestBucketName'),
    ledger: new DynamoDbLedger(dynamoDbClient(settings), output('TableName'), time),
    queue: new SqsQueue(sqsClient(settings), queueUrl),
  };
}

function missing(stackName: string, name: string): never {
  throw new StackError(
    `stack ${stackName} has no output ${name}: is it regionsweep's, and as new as this command?`,
  );
}
