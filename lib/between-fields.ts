/** Which settings go together, for both ways in: the settings of the stack and the properties of the construct. */
import type { Fault } from '../lambda/fields';

export interface PipelineNumbers {
  readonly batchSize: number;
  readonly batchingWindowSeconds: number;
  readonly maxConcurrency?: number | undefined;
  readonly reservedConcurrency?: number | undefined;
}

/** Lambda's own limits of an event source mapping; each value alone is in range. */
export function checkPipeline(given: PipelineNumbers, fault: Fault<PipelineNumbers>): void {
  if (given.batchSize > 10 && given.batchingWindowSeconds === 0) {
    fault('batchingWindowSeconds', 'must be at least 1 with a batchSize over 10');
  }
  const { maxConcurrency, reservedConcurrency } = given;
  if (reservedConcurrency !== undefined && (maxConcurrency ?? 0) > reservedConcurrency) {
    fault('maxConcurrency', `must not exceed reservedConcurrency, which is ${reservedConcurrency}`);
  }
}
