import { hashHex } from '../hash';
import type { RuleParameters } from '../rule/rule';

/** A place of the ledger that is read as a whole: every sighting of an actor within a bucket of time lies in one. */
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
