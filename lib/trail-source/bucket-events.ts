import * as events from 'aws-cdk-lib/aws-events';
import * as targets from 'aws-cdk-lib/aws-events-targets';
import type { Construct } from 'constructs';
import type { PipelineQueue } from '../pipeline-queue';
import {
  type BoundTrail,
  boundTrail,
  type ExistingTrail,
  LOG_SUFFIX,
  type TrailSource,
} from './trail-source';

/**
 * An existing bucket in this account and region that sends its events to EventBridge. Nothing of the bucket is
 * touched, and any number of detectors may watch it. S3 user guide, "Using EventBridge".
 */
export function bucketEvents(trail: ExistingTrail): TrailSource {
  return {
    bind(scope: Construct, queue: PipelineQueue): BoundTrail {
      const bound = boundTrail(trail, [
        'The bucket must send its events to EventBridge (Properties, Amazon EventBridge, On); this stack does not switch that on.',
      ]);
      new events.Rule(scope, 'ObjectCreated', {
        description: `New CloudTrail log objects under ${bound.prefix}`,
        eventPattern: {
          source: ['aws.s3'],
          detailType: ['Object Created'],
          detail: {
            bucket: { name: [trail.bucket.bucketName] },
            // Prefix and suffix apart would be alternatives to EventBridge. The folder keeps digests out.
            object: { key: [{ wildcard: `${bound.prefix}*/CloudTrail/*${LOG_SUFFIX}` }] },
          },
        },
        targets: [new targets.SqsQueue(queue.queue, { deadLetterQueue: queue.deadLetters })],
      });
      return bound;
    },
  };
}
