import { Stack } from 'aws-cdk-lib';
import * as s3 from 'aws-cdk-lib/aws-s3';
import type { Construct } from 'constructs';
import type { PipelineQueue } from '../pipeline-queue';
import { acknowledgeHandler } from './handler-findings';
import {
  type BoundTrail,
  boundTrail,
  type ExistingTrail,
  LOG_SUFFIX,
  type TrailSource,
} from './trail-source';

/**
 * An existing bucket in this account and region that tells the queue by S3 notification. Other notifications of the
 * bucket stay as they are, but S3 refuses two for overlapping prefix and suffix: where another one covers the trail,
 * take `bucketEvents` or `topicNotices`. Another stack that owns the bucket and sets its notifications erases ours.
 */
export function bucketNotifications(trail: ExistingTrail): TrailSource {
  return {
    bind(scope: Construct, queue: PipelineQueue): BoundTrail {
      const bound = boundTrail(trail, [
        `The bucket must be in this stack's account and region, and no other notification of it may cover keys under ${boundTrail(trail).prefix} that end in ${LOG_SUFFIX}: S3 refuses overlapping ones.`,
      ]);
      notifyQueue(scope, bound, queue);
      return bound;
    },
  };
}

/** Adds the notification for log objects to the bucket; S3 user guide, "Amazon S3 Event Notifications". */
export function notifyQueue(scope: Construct, trail: BoundTrail, queue: PipelineQueue): void {
  const destination: s3.IBucketNotificationDestination = {
    bind() {
      queue.allowService('s3.amazonaws.com', trail.bucket.bucketArn, Stack.of(scope).account);
      return {
        arn: queue.queue.queueArn,
        type: s3.BucketNotificationDestinationType.QUEUE,
        // S3 checks that it may send before it takes the notification, so the queue's policy comes first.
        dependencies: [queue.queue],
      };
    },
  };
  trail.bucket.addEventNotification(s3.EventType.OBJECT_CREATED, destination, {
    prefix: trail.prefix,
    suffix: LOG_SUFFIX,
  });
  acknowledgeHandler(scope);
}
