import { entry, greatestOf, leastOf } from '../collections';
import type { ObjectRef } from '../ports';
import type { RuleParameters } from '../rule/rule';
import { joinBursts, longestBurst } from './bursts';
import type { Activity } from './merge';
import { type Span, spansOf } from './spans';
import type { Cell } from './tally';

/** One actor over the threshold in one window or burst. */
export interface Hit extends Span {
  readonly actor: string;
  /** by first call, then name */
  readonly regions: readonly HitRegion[];
  /** where the calls were told */
  readonly objects: readonly ObjectRef[];
}

/** UTC epoch seconds of the first and last call there. */
export interface HitRegion {
  readonly region: string;
  readonly first: number;
  readonly last: number;
}

/** UTC epoch second of the first call in any of these regions. */
export function firstCallOf(regions: readonly Pick<HitRegion, 'first'>[]): number {
  return leastOf(regions.map(({ first }) => first));
}

/** The same of the last one. */
export function lastCallOf(regions: readonly Pick<HitRegion, 'last'>[]): number {
  return greatestOf(regions.map(({ last }) => last));
}

/** The hits of one actor, in order of time: where nothing was told yet. */
export function findHits(activity: Activity, rule: RuleParameters): Hit[] {
  return joinBursts(spansOf(activity.cells, rule), [], longestBurst(rule)).fresh.map((span) =>
    hitOf(activity, span),
  );
}

/** What an actor did in a span. */
export function hitOf({ actor, cells, objects }: Activity, span: Span): Hit {
  return {
    actor,
    start: span.start,
    end: span.end,
    decidedAt: span.decidedAt,
    regions: regionsIn(cells, span),
    objects: objects
      .filter(({ first, last }) => last >= span.start && first < span.end)
      .map(({ object }) => object),
  };
}

function regionsIn(cells: readonly Cell[], span: Span): HitRegion[] {
  const regions = new Map<string, { region: string; first: number; last: number }>();
  for (const { region, second } of cells) {
    if (second < span.start || second >= span.end) continue;
    // Cells come by time and name, so regions stand by first call and name, and the last one seen is the latest.
    entry(regions, region, () => ({ region, first: second, last: second })).last = second;
  }
  return [...regions.values()];
}
