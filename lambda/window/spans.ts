import { entry } from '../collections';
import type { RuleParameters } from '../rule/rule';
import { Count } from './count';
import type { Cell } from './tally';

/** A time that holds enough: UTC epoch seconds, `end` exclusive, `decidedAt` the second of the call that decided it. */
export interface Span {
  readonly start: number;
  readonly end: number;
  readonly decidedAt: number;
}

/** The spans of one actor's cells (by time, ascending) that reach the rule's threshold, by start. */
export function spansOf(cells: readonly Cell[], rule: RuleParameters): Span[] {
  return rule.windowing === 'tumbling' ? tumblingSpans(cells, rule) : denseSpans(cells, rule);
}

interface TumblingWindow {
  readonly count: Count;
  decidedAt?: number;
}

/** Windows aligned to the epoch; each stands for itself. */
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
 * For each second with a call: the calls of a window's length up to it, where they are enough. Any interval of that
 * length that holds enough lies in one of these up to its last call, so they stand for all of them.
 */
function denseSpans(cells: readonly Cell[], rule: RuleParameters): Span[] {
  const count = new Count(rule);
  const spans: Span[] = [];
  let oldest = 0;
  for (const [newest, cell] of cells.entries()) {
    count.add(cell);
    while (cells[oldest]!.second <= cell.second - rule.windowSeconds) count.remove(cells[oldest++]!);
    const endsSecond = cells[newest + 1]?.second !== cell.second;
    if (endsSecond && count.isEnough) {
      spans.push({ start: cells[oldest]!.second, end: cell.second + 1, decidedAt: cell.second });
    }
  }
  return spans;
}
