import { entry } from '../collections';
import { type ObjectRef, objectName } from '../ports';
import type { RuleParameters } from '../rule/rule';
import { firstCallOf, type Hit, lastCallOf } from '../window/hits';
import { accountOfArn } from '../window/partition';
import type { Evidence } from './evidence/evidence';
import type { Findings } from './findings';
import { many, ours, quote, say, type Text } from './text';
import { alertIdOf } from './told';

/** What is told of one hit; every rendering is made from this. Seconds are UTC epoch. */
export interface Alert {
  /** the same for the same rule, window and actor, so that a repeat can be recognised */
  readonly alertId: string;
  readonly rule: RuleParameters;
  readonly actor: string;
  readonly account: string | undefined;
  readonly start: number;
  /** exclusive */
  readonly end: number;
  readonly decidedAt: number;
  /** by first call, then name */
  readonly regions: readonly AlertRegion[];
  readonly evidence: Evidence;
  /** kept where lists or texts were cut since they were drawn */
  readonly findings?: Findings;
  /** names of the objects the calls were told in */
  readonly objects: readonly string[];
  /** true where reading was broken off, so that more may be to tell */
  readonly partial: boolean;
}

export interface AlertRegion {
  readonly name: string;
  readonly first: number;
  readonly last: number;
  /** calls of which the records were read */
  readonly calls: number;
  /** as in `Evidence` */
  readonly failed: number;
  readonly refused: number;
}

export function buildAlert(hit: Hit, evidence: Evidence, rule: RuleParameters, partial: boolean): Alert {
  const calls = new Map<string, { calls: number; failed: number; refused: number }>();
  for (const cell of evidence.timeline) {
    const region = entry(calls, cell.region, () => ({ calls: 0, failed: 0, refused: 0 }));
    region.calls += cell.calls;
    region.failed += cell.failed;
    region.refused += cell.refused;
  }
  return {
    alertId: alertIdOf(rule, hit.start, hit.actor),
    rule,
    actor: hit.actor,
    account: evidence.accounts[0]?.value ?? accountOfArn(hit.actor),
    start: hit.start,
    end: hit.end,
    decidedAt: hit.decidedAt,
    regions: hit.regions.map(({ region, first, last }) => ({
      name: region,
      first,
      last,
      ...(calls.get(region) ?? { calls: 0, failed: 0, refused: 0 }),
    })),
    evidence,
    objects: hit.objects.map((object: ObjectRef) => objectName(object)),
    partial,
  };
}

/** Newest window first; within one, by actor. */
export function newestFirst(a: Alert, b: Alert): number {
  if (a.start !== b.start) return b.start - a.start;
  return a.actor < b.actor ? -1 : 1;
}

/** Whether calls may be missing from the count. */
export function isLowerBound({ evidence }: Pick<Alert, 'evidence'>): boolean {
  return evidence.gaps.length > 0;
}

/** Distinct calls; where records could not be read at least as many as the tallies tell of: a region's first and last. */
export function callCountOf(alert: Pick<Alert, 'evidence' | 'regions'>): number {
  const told = alert.regions.reduce((sum, { first, last }) => sum + (first === last ? 1 : 2), 0);
  return isLowerBound(alert) ? Math.max(alert.evidence.calls, told) : alert.evidence.calls;
}

/** What happened, in one sentence. */
export function sentenceOf(alert: Alert): Text {
  const first = firstCallOf(alert.regions);
  const last = lastCallOf(alert.regions);
  const calls = ours(many(callCountOf(alert), 'call'));
  const atLeast = ours(isLowerBound(alert) ? 'at least ' : '');
  return say`${quote(alert.actor, 600)} called EC2 DescribeInstances in ${ours(many(alert.regions.length, 'region'))} within ${last - first + 1} s (${atLeast}${calls}).`;
}
