import { Duration } from 'aws-cdk-lib';
import * as events from 'aws-cdk-lib/aws-events';
import * as targets from 'aws-cdk-lib/aws-events-targets';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as sqs from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { MAX_RECEIVES, WAKE_UP_MINUTES, writeControlMessage } from '../lambda/messages/control-message';

export interface PipelineQueueProps {
  /** timeout of the function that reads the queue */
  readonly timeoutSeconds: number;
  /** longest time the function waits for a batch to fill */
  readonly batchingWindowSeconds: number;
}

/**
 * The queue between S3 and the function, with its dead-letter queue. Messages are encrypted with SQS's own key: S3,
 * EventBridge and SNS can all send to it without a key policy, and no key couples it to a bucket.
 */
export class PipelineQueue extends Construct {
  /** notifications of objects, and control messages */
  readonly queue: sqs.Queue;
  /** messages that failed ten times */
  readonly deadLetters: sqs.Queue;

  constructor(scope: Construct, id: string, { timeoutSeconds, batchingWindowSeconds }: PipelineQueueProps) {
    super(scope, id);
    const common = {
      encryption: sqs.QueueEncryption.SQS_MANAGED,
      enforceSSL: true,
      retentionPeriod: Duration.days(14),
    };
    this.deadLetters = new sqs.Queue(this, 'DeadLetters', common);
    this.queue = new sqs.Queue(this, 'Queue', {
      ...common,
      // An invocation, and with it the lease of its claims, must end before the message is visible again; the Lambda
      // developer guide, "Using Lambda with Amazon SQS", adds the batching window.
      visibilityTimeout: Duration.seconds(6 * timeoutSeconds + batchingWindowSeconds),
      receiveMessageWaitTime: Duration.seconds(20),
      deadLetterQueue: { queue: this.deadLetters, maxReceiveCount: MAX_RECEIVES },
    });
    const message = events.RuleTargetInput.fromObject(JSON.parse(writeControlMessage({ kind: 'wake-up' })));
    new events.Rule(this, 'WakeUp', {
      description: 'Has the function look for follow-ups, summaries and notices that are due',
      schedule: events.Schedule.rate(Duration.minutes(WAKE_UP_MINUTES)),
      targets: [new targets.SqsQueue(this.queue, { message })],
    });
  }

  /** Lets an AWS service send messages for one source in this account. */
  allowService(service: string, sourceArn: string, account: string): void {
    this.queue.addToResourcePolicy(
      new iam.PolicyStatement({
        principals: [new iam.ServicePrincipal(service)],
        actions: ['sqs:SendMessage'],
        resources: [this.queue.queueArn],
        conditions: {
          ArnLike: { 'aws:SourceArn': sourceArn },
          StringEquals: { 'aws:SourceAccount': account },
        },
      }),
    );
  }

  /** Lets `identity` receive and delete messages, as Lambda does on the function's behalf, and send control messages. */
  grantUse(identity: iam.IGrantable): void {
    this.queue.grant(identity, 'sqs:ReceiveMessage', 'sqs:DeleteMessage', 'sqs:GetQueueAttributes');
    this.queue.grant(identity, 'sqs:SendMessage');
  }
}
