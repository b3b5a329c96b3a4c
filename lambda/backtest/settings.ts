import { type ActorCalls, PIECE } from '../detection/call-table';
import type { RuleParameters } from '../detection/rule';
import { longestBurst } from '../detection/windows';

export type Setting = Pick<RuleParameters, 'minRegions' | 'windowSeconds' | 'windowing' | 'groupBy'>;

export const MIN_REGIONS: readonly number[] = [5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17];
export const WINDOW_SECONDS = [30, 60, 120, 300] as const;
export const WINDOWINGS = ['tumbling', 'sliding'] as const;
export const GROUPINGS = ['arn', 'issuer'] as const;

/** An alert of one threshold, by its index. UTC epoch seconds, `end` exclusive. */
export interface AlertTime {
  readonly threshold: number;
  readonly start: number;
  readonly end: number;
}

/** Finds the alerts of one actor at a time, for all thresholds at once. */
export class AlertFinder {
  /** of the window at hand, by region */
  private readonly calls: Uint32Array;
  private readonly start: Float64Array;
  private readonly end: Float64Array;
  private longest = 0;
  private found: AlertTime[] = [];

  /** @param thresholds of regions, each one more than the one before */
  constructor(
    regions: number,
    private readonly thresholds: readonly number[],
  ) {
    this.calls = new Uint32Array(regions);
    this.start = new Float64Array(thresholds.length);
    this.end = new Float64Array(thresholds.length);
  }

  /** Gives its alerts piece by piece, those of one threshold in order of time. */
  *find(calls: ActorCalls, window: Pick<Setting, 'windowSeconds' | 'windowing'>): Iterable<readonly AlertTime[]> {
    const { windowSeconds, windowing } = window;
    this.end.fill(Number.NEGATIVE_INFINITY);
    this.longest = longestBurst({ windowSeconds });
    yield* this.slide(calls, windowSeconds, windowing === 'tumbling');
    for (const threshold of this.thresholds.keys()) this.finish(threshold);
    yield this.taken();
  }

  /** As `spansOf` has it: aligned windows; or for each second with a call those of a window's length up to it. */
  private *slide({ seconds, regions }: ActorCalls, length: number, isAligned: boolean): Iterable<readonly AlertTime[]> {
    let oldest = 0;
    let distinct = 0;
    for (let call = 0; call < seconds.length; call++) {
      const second = seconds[call]!;
      const end = isAligned ? (Math.floor(second / length) + 1) * length : second + 1;
      if (this.calls[regions[call]!]!++ === 0) distinct += 1;
      for (; seconds[oldest]! < end - length; oldest++) {
        if (--this.calls[regions[oldest]!]! === 0) distinct -= 1;
      }
      const isLast = call + 1 === seconds.length || seconds[call + 1]! >= end;
      if (isLast) this.add(isAligned ? end - length : seconds[oldest]!, end, distinct);
      if (call % PIECE === PIECE - 1) yield this.taken();
    }
    for (; oldest < seconds.length; oldest++) this.calls[regions[oldest]!] = 0;
  }

  /** Takes a window, in order of time: as `joinBursts` has it, one that overlaps the last alert extends that. */
  private add(start: number, end: number, distinct: number): void {
    const reached = Math.min(distinct - this.thresholds[0]! + 1, this.thresholds.length);
    for (let threshold = 0; threshold < reached; threshold++) {
      if (start >= this.end[threshold]!) {
        this.finish(threshold);
        this.start[threshold] = start;
        this.end[threshold] = end;
      } else if (end - this.start[threshold]! <= this.longest) {
        this.end[threshold] = end;
      }
    }
  }

  private finish(threshold: number): void {
    const end = this.end[threshold]!;
    if (end > Number.NEGATIVE_INFINITY) this.found.push({ threshold, start: this.start[threshold]!, end });
  }

  private taken(): readonly AlertTime[] {
    const { found } = this;
    this.found = [];
    return found;
  }
}
