/** Where a deployed detector meets the limits of what it is built on, as accounts or one account grow. */
import { invocationMilliseconds } from './function-time';
import { READ_UNIT_BYTES, tallyBytes } from './ledger-model';
import { ledgerOf } from './usage';
import { HOURS_A_MONTH, objectsPerInvocation, objectsPerMonth, type Workload } from './workload';

/** Each from the quotas of its service's developer guide; the last two are the stack's own defaults. */
export const LIMITS = {
  /** DynamoDB: of one partition key, a second */
  partitionReads: 3_000,
  partitionWrites: 1_000,
  /** SQS: messages handed out and not deleted, of one standard queue */
  inFlight: 120_000,
  /** Lambda: invocations at a time of an account and region, unless raised; new accounts begin with fewer */
  accountConcurrency: 1_000,
  /** S3: of one prefix, a second */
  s3Gets: 5_500,
  maxConcurrency: 10,
  /** seconds in which a message that failed is not handed out again: six times the time limit, and the batching window */
  visibilitySeconds: 361,
} as const;

const BUCKET_SECONDS = 300;

/**
 * Objects with a sighting that one account delivers in five minutes when its partition gives all the read units it has:
 * each batch reads what is there by then, half of it in the mean.
 * @param together objects of the account that one batch brings
 */
export function objectsThatFill(actors: number, together: number): number {
  const unitsForOne = tallyBytes(actors) / (2 * together * READ_UNIT_BYTES);
  return Math.floor(Math.sqrt((LIMITS.partitionReads * BUCKET_SECONDS) / unitsForOne));
}

export interface Load {
  readonly objectsPerSecond: number;
  readonly objectsPerInvocation: number;
  readonly milliseconds: number;
  readonly invocationsAtATime: number;
  /** messages out of sight if every one failed */
  readonly inFlightAtWorst: number;
}

/** What is under way at a time, where objects come evenly. */
export function loadOf(workload: Workload): Load {
  const objectsPerSecond = objectsPerMonth(workload) / (HOURS_A_MONTH * 3600);
  const batch = objectsPerInvocation(workload);
  const milliseconds = invocationMilliseconds(workload, ledgerOf(workload));
  return {
    objectsPerSecond,
    objectsPerInvocation: batch,
    milliseconds,
    invocationsAtATime: (objectsPerSecond / batch) * (milliseconds / 1000),
    inFlightAtWorst: objectsPerSecond * LIMITS.visibilitySeconds,
  };
}
