/**
 * How long one invocation takes: waiting for S3 and DynamoDB, and processor time. Nothing here was measured in Lambda; the
 * figures say where they come from, and each is replaced in one place.
 */
import { type LedgerUse, READ_UNIT_BYTES } from './ledger-model';
import { DEFAULT_WORKLOAD, objectsPerInvocation, type Workload } from './workload';

export const FUNCTION_TIME = {
  /** assumed: first byte of a small object, within a region */
  s3Milliseconds: 30,
  /** assumed: DynamoDB's single-digit milliseconds, from a request to its answer */
  ledgerMilliseconds: 6,
  /** the SDK's own processor time a request on a whole core, bench/function-parts.ts: 0.35, and about as much for TLS */
  sdkMilliseconds: 0.6,
  /** processor time of merging and looking through a million bytes of tallies: 5 us an actor, bench/function-parts.ts */
  evaluationMilliseconds: 45,
  /** assumed: from the start of an invocation to its first request, and from its last answer to the end */
  overheadMilliseconds: 5,
  /** inflated bytes a microsecond on a whole core, of what an object has beyond the default one: docs/performance.md */
  bytesAMicrosecond: 400,
  /** Lambda developer guide, "Configure Lambda function memory": where a function has a whole processor */
  wholeCoreMiB: 1_769,
  /** objects one invocation has open at a time; the stack's default */
  openObjects: 16,
} as const;

/** Milliseconds of one invocation. Objects are read side by side; buckets are looked at one after the other. */
export function invocationMilliseconds(workload: Workload, ledger: LedgerUse): number {
  const { s3Milliseconds, ledgerMilliseconds, sdkMilliseconds, overheadMilliseconds, openObjects } =
    FUNCTION_TIME;
  const objects = objectsPerInvocation(workload);
  const telling = objects * workload.sightingShare;
  const rounds = Math.ceil(objects / openObjects);
  const putting = telling === 0 ? 0 : rounds * ledgerMilliseconds;
  const waiting = rounds * s3Milliseconds + putting + telling * ledger.queries * ledgerMilliseconds;
  const requests = objects + telling * (ledger.writes + ledger.queries);
  const evaluated = (telling * ledger.readUnits * READ_UNIT_BYTES) / 1e6;
  const computing =
    objects * (objectMicros(workload) / 1000) +
    requests * sdkMilliseconds +
    evaluated * FUNCTION_TIME.evaluationMilliseconds;
  return overheadMilliseconds + waiting + computing / coreShare(workload.memoryMiB);
}

/** The share of one processor that a function has; more than one is of no use to it. */
export function coreShare(memoryMiB: number): number {
  return Math.min(1, memoryMiB / FUNCTION_TIME.wholeCoreMiB);
}

function objectMicros({ cpuMicros, rawBytes }: Workload): number {
  const more = Math.max(0, rawBytes - DEFAULT_WORKLOAD.rawBytes);
  return cpuMicros + more / FUNCTION_TIME.bytesAMicrosecond;
}
