/**
 * regionsweep in somebody else's CDK app:
 *
 * ```ts
 * import { RegionSweep } from 'regionsweep';
 * new RegionSweep(this, 'RegionSweep', { trailBucket });
 * ```
 */
export { ConfigurationError } from '../lambda/errors';
export type { ExceptionEntry } from '../lambda/rule/exception-entry';
export { AlertTopic, type AlertTopicProps } from './alert-topic';
export { DetectorFunction, type DetectorFunctionProps } from './detector-function';
export type { ExceptionProps } from './exceptions';
export { LedgerTable } from './ledger-table';
export { addOutputs } from './outputs';
export { PipelineQueue, type PipelineQueueProps } from './pipeline-queue';
export {
  type AlertProps,
  type PipelineProps,
  RegionSweep,
  type RegionSweepProps,
  type RuleProps,
} from './regionsweep';
export { RegionSweepStack, type RegionSweepStackProps, stackName } from './regionsweep-stack';
export { type ReadSettings, readSettings, type Settings } from './settings';
export type { FilterAttribute, SlackChannel, Subscriber } from './subscribers';
export { TestBucket } from './test-bucket';
export * from './trail-source';
