import { LONGEST_BURST_SECONDS, type RuleParameters } from '../rule/rule';
import type { Span } from './spans';

/** A time already told as one alert; UTC epoch seconds, `until` exclusive. */
export interface Burst {
  readonly from: number;
  readonly until: number;
}

/** The longest time one alert stands for. */
export function longestBurst(rule: RuleParameters): number {
  return Math.max(LONGEST_BURST_SECONDS, rule.windowSeconds);
}

/**
 * Joins spans that share a call into bursts. A span that overlaps a told burst is no news: it extends the burst, as far
 * as `longest` allows. The rest become fresh bursts, none of which overlaps a told or another fresh one. Each fresh one
 * begins with a whole span, so that it reaches the threshold by itself.
 * @param spans by start
 * @returns the told bursts in their order, extended, and the fresh ones by start
 */
export function joinBursts<B extends Burst>(
  spans: readonly Span[],
  told: readonly B[],
  longest: number,
): { told: B[]; fresh: Span[] } {
  const extended = told.map(({ from, until }) => ({ from, until }));
  // Forwards and then backwards, since a burst grows from span to span at either end.
  for (const span of spans) {
    for (const burst of extended) {
      if (overlaps(span, burst) && span.end - burst.from <= longest) {
        burst.until = Math.max(burst.until, span.end);
      }
    }
  }
  for (const span of [...spans].reverse()) {
    for (const burst of extended) {
      if (overlaps(span, burst) && burst.until - span.start <= longest) {
        burst.from = Math.min(burst.from, span.start);
      }
    }
  }
  const news = spans.filter((span) => !extended.some((burst) => overlaps(span, burst)));
  return {
    told: told.map((burst, index) => ({ ...burst, ...extended[index] })),
    fresh: freshBursts(news, longest),
  };
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

function overlaps(span: Span, burst: Burst): boolean {
  return span.start < burst.until && span.end > burst.from;
}
