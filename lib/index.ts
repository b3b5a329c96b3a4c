/**
 * regionsweep in a CDK app:
 *
 * ```ts
 * import { RegionSweep } from 'regionsweep';
 * new RegionSweep(this, 'RegionSweep', { trailBucket });
 * ```
 */
export type { ExceptionEntry } from '../lambda/detection/exceptions';
export { ConfigurationError } from '../lambda/errors';
export { AlertTopic, type AlertTopicProps } from './alert-topic';
export { DetectorFunction, type DetectorFunctionProps } from './detector-function';
export type { ExceptionProps } from './exceptions';
export type { Alarms, Dashboard } from './monitoring';
export { PipelineQueue, type PipelineQueueProps } from './pipeline-queue';
export { type AlertProps, type PipelineProps, RegionSweep, type RegionSweepProps, type RuleProps } from './regionsweep';
export { addOutputs, RegionSweepStack, type RegionSweepStackProps, stackName } from './regionsweep-stack';
export { type ReadSettings, readSettings, type Settings } from './settings';
export { StateTable, TestBucket } from './storage';
export type { FilterAttribute, Subscriber } from './subscriber-settings';
export type { ExistingSlackConfiguration, NewSlackConfiguration, SlackChannel } from './subscribers';
export {
  bucketEvents,
  bucketNotifications,
  type TopicNoticesProps,
  topicNotices,
} from './trail-source/existing-bucket';
export { type NewTrailProps, newTrail } from './trail-source/new-trail';
export type { BoundTrail, ExistingTrail, TrailBucket, TrailLayout, TrailSource } from './trail-source/source';
