import type * as sns from 'aws-cdk-lib/aws-sns';
import * as subscriptions from 'aws-cdk-lib/aws-sns-subscriptions';
import type { Construct } from 'constructs';
import type { PipelineQueue } from '../pipeline-queue';
import { type BoundTrail, boundTrail, type ExistingTrail, type TrailSource } from './trail-source';

export interface TopicNoticesProps extends ExistingTrail {
  /** carries S3 events of the bucket, or CloudTrail's own notices of new files */
  readonly topic: sns.ITopic;
}

/**
 * An existing SNS topic that tells of new objects, in this account or another that lets this one subscribe. Where a
 * bucket already notifies a topic, this leaves the bucket as it is.
 */
export function topicNotices(props: TopicNoticesProps): TrailSource {
  return {
    bind(_scope: Construct, queue: PipelineQueue): BoundTrail {
      props.topic.addSubscription(
        new subscriptions.SqsSubscription(queue.queue, {
          // The envelope tells the reader that it came by way of SNS, whose publishers must not send messages of our own.
          rawMessageDelivery: false,
          deadLetterQueue: queue.deadLetters,
        }),
      );
      return boundTrail(props, [
        'A topic or bucket of another account must allow it: the topic’s policy sns:Subscribe to this account, the bucket’s policy s3:GetObject and s3:ListBucket to the function’s role.',
      ]);
    },
  };
}
