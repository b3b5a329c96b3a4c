import { hashHex } from '../util/values';
import { countsCalls, RULE, type RuleParameters } from './rule';

/**
 * Whose state it is: the live detector's, or that of one replay through it, which must not touch the live one.
 * A replay's keys lie under `replay/{id}/`.
 */
export interface Scope {
  readonly replayId: string | undefined;
}

export const LIVE: Scope = { replayId: undefined };

/** The start of every key of a scope. */
export function scopePrefix({ replayId }: Scope): string {
  return replayId === undefined ? '' : `replay/${replayId}/`;
}

/**
 * The state store's partition key of a bucket. What the tallies' meaning depends on is part of it, so that a change of the
 * rule starts fresh state instead of misreading the old.
 */
export function bucketKey(bucket: Bucket, rule: RuleParameters, scope: Scope = LIVE): string {
  return `${partitionKey(bucket.partition, rule, scope)}/${bucket.start}`;
}

/** What all buckets of a partition share. */
export function partitionKey(partition: string, rule: RuleParameters, scope: Scope): string {
  return `${scopePrefix(scope)}${RULE.id}/${fingerprintOf(rule)}/${partition}`;
}

function fingerprintOf(rule: RuleParameters): string {
  const calls = countsCalls(rule) ? `calls${rule.minCalls}` : 'regions';
  return `v${ENCODING_VERSION}-${rule.groupBy}-${rule.windowSeconds}s-${calls}`;
}

/** Part of the store's keys: a new number starts fresh state instead of misreading the old. */
const ENCODING_VERSION = 1;

/** A partition of the state store that is read at once: all calls of an actor within a bucket of time lie in one. */
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

/** The account of the actor's ARN; without one `-` and a byte of the actor's hash. Sharded when asked for. */
export function partitionOf(actor: string, rule: RuleParameters): string {
  const account = accountOfArn(actor) ?? `-${hashHex(1, actor)}`;
  if (rule.partitions === 1) return account;
  return `${account}.${Number.parseInt(hashHex(4, actor), 16) % rule.partitions}`;
}

/** `arn:PARTITION:SERVICE:REGION:ACCOUNT:…`, from the IAM user guide's "Amazon Resource Names". */
export function accountOfArn(actor: string): string | undefined {
  return /^arn:[^:]*:[^:]*:[^:]*:(\d{12}):/.exec(actor)?.[1];
}
