import type { GroupBy, Windowing } from '../detection/rule';
import { longestBurst } from '../detection/windows';
import type { ActorCalls } from './calls';

/** What a backtest compares. */
export interface Setting {
  readonly minRegions: number;
  readonly windowSeconds: number;
  readonly windowing: Windowing;
  readonly groupBy: GroupBy;
}

export const MIN_REGIONS: readonly number[] = [5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17];
export const WINDOW_SECONDS = [30, 60, 120, 300] as const;
export const WINDOWINGS = ['tumbling', 'sliding'] as const;
export const GROUPINGS = ['arn', 'issuer'] as const;

/** Receives each alert: which of MIN_REGIONS it is of, and its time in UTC epoch seconds, `until` exclusive. */
export type OnAlert = (threshold: number, from: number, until: number) => void;

/** Finds the alerts of one actor at a time, for all thresholds at once. */
export class AlertFinder {
  /** of the window at hand, by region */
  private readonly calls: Uint32Array;
  private readonly from = new Float64Array(MIN_REGIONS.length);
  private readonly until = new Float64Array(MIN_REGIONS.length);
  private longest = 0;
  private onAlert: OnAlert = () => undefined;

  /** @param regions how many there are */
  constructor(regions: number) {
    this.calls = new Uint32Array(regions);
  }

  find(
    calls: ActorCalls,
    { windowSeconds, windowing }: Pick<Setting, 'windowSeconds' | 'windowing'>,
    onAlert: OnAlert,
  ) {
    this.until.fill(Number.NEGATIVE_INFINITY);
    this.longest = longestBurst({ windowSeconds });
    this.onAlert = onAlert;
    if (windowing === 'tumbling') this.findAligned(calls, windowSeconds);
    else this.findSliding(calls, windowSeconds);
    for (const threshold of MIN_REGIONS.keys()) this.end(threshold);
  }

  private findAligned({ seconds, regions }: ActorCalls, length: number): void {
    for (let from = 0, to = 0; from < seconds.length; from = to) {
      const start = Math.floor(seconds[from]! / length) * length;
      let distinct = 0;
      for (; to < seconds.length && seconds[to]! < start + length; to++) {
        if (this.calls[regions[to]!]!++ === 0) distinct += 1;
      }
      for (let call = from; call < to; call++) this.calls[regions[call]!] = 0;
      this.add(start, start + length, distinct);
    }
  }

  /** As `spansOf` has it: for each second with a call, the calls of a window's length up to it. */
  private findSliding({ seconds, regions }: ActorCalls, length: number): void {
    let oldest = 0;
    let distinct = 0;
    for (let call = 0; call < seconds.length; call++) {
      const second = seconds[call]!;
      if (this.calls[regions[call]!]!++ === 0) distinct += 1;
      for (; seconds[oldest]! <= second - length; oldest++) {
        if (--this.calls[regions[oldest]!]! === 0) distinct -= 1;
      }
      if (seconds[call + 1] !== second) this.add(seconds[oldest]!, second + 1, distinct);
    }
    for (; oldest < seconds.length; oldest++) this.calls[regions[oldest]!] = 0;
  }

  /** Takes a window, in order of time: as `joinBursts` has it, one that overlaps the last alert extends that. */
  private add(start: number, end: number, distinct: number): void {
    const reached = Math.min(distinct - MIN_REGIONS[0]! + 1, MIN_REGIONS.length);
    for (let threshold = 0; threshold < reached; threshold++) {
      if (start >= this.until[threshold]!) {
        this.end(threshold);
        this.from[threshold] = start;
        this.until[threshold] = end;
      } else if (end - this.from[threshold]! <= this.longest) {
        this.until[threshold] = end;
      }
    }
  }

  private end(threshold: number): void {
    const until = this.until[threshold]!;
    if (until > Number.NEGATIVE_INFINITY) this.onAlert(threshold, this.from[threshold]!, until);
  }
}
