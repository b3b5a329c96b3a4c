import type { Detection } from '../../detection/detections';
import { getOrInsert } from '../../util/values';

/** Seconds before and after a detection that its evidence covers by default. */
export const AROUND_SECONDS = 300;

/** UTC epoch seconds, `until` exclusive. */
export interface TimeRange {
  readonly from: number;
  readonly until: number;
}

/** The interval of a detection's evidence. */
export function timeAround(detection: Pick<Detection, 'start' | 'end' | 'aroundSeconds'>): TimeRange {
  const { start, end, aroundSeconds = AROUND_SECONDS } = detection;
  return { from: start - aroundSeconds, until: end + aroundSeconds };
}

export function secondsOf({ from, until }: TimeRange): number {
  return until - from;
}

export function isWithin(second: number, { from, until }: TimeRange): boolean {
  return second >= from && second < until;
}

/** Seconds of one span of the index. */
export const SPAN_SECONDS = 300;

/** A number for each span that overlaps a range. */
export function* spansOf({ from, until }: TimeRange): Generator<number, undefined> {
  for (let span = spanOf(from); span * SPAN_SECONDS < until; span++) yield span;
}

export function spanOf(second: number): number {
  return Math.floor(second / SPAN_SECONDS);
}

/** Finds the detections a call may belong to, without going through all of them. */
export class DetectionIndex<T extends { readonly detection: Detection }> {
  private readonly items = new Map<string, T[]>();

  constructor(items: Iterable<T>) {
    for (const item of items) {
      for (const span of spansOf(timeAround(item.detection))) {
        getOrInsert(this.items, keyOf(item.detection.actor, span), () => []).push(item);
      }
    }
  }

  /** The actor's detections whose evidence interval contains `second`. */
  around(actor: string, second: number): readonly T[] {
    const near = this.items.get(keyOf(actor, spanOf(second))) ?? [];
    return near.filter(({ detection }) => isWithin(second, timeAround(detection)));
  }
}

function keyOf(actor: string, span: number): string {
  return `${span} ${actor}`;
}
