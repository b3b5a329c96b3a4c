import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { SubscribeCommand, UnsubscribeCommand } from '@aws-sdk/client-sns';
import {
  CreateQueueCommand,
  DeleteQueueCommand,
  GetQueueAttributesCommand,
  SetQueueAttributesCommand,
  type SQSClient,
} from '@aws-sdk/client-sqs';
import { cloudFormationClient, stackOutputs } from '../../lambda/adapters/aws/cloudformation';
import { dynamoDbClient } from '../../lambda/adapters/aws/dynamodb';
import { s3Client } from '../../lambda/adapters/aws/s3';
import { snsClient } from '../../lambda/adapters/aws/sns';
import { SqsQueue, sqsClient } from '../../lambda/adapters/aws/sqs';
import { WAKE_UP_MINUTES } from '../../lambda/messages/control-message';
import { queueNumbers, World } from '../e2e/world';

/** A deployed stack, in AWS or LocalStack; credentials, region and endpoint come from the SDK's usual chain. */
export interface DeployedStack {
  readonly stackName: string;
  /** as it was deployed with */
  readonly followUpMinutes: number;
}

/** Watches a deployed detector by a queue of its own, which goes when the world is closed. */
export async function startDeployedWorld({ stackName, followUpMinutes }: DeployedStack): Promise<World> {
  const clients = { s3: s3Client(), sqs: sqsClient(), dynamoDb: dynamoDbClient() };
  const { sqs } = clients;
  const outputs = await stackOutputs(cloudFormationClient(), stackName);
  const output = (name: string) => {
    const value = outputs.get(name);
    if (value === undefined) throw new Error(`stack ${stackName} has no output ${name}`);
    return value;
  };
  const queueUrl = output('QueueUrl');
  const { visibilitySeconds, maxReceives } = await settingsOf(sqs, queueUrl);
  const inbox = await subscribedQueue(sqs, output('TopicArn'));
  const settled = async () => {
    // The numbers are approximate for some time after the last message: they count when they stay.
    for (let idle = 0; idle < 3; idle++) {
      await sleep(5_000);
      const { visible, inFlight } = await queueNumbers(sqs, queueUrl);
      if (visible + inFlight > 0) idle = -1;
    }
  };
  return new World(
    {
      isFresh: false,
      seed: randomUUID(),
      visibilitySeconds,
      followUpSeconds: (followUpMinutes + 2 * WAKE_UP_MINUTES) * 60,
      patience: visibilitySeconds * (maxReceives + 2),
      settled,
      passTime: (seconds) => sleep(seconds * 1000),
      deliverAtOnce: (bodies) => new SqsQueue(sqs, queueUrl).sendBatch(bodies),
      log: undefined,
      close: inbox.remove,
    },
    clients,
    {
      queueUrl,
      bucket: output('TestBucketName'),
      deadLettersUrl: output('DeadLetterQueueUrl'),
      inboxUrl: inbox.url,
      tableName: output('TableName'),
    },
  );
}

async function settingsOf(sqs: SQSClient, QueueUrl: string) {
  const { Attributes } = await sqs.send(
    new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['VisibilityTimeout', 'RedrivePolicy'] }),
  );
  const { maxReceiveCount } = JSON.parse(Attributes?.RedrivePolicy ?? '{}') as { maxReceiveCount?: number };
  return { visibilitySeconds: Number(Attributes?.VisibilityTimeout), maxReceives: Number(maxReceiveCount) };
}

async function subscribedQueue(sqs: SQSClient, TopicArn: string) {
  const { QueueUrl } = await sqs.send(
    new CreateQueueCommand({
      QueueName: `regionsweep-test-${randomUUID()}`,
      // Without a wait a receive asks some of the servers only, and may find nothing where there is something.
      Attributes: { ReceiveMessageWaitTimeSeconds: '2' },
    }),
  );
  const answer = await sqs.send(new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['QueueArn'] }));
  const Endpoint = answer.Attributes?.QueueArn;
  const Policy = JSON.stringify({
    Version: '2012-10-17',
    Statement: [
      {
        Effect: 'Allow',
        Principal: { Service: 'sns.amazonaws.com' },
        Action: 'sqs:SendMessage',
        Resource: Endpoint,
        Condition: { ArnEquals: { 'aws:SourceArn': TopicArn } },
      },
    ],
  });
  await sqs.send(new SetQueueAttributesCommand({ QueueUrl, Attributes: { Policy } }));
  const sns = snsClient();
  const { SubscriptionArn } = await sns.send(new SubscribeCommand({ TopicArn, Protocol: 'sqs', Endpoint }));
  return {
    url: QueueUrl!,
    async remove() {
      await sns.send(new UnsubscribeCommand({ SubscriptionArn }));
      await sqs.send(new DeleteQueueCommand({ QueueUrl }));
      sns.destroy();
    },
  };
}
