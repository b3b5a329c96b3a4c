import { entry } from '../collections';
import type { ObjectRef } from '../ports';
import { countsCalls, LONGEST_BURST_SECONDS, type RuleParameters } from '../rule/rule';
import type { Activity } from './merge';
import type { Cell } from './tally';

/** One actor over the threshold in one window. Seconds are UTC epoch; `end` is exclusive. */
export interface Hit {
  readonly actor: string;
  readonly start: number;
  readonly end: number;
  /** second of the call that decided it */
  readonly decidedAt: number;
  /** by first call, then name */
  readonly regions: readonly HitRegion[];
  /** where the calls were told */
  readonly objects: readonly ObjectRef[];
}

export interface HitRegion {
  readonly region: string;
  readonly first: number;
  readonly last: number;
}

/** The hits of one actor, in order of time. */
export function findHits(activity: Activity, rule: RuleParameters): Hit[] {
  const spans =
    rule.windowing === 'tumbling' ? tumblingSpans(activity.cells, rule) : slidingSpans(activity.cells, rule);
  return spans.map((span) => ({
    actor: activity.actor,
    start: span.start,
    end: span.end,
    decidedAt: span.decidedAt,
    regions: regionsIn(activity.cells, span),
    objects: activity.objects
      .filter(({ first, last }) => last >= span.start && first < span.end)
      .map(({ object }) => object),
  }));
}

interface Span {
  readonly start: number;
  readonly end: number;
  readonly decidedAt: number;
}

interface TumblingWindow {
  readonly count: Count;
  decidedAt?: number;
}

/** Windows aligned to the epoch that hold enough; each stands for itself. */
function tumblingSpans(cells: readonly Cell[], rule: RuleParameters): Span[] {
  const windows = new Map<number, TumblingWindow>();
  for (const cell of cells) {
    const start = Math.floor(cell.second / rule.windowSeconds) * rule.windowSeconds;
    const window = entry(windows, start, (): TumblingWindow => ({ count: new Count(rule) }));
    window.count.add(cell);
    if (window.count.isEnough) window.decidedAt ??= cell.second;
  }
  return [...windows].flatMap(([start, { decidedAt }]) =>
    decidedAt === undefined ? [] : [{ start, end: start + rule.windowSeconds, decidedAt }],
  );
}

/**
 * Bursts: what any half-open interval of one window's length holds enough of, joined where such intervals share a
 * call. Each ends with its last call. One that goes on too long is told in pieces, and each piece is a burst itself.
 */
function slidingSpans(cells: readonly Cell[], rule: RuleParameters): Span[] {
  const longest = Math.max(LONGEST_BURST_SECONDS, rule.windowSeconds);
  const spans: { start: number; end: number; decidedAt: number }[] = [];
  for (const dense of denseIntervals(cells, rule)) {
    const burst = spans.at(-1);
    if (burst !== undefined && dense.first < burst.end && dense.last - burst.start < longest) {
      burst.end = dense.last + 1;
    } else {
      spans.push({ start: dense.first, end: dense.last + 1, decidedAt: dense.last });
    }
  }
  return spans;
}

/** For each second with a call: the calls of the window's length up to it, where they are enough. */
function* denseIntervals(
  cells: readonly Cell[],
  rule: RuleParameters,
): Generator<{ first: number; last: number }> {
  const count = new Count(rule);
  let oldest = 0;
  for (let newest = 0; newest < cells.length; newest += 1) {
    const { second } = cells[newest]!;
    count.add(cells[newest]!);
    while (cells[oldest]!.second <= second - rule.windowSeconds) count.remove(cells[oldest++]!);
    const endsSecond = cells[newest + 1]?.second !== second;
    if (endsSecond && count.isEnough) yield { first: cells[oldest]!.second, last: second };
  }
}

/** Distinct regions, and distinct calls where they matter, of the cells put in and not yet taken out. */
class Count {
  private readonly regions = new Map<string, number>();
  private readonly calls = new Map<string, number>();

  constructor(private readonly rule: RuleParameters) {}

  add(cell: Cell): void {
    change(this.regions, cell.region, 1);
    for (const hash of cell.callHashes) change(this.calls, hash, 1);
  }

  remove(cell: Cell): void {
    change(this.regions, cell.region, -1);
    for (const hash of cell.callHashes) change(this.calls, hash, -1);
  }

  get isEnough(): boolean {
    if (this.regions.size < this.rule.minRegions) return false;
    return !countsCalls(this.rule) || this.calls.size >= this.rule.minCalls;
  }
}

function change(counts: Map<string, number>, key: string, by: number): void {
  const count = (counts.get(key) ?? 0) + by;
  if (count === 0) counts.delete(key);
  else counts.set(key, count);
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
