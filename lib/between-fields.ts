/** Which settings go together, for both ways in: the settings of the stack and the properties of the construct. */
import type { z } from 'zod';
import { BETWEEN_FIELDS } from '../lambda/fields';

/** Says of `field` that it does not go with the others. */
export type Fault<T> = (field: keyof T & string, message: string) => void;

/** Hands a check of zod's on to one that names the field. */
export function betweenFields<T>(
  check: (given: T, fault: Fault<T>) => void,
): (given: T, faults: z.RefinementCtx<T>) => void {
  return (given, faults) =>
    check(given, (field, message) =>
      faults.addIssue({ code: 'custom', path: [field], message, params: { [BETWEEN_FIELDS]: true } }),
    );
}

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
