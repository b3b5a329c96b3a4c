import { Stack, Token } from 'aws-cdk-lib';
import type * as sns from 'aws-cdk-lib/aws-sns';
import * as subscriptions from 'aws-cdk-lib/aws-sns-subscriptions';
import type { Construct } from 'constructs';
import { ConfigurationError } from '../../lambda/errors';
import type { PipelineQueue } from '../pipeline-queue';
import { type BoundTrail, boundTrail, type ExistingTrail, type TrailSource } from './trail-source';

export interface TopicNoticesProps extends ExistingTrail {
  /** carries S3 events of the bucket, or CloudTrail's own notices of new files */
  readonly topic: sns.ITopic;
}

/**
 * An existing SNS topic that tells of new objects, in this account or another that lets this one subscribe. Where a
 * bucket already notifies a topic, this leaves the bucket as it is. The topic must be in the region of bucket and stack;
 * binding throws a ConfigurationError where it is known to be elsewhere.
 */
export function topicNotices(props: TopicNoticesProps): TrailSource {
  return {
    bind(scope: Construct, queue: PipelineQueue): BoundTrail {
      refuseOtherRegion(scope, props.topic);
      props.topic.addSubscription(
        new subscriptions.SqsSubscription(queue.queue, {
          // The envelope tells the reader that it came by way of SNS, whose publishers must not send messages of our own.
          rawMessageDelivery: false,
          deadLetterQueue: queue.deadLetters,
        }),
      );
      return boundTrail(props, [
        'The topic must be in the region of bucket and stack.',
        'A topic or bucket of another account must allow it: the topic’s policy sns:Subscribe to this account, the bucket’s policy s3:GetObject and s3:ListBucket to the function’s role.',
      ]);
    },
  };
}

function refuseOtherRegion(scope: Construct, topic: sns.ITopic): void {
  const theirs = topic.env.region;
  const ours = Stack.of(scope).region;
  if (Token.isUnresolved(theirs) || Token.isUnresolved(ours) || theirs === ours) return;
  throw new ConfigurationError(
    `The topic that tells of objects is in ${theirs}, the stack in ${ours}: deploy where topic and bucket are`,
  );
}
