import { Resource, Stack, Token } from 'aws-cdk-lib';
import * as events from 'aws-cdk-lib/aws-events';
import * as targets from 'aws-cdk-lib/aws-events-targets';
import * as s3 from 'aws-cdk-lib/aws-s3';
import type * as sns from 'aws-cdk-lib/aws-sns';
import * as subscriptions from 'aws-cdk-lib/aws-sns-subscriptions';
import { Construct, type IConstruct } from 'constructs';
import { ConfigurationError } from '../../lambda/errors';
import { completeHandler } from '../nag';
import type { PipelineQueue } from '../pipeline-queue';
import {
  type BoundTrail,
  boundTrail,
  type ExistingTrail,
  LOG_SUFFIX,
  type TrailBucket,
  type TrailSource,
  watchedPrefix,
} from './source';

/**
 * An existing bucket in this account and region that sends S3 notifications to the queue. Other notifications of the bucket
 * stay as they are, but S3 refuses two with overlapping prefix and suffix: if another one covers the trail, use
 * `bucketEvents` or `topicNotices`. If another stack manages the bucket's notifications, its next deployment removes ours.
 *
 * The bucket is imported, or of the same stack. For a bucket of another stack of the app use `bucketEvents` or
 * `topicNotices`: the CDK adds a notification to the bucket's stack, so the stacks would depend on each other. Binding
 * throws a ConfigurationError for that, and for a second notification of the same objects.
 */
export function bucketNotifications(trail: ExistingTrail): TrailSource {
  return {
    bind(scope: Construct, queue: PipelineQueue): BoundTrail {
      const bound = boundTrail(trail, [
        `The bucket must be in this stack's account and region, and no other notification of it may cover keys under ${watchedPrefix(trail)} that end in ${LOG_SUFFIX}: S3 refuses overlapping ones.`,
      ]);
      refuseOtherStack(scope, trail.bucket);
      notifyQueue(scope, bound, queue);
      return { ...bound, owner: Stack.of(scope).account };
    },
  };
}

function refuseOtherStack(scope: Construct, bucket: TrailBucket): void {
  if (!Construct.isConstruct(bucket) || !Resource.isOwnedResource(bucket)) return;
  if (Stack.of(bucket) === Stack.of(scope)) return;
  throw new ConfigurationError(
    `The bucket ${bucket.node.path} belongs to another stack of this app: by S3 notification each stack would need the other. Use bucketEvents or topicNotices as the source`,
  );
}

/** Adds the notification for log objects to the bucket; S3 user guide, "Amazon S3 Event Notifications". */
export function notifyQueue(scope: Construct, { bucket, prefix }: BoundTrail, queue: PipelineQueue): void {
  refuseOverlap(scope, bucket.bucketName, prefix);
  const destination: s3.IBucketNotificationDestination = {
    bind() {
      queue.allowService('s3.amazonaws.com', bucket.bucketArn, Stack.of(scope).account);
      return {
        arn: queue.queue.queueArn,
        type: s3.BucketNotificationDestinationType.QUEUE,
        // S3 tests its permission when the notification is created, so the queue's policy comes first.
        dependencies: [queue.queue],
      };
    },
  };
  bucket.addEventNotification(s3.EventType.OBJECT_CREATED, destination, { prefix, suffix: LOG_SUFFIX });
  completeHandler(scope);
}

/** Prefixes with notifications, by bucket, in each app. */
const notifiedPrefixes = new WeakMap<IConstruct, Map<string, string[]>>();

/** Otherwise S3 would refuse the second detector on a bucket in the middle of its deployment. */
function refuseOverlap(scope: Construct, bucketName: string, prefix: string): void {
  const byBucket = notifiedPrefixes.get(scope.node.root) ?? new Map<string, string[]>();
  notifiedPrefixes.set(scope.node.root, byBucket);
  // An unresolved name is that of a bucket of the stack.
  const isKnown = !Token.isUnresolved(bucketName);
  const key = isKnown ? bucketName : `${Stack.of(scope).node.addr} ${bucketName}`;
  const others = byBucket.get(key) ?? [];
  const overlapping = others.find((other) => other.startsWith(prefix) || prefix.startsWith(other));
  if (overlapping !== undefined) {
    throw new ConfigurationError(
      `Two S3 notifications of the bucket ${isKnown ? bucketName : scope.node.path} would cover keys under ${prefix} and ${overlapping}, which S3 refuses: use bucketEvents or topicNotices as the source of all detectors but one`,
    );
  }
  byBucket.set(key, [...others, prefix]);
}

/**
 * An existing bucket in this account and region that sends its events to EventBridge. It does not change the bucket, which
 * any number of detectors may watch. S3 user guide, "Using EventBridge".
 */
export function bucketEvents(trail: ExistingTrail): TrailSource {
  return {
    bind(scope: Construct, queue: PipelineQueue): BoundTrail {
      const bound = boundTrail(trail, [
        'The bucket must send its events to EventBridge (Properties, Amazon EventBridge, On); this stack does not turn that on.',
      ]);
      new events.Rule(scope, 'ObjectCreated', {
        description: `New CloudTrail log objects under ${bound.prefix}`,
        eventPattern: {
          source: ['aws.s3'],
          detailType: ['Object Created'],
          detail: {
            bucket: { name: [trail.bucket.bucketName] },
            // EventBridge would treat separate prefix and suffix as alternatives. The folder excludes digests.
            object: { key: [{ wildcard: `${bound.prefix}*/CloudTrail/*${LOG_SUFFIX}` }] },
          },
        },
        targets: [new targets.SqsQueue(queue.queue, { deadLetterQueue: queue.deadLetters })],
      });
      return { ...bound, owner: Stack.of(scope).account };
    },
  };
}

export interface TopicNoticesProps extends ExistingTrail {
  /** carries S3 events of the bucket, or CloudTrail's own notices of new files */
  readonly topic: sns.ITopic;
}

/**
 * An existing SNS topic that carries notices of new objects, in this account or another that lets this one subscribe. For a
 * bucket that already notifies a topic; it does not change the bucket. The topic must be in the region of bucket and stack;
 * binding throws a ConfigurationError if it is known not to be.
 */
export function topicNotices({ topic, ...trail }: TopicNoticesProps): TrailSource {
  return {
    bind(scope: Construct, queue: PipelineQueue): BoundTrail {
      const [theirs, ours] = [topic.env.region, Stack.of(scope).region];
      if (theirs !== ours && !Token.isUnresolved(theirs) && !Token.isUnresolved(ours)) {
        throw new ConfigurationError(
          `The topic with the notices of objects is in ${theirs}, the stack in ${ours}: deploy in the region of topic and bucket`,
        );
      }
      topic.addSubscription(
        new subscriptions.SqsSubscription(queue.queue, {
          // The envelope shows that a message came through SNS, whose publishers may not send control messages.
          rawMessageDelivery: false,
          deadLetterQueue: queue.deadLetters,
        }),
      );
      return boundTrail(trail, [
        'The topic must be in the region of bucket and stack.',
        'A topic or bucket of another account must allow it: the topic’s policy sns:Subscribe to this account, the bucket’s policy s3:GetObject and s3:ListBucket to the function’s role.',
      ]);
    },
  };
}
