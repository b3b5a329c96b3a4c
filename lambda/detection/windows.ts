import { addTo } from '../util/values';
import { countsCalls, LONGEST_BURST_SECONDS, type RuleParameters, slowRule } from './rule';
import type { Cell } from './tally';

/** An interval over the threshold: UTC epoch seconds, `end` exclusive; the call at `decidedAt` reached it. */
export interface Span {
  readonly start: number;
  readonly end: number;
  readonly decidedAt: number;
}

/**
 * The spans of one actor's cells (by time, ascending) that reach the rule's threshold, by start: tumbling windows; or for
 * each second with a call the window that ends there. Any other sliding window over the threshold, up to its last call,
 * lies in one of these, so they stand for all.
 */
export function spansOf(cells: readonly Cell[], rule: RuleParameters): Span[] {
  const { windowSeconds: length, windowing } = rule;
  const isTumbling = windowing === 'tumbling';
  const count = new Count(rule);
  const spans: Span[] = [];
  let oldest = 0;
  for (const [newest, cell] of cells.entries()) {
    const { second } = cell;
    const end = isTumbling ? (Math.floor(second / length) + 1) * length : second + 1;
    const start = end - length;
    count.change(cell, 1);
    while (cells[oldest]!.second < start) count.change(cells[oldest++]!, -1);
    if (!count.isEnough) continue;
    if (isTumbling) {
      if (spans.at(-1)?.start !== start) spans.push({ start, end, decidedAt: second });
    } else if (cells[newest + 1]?.second !== second) {
      spans.push({ start: cells[oldest]!.second, end, decidedAt: second });
    }
  }
  return spans;
}

/** The spans in which the first window finds something, which the slow window leaves alone. */
export function firstBurstsOf(cells: readonly Cell[], rule: RuleParameters): Span[] {
  return freshBursts(spansOf(cells, rule), Number.POSITIVE_INFINITY);
}

/** The spans of the slow window, without those that overlap what the first one finds. */
export function slowSpansOf(cells: readonly Cell[], rule: RuleParameters): Span[] {
  const slow = slowRule(rule);
  if (slow === undefined) return [];
  const found = firstBurstsOf(cells, rule);
  let next = 0;
  return spansOf(cells, slow).filter(({ start, end }) => {
    while (next < found.length && found[next]!.end <= start) next += 1;
    return next === found.length || found[next]!.start >= end;
  });
}

/** Distinct regions, and distinct calls where they matter, of the cells put in and not yet taken out. */
class Count {
  private readonly regions = new Map<string, number>();
  private readonly calls = new Map<string, number>();

  constructor(private readonly rule: RuleParameters) {}

  /** @param by 1 to put a cell in, -1 to take it out */
  change(cell: Cell, by: number): void {
    addTo(this.regions, cell.region, by);
    for (const hash of cell.callHashes) addTo(this.calls, hash, by);
  }

  get isEnough(): boolean {
    if (this.regions.size < this.rule.minRegions) return false;
    return !countsCalls(this.rule) || this.calls.size >= this.rule.minCalls;
  }
}

/** The interval of an alert; UTC epoch seconds, `until` exclusive. */
export interface Burst {
  readonly from: number;
  readonly until: number;
}

/** The longest interval of one alert, in seconds. */
export function longestBurst(rule: Pick<RuleParameters, 'windowSeconds'>): number {
  return Math.max(LONGEST_BURST_SECONDS, rule.windowSeconds);
}

/**
 * Joins spans that share a call into bursts. A span that overlaps a known burst extends it, as far as `longest` allows.
 * The rest become fresh bursts, none of which overlaps a known or another fresh one. Each fresh one begins with a
 * complete span, so that it reaches the threshold by itself.
 * @param spans by start
 * @returns the known bursts in their order, extended, and the fresh ones by start
 */
export function joinBursts<B extends Burst>(
  spans: readonly Span[],
  known: readonly B[],
  longest: number,
): { known: B[]; fresh: Span[] } {
  const extended = known.map(({ from, until }) => ({ from, until }));
  // Forwards, then backwards, since a burst grows at both ends.
  for (const span of spans) {
    for (const burst of extended) {
      if (overlaps(span, burst) && span.end - burst.from <= longest) burst.until = Math.max(burst.until, span.end);
    }
  }
  for (const span of [...spans].reverse()) {
    for (const burst of extended) {
      if (overlaps(span, burst) && burst.until - span.start <= longest) burst.from = Math.min(burst.from, span.start);
    }
  }
  const uncovered = spans.filter((span) => !extended.some((burst) => overlaps(span, burst)));
  const grown = known.map((burst, index) => ({ ...burst, ...extended[index] }));
  return { known: grown, fresh: freshBursts(uncovered, longest) };
}

function freshBursts(spans: readonly Span[], longest: number): Span[] {
  const bursts: Span[] = [];
  for (const span of spans) {
    const last = bursts.at(-1);
    if (last === undefined || span.start >= last.end) bursts.push(span);
    else if (span.end - last.start <= longest) bursts.splice(-1, 1, { ...last, end: span.end });
  }
  return bursts;
}

export function overlaps(span: Pick<Span, 'start' | 'end'>, burst: Burst): boolean {
  return span.start < burst.until && span.end > burst.from;
}

/** Calls by time: of each its UTC epoch second, and its region by a number. */
interface Calls {
  readonly seconds: Float64Array;
  readonly regions: Uint32Array;
}

/** Calls in some regions: UTC epoch seconds from the first to the last, `end` exclusive. */
export interface Window {
  readonly regions: number;
  readonly start: number;
  readonly end: number;
}

/** The window of the rule's own kind with the most regions; of several, the newest. */
export function fullestWindow(calls: Calls, { windowing, windowSeconds: length }: RuleParameters): Window {
  let best: Window = { regions: 0, start: 0, end: 0 };
  const isTooLong = (start: number, end: number) =>
    windowing === 'tumbling' ? Math.floor(start / length) < Math.floor((end - 1) / length) : end - start > length;
  slide(calls, isTooLong, (start, end, regions) => {
    if (regions >= best.regions) best = { regions, start, end };
  });
  return best;
}

/** The shortest window with that many regions, of several the newest; undefined if all are longer than `longest`. */
export function shortestWindow(calls: Calls, minRegions: number, longest: number): Window | undefined {
  let best: Window | undefined;
  let shortest = longest;
  const isTooLong = (start: number, end: number, regions: number) => {
    if (end - start > longest) return true;
    if (regions < minRegions) return false;
    if (end - start <= shortest) {
      best = { regions, start, end };
      shortest = end - start;
    }
    return true;
  };
  slide(calls, isTooLong, () => undefined);
  return best;
}

type Look<T> = (start: number, end: number, regions: number) => T;

/** Moves a window from call to call: drops its oldest while it is too long, then calls `at`. */
function slide({ seconds, regions }: Calls, isTooLong: Look<boolean>, at: Look<void>): void {
  const counts = new Map<number, number>();
  let oldest = 0;
  for (let newest = 0; newest < seconds.length; newest++) {
    addTo(counts, regions[newest]!);
    const end = seconds[newest]! + 1;
    while (oldest <= newest && isTooLong(seconds[oldest]!, end, counts.size)) addTo(counts, regions[oldest++]!, -1);
    if (oldest <= newest) at(seconds[oldest]!, end, counts.size);
  }
}
