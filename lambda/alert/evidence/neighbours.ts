import { compareText, formatInstant, getOrInsert } from '../../util/values';
import type { NotedCall } from './call';
import { SPAN_SECONDS, spanOf, spansOf, type TimeRange } from './detection-index';
import type { Neighbour } from './model';
import { CallSum } from './other-calls';

/** The characters of `2026-11-24T04:01:30Z` that identify ten minutes. */
const TEN_MINUTES = '2026-11-24T04:0'.length;

/** Bounds of what is kept of everybody, so that a busy trail does not fill the memory. */
const MAX_PLACES = 20_000;
const MAX_ACTORS = 50;
const MAX_REGIONS = 50;
const MAX_LISTED = 20;

/** Of many only some are listed. */
export interface Neighbours {
  readonly listed: readonly Neighbour[];
  readonly count: number;
}

/** Who called from where: by place with any call, and by session issuer with the rule's call. */
export class Neighbourhood {
  private readonly places = new Map<string, Map<string, CallSum>>();
  private readonly spans: ReadonlySet<number>;

  /** @param times the only ones that are asked for later */
  constructor(times: readonly TimeRange[]) {
    this.spans = new Set(times.flatMap((time) => [...spansOf(time)]));
  }

  /** Whether a call of that time may be asked for. */
  covers(second: number): boolean {
    return this.spans.has(spanOf(second));
  }

  /** Literals of which every record of a covered time has one: ten minutes each, as CloudTrail writes it. */
  literals(): string[] {
    const times = [...this.spans].map((span) => formatInstant(span * SPAN_SECONDS).slice(0, TEN_MINUTES));
    return [...new Set(times)].map((time) => `"${time}`);
  }

  /** @param isMatchedCall whether it is a call the rule counts */
  add(call: NotedCall, isMatchedCall: boolean): void {
    const { actor, arn, issuer, place } = call;
    const who = arn ?? actor;
    if (who === undefined) return;
    if (place !== undefined) this.note(place, who, call);
    if (isMatchedCall && issuer !== undefined) this.note(issuer, who, call);
  }

  private note(place: string, who: string, call: NotedCall): void {
    const key = keyOf(place, spanOf(call.second));
    if (this.places.size >= MAX_PLACES && !this.places.has(key)) return;
    const actors = getOrInsert(this.places, key, () => new Map<string, CallSum>());
    if (actors.size >= MAX_ACTORS && !actors.has(who)) return;
    getOrInsert(actors, who, () => new CallSum()).add(call, MAX_REGIONS);
  }

  /**
   * Who else called from one of the places in that time.
   * @param own what the actor itself is called
   * @returns those in most regions, and how many there are
   */
  at(places: Iterable<string>, time: TimeRange, own: ReadonlySet<string>): Neighbours {
    const found = new Map<string, { actor: string; shares: string; calls: number; regions: Set<string> }>();
    for (const place of places) {
      for (const span of spansOf(time)) {
        for (const [actor, sum] of this.places.get(keyOf(place, span)) ?? []) {
          if (own.has(actor) || sum.last < time.from || sum.first >= time.until) continue;
          const fresh = { actor, shares: place, calls: 0, regions: new Set<string>() };
          const neighbour = getOrInsert(found, actor, () => fresh);
          neighbour.calls += sum.calls;
          for (const region of sum.regions) neighbour.regions.add(region);
        }
      }
    }
    const sorted = [...found.values()]
      .map((one) => ({ ...one, regions: one.regions.size }))
      .sort((a, b) => b.regions - a.regions || b.calls - a.calls || compareText(a.actor, b.actor));
    return { listed: sorted.slice(0, MAX_LISTED), count: sorted.length };
  }
}

function keyOf(place: string, more: string | number): string {
  return JSON.stringify([place, more]);
}
