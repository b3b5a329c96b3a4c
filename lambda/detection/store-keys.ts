import { hashHex } from '../util/values';
import { countsCalls, RULE, type RuleParameters } from './rule';

/** Separates the live detector's state from that of each replay, whose keys begin with `replay/{id}/`. */
export interface Scope {
  readonly replayId: string | undefined;
}

export const LIVE: Scope = { replayId: undefined };

export function scopePrefix({ replayId }: Scope): string {
  return replayId === undefined ? '' : `replay/${replayId}/`;
}

/** A bucket's partition key, with all that gives tallies their meaning: a changed rule starts fresh state. */
export function bucketKey(bucket: Bucket, rule: RuleParameters, scope: Scope = LIVE): string {
  return `${partitionKey(bucket.partition, rule, scope)}/${bucket.start}`;
}

/** The prefix that all buckets of a partition share. */
export function partitionKey(partition: string, rule: RuleParameters, scope: Scope): string {
  return `${scopePrefix(scope)}${RULE.id}/${fingerprintOf(rule)}/${partition}`;
}

function fingerprintOf(rule: RuleParameters): string {
  const calls = countsCalls(rule) ? `calls${rule.minCalls}` : 'regions';
  return `v${ENCODING_VERSION}-${rule.groupBy}-${rule.windowSeconds}s-${calls}`;
}

/** Part of the store's keys: a new number starts fresh state instead of misreading the old. */
const ENCODING_VERSION = 1;

/** The unit that one query reads: all calls of an actor within a span of time are in one. */
export interface Bucket {
  readonly partition: string;
  /** UTC epoch second, a multiple of `bucketSeconds` */
  readonly start: number;
}

/** The smallest multiple of the window that is at least 300 s, so that a tumbling window never leaves its bucket. */
export function bucketSeconds(rule: RuleParameters): number {
  return Math.ceil(300 / rule.windowSeconds) * rule.windowSeconds;
}

export function bucketOf(actor: string, second: number, rule: RuleParameters): Bucket {
  const length = bucketSeconds(rule);
  return { partition: partitionOf(actor, rule), start: Math.floor(second / length) * length };
}

/** The account of the actor's ARN; without one, `-` and a byte of the actor's hash. Sharded if `partitions` says so. */
export function partitionOf(actor: string, rule: RuleParameters): string {
  const account = accountOfArn(actor) ?? `-${hashHex(1, actor)}`;
  if (rule.partitions === 1) return account;
  return `${account}.${Number.parseInt(hashHex(4, actor), 16) % rule.partitions}`;
}

/** `arn:PARTITION:SERVICE:REGION:ACCOUNT:…`, from the IAM user guide's "Amazon Resource Names". */
export function accountOfArn(actor: string): string | undefined {
  return /^arn:[^:]*:[^:]*:[^:]*:(\d{12}):/.exec(actor)?.[1];
}
