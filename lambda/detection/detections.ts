import type { ObjectRef } from '../ports';
import type { Turn } from '../util/concurrency';
import { compareText, getOrInsert, hashHex, maxOf, minOf } from '../util/values';
import type { CallTable } from './call-table';
import { RULE, type RuleParameters, slowRule } from './rule';
import type { Activity, Cell } from './tally';
import { joinBursts, longestBurst, type Span, slowSpansOf, spansOf } from './windows';

/** One actor over the threshold in one window or burst. */
export interface Detection extends Span {
  readonly actor: string;
  /** by first call, then name */
  readonly regions: readonly DetectionRegion[];
  /** objects that hold the calls, perhaps among others */
  readonly objects: readonly ObjectRef[];
  /** seconds before and after it in which evidence is searched, if not the default */
  readonly aroundSeconds?: number | undefined;
  readonly isSlow?: boolean | undefined;
}

/** UTC epoch seconds of the first and last call in the region. */
export interface DetectionRegion {
  readonly region: string;
  readonly first: number;
  readonly last: number;
}

export function firstCallOf(regions: readonly Pick<DetectionRegion, 'first'>[]): number {
  return minOf(regions.map(({ first }) => first));
}

export function lastCallOf(regions: readonly Pick<DetectionRegion, 'last'>[]): number {
  return maxOf(regions.map(({ last }) => last));
}

/** All detections of one actor by time, those of the slow window last; what was published before does not matter. */
export function findDetections(activity: Activity, rule: RuleParameters): Detection[] {
  const { fresh } = joinBursts(spansOf(activity.cells, rule), [], longestBurst(rule));
  const slow = joinBursts(slowSpansOf(activity.cells, rule), [], longestBurst(rule)).fresh;
  return [
    ...fresh.map((span) => detectionOf(activity, span)),
    ...slow.map((span) => ({ ...detectionOf(activity, span), isSlow: true })),
  ];
}

/** The rule, or slow rule, that a detection meets. */
export function ruleOf({ isSlow }: Detection, rule: RuleParameters): RuleParameters {
  return (isSlow && slowRule(rule)) || rule;
}

/** The detections in all calls of their actors: newest first, then by actor. */
export async function detectionsIn(calls: CallTable, rule: RuleParameters, turn: Turn): Promise<Detection[]> {
  const detections: Detection[] = [];
  for await (const activity of calls.activities(turn)) {
    for (const detection of findDetections(activity, rule)) detections.push(detection);
  }
  return detections.sort((a, b) => b.start - a.start || compareText(a.actor, b.actor));
}

export function detectionOf({ actor, cells, objects }: Activity, span: Span): Detection {
  const { start, end, decidedAt } = span;
  return {
    ...{ actor, start, end, decidedAt },
    regions: regionsIn(cells, span),
    objects: objects.filter(({ first, last }) => last >= start && first < end).map(({ object }) => object),
  };
}

function regionsIn(cells: readonly Cell[], span: Span): DetectionRegion[] {
  const regions = new Map<string, { region: string; first: number; last: number }>();
  for (const { region, second } of cells) {
    if (second < span.start || second >= span.end) continue;
    // Cells are ordered by time and name, so regions come out by first call and name.
    getOrInsert(regions, region, () => ({ region, first: second, last: second })).last = second;
  }
  return [...regions.values()];
}

/** Derived from rule, window (or first published start) and actor, so that repeats can be recognised. */
export function alertIdOf(rule: RuleParameters, start: number, actor: string): string {
  return hashHex(16, RULE.id, rule.windowing, String(start), actor);
}
