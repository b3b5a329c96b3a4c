import { countsCalls, RULE, type RuleParameters } from '../rule/rule';
import type { Bucket } from './partition';
import { ENCODING_VERSION } from './tally-encoding';

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
 * The ledger's partition key of a bucket. What the tallies' meaning depends on is part of it, so that a change of the
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
