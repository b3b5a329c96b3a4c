import { countsCalls, RULE, type RuleParameters } from '../rule/rule';
import type { Bucket } from './partition';
import { ENCODING_VERSION } from './tally-encoding';

/**
 * The ledger's partition key of a bucket. What the tallies' meaning depends on is part of it, so that a change of the
 * rule starts fresh state instead of misreading the old.
 */
export function bucketKey(bucket: Bucket, rule: RuleParameters): string {
  return `${RULE.id}/${fingerprintOf(rule)}/${bucket.partition}/${bucket.start}`;
}

function fingerprintOf(rule: RuleParameters): string {
  const calls = countsCalls(rule) ? `calls${rule.minCalls}` : 'regions';
  return `v${ENCODING_VERSION}-${rule.groupBy}-${rule.windowSeconds}s-${calls}`;
}
