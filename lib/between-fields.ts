/** Which settings go together, for both ways in: the settings of the stack and the properties of the construct. */
import type { Fault } from '../lambda/fields';

export interface PipelineNumbers {
  readonly batchSize: number;
  readonly batchingWindowSeconds: number;
  readonly maxConcurrency?: number | undefined;
  readonly reservedConcurrency?: number | undefined;
}

/**
 * What is wrong with a trail's prefix, if anything: the watched keys would begin with `AWSLogs/` twice, and no object's do.
 */
export function prefixFault(prefix: string | undefined): string | undefined {
  const folders = (prefix ?? '').split('/').filter((folder) => folder !== '');
  const at = folders.indexOf('AWSLogs');
  if (at < 0) return undefined;
  const before = folders.slice(0, at).join('/');
  return `is what stands before AWSLogs/: ${before === '' ? 'leave it out' : `write ${before}`}, and name an organisation by organizationId`;
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
