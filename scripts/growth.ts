/** Where a deployed detector meets the limits of what it is built on, as accounts or one account grow. */

import {
  DYNAMODB_BYTES,
  HOURS_PER_MONTH,
  invocationMilliseconds,
  objectsPerInvocation,
  objectsPerMonth,
  STACK,
  tallyBytes,
  type Workload,
} from '../bin/cost/model';

/** Each from the quotas of its service's developer guide; the last two are the stack's own defaults. */
export const LIMITS = {
  /** DynamoDB: units of one partition key, a second */
  partitionReads: 3_000,
  partitionWrites: 1_000,
  /** SQS: messages received and not deleted, of one standard queue */
  inFlight: 120_000,
  /** Lambda: invocations at a time of an account and region, unless raised; new accounts begin with fewer */
  accountConcurrency: 1_000,
  /** S3: of one prefix, a second */
  s3Gets: 5_500,
  maxConcurrency: 10,
  /** six times the function's time limit, and the batching window */
  visibilitySeconds: 6 * 60 + STACK.batchingWindowSeconds,
} as const;

const BUCKET_SECONDS = 300;

/**
 * Objects with a matched call that one account may deliver in five minutes until its partition gives all its read units:
 * each batch reads what is there by then, on average half of it.
 * @param together objects of the account in one batch
 */
export function objectsThatFill(actors: number, together: number): number {
  const unitsForOne = tallyBytes(actors) / (2 * together * DYNAMODB_BYTES.readUnit);
  return Math.floor(Math.sqrt((LIMITS.partitionReads * BUCKET_SECONDS) / unitsForOne));
}

/** What runs at a time, where objects come evenly. */
export function loadOf(workload: Workload) {
  const objectsPerSecond = objectsPerMonth(workload) / (HOURS_PER_MONTH * 3600);
  const batch = objectsPerInvocation(workload);
  const milliseconds = invocationMilliseconds(workload);
  return {
    objectsPerSecond,
    objectsPerInvocation: batch,
    milliseconds,
    invocationsAtATime: (objectsPerSecond / batch) * (milliseconds / 1000),
  };
}
