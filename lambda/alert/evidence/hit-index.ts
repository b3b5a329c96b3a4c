import { entry } from '../../collections';
import type { Hit } from '../../window/hits';
import type { Collector } from './collector';

/** What lies this far before and behind a hit belongs to its evidence. */
export const AROUND_SECONDS = 300;

/** Finds the hits a record may tell of, without going through all of them. */
export class HitIndex {
  private readonly byActor = new Map<string, Collector[]>();
  private readonly longest: number;

  constructor(collectors: Iterable<Collector>) {
    let longest = 0;
    for (const collector of collectors) {
      const { actor, start, end } = collector.hit;
      entry(this.byActor, actor, () => []).push(collector);
      longest = Math.max(longest, end - start);
    }
    this.longest = longest;
    for (const own of this.byActor.values()) own.sort((a, b) => a.hit.start - b.hit.start);
  }

  /** The actor's hits with `second` in them or no further away than evidence goes. */
  *around(actor: string, second: number): Iterable<Collector> {
    const own = this.byActor.get(actor);
    if (own === undefined) return;
    for (let at = firstFrom(own, second - this.longest - AROUND_SECONDS); at < own.length; at++) {
      const { hit } = own[at]!;
      if (hit.start - AROUND_SECONDS > second) return;
      if (second < hit.end + AROUND_SECONDS) yield own[at]!;
    }
  }
}

/** The first that starts at `second` or later. */
function firstFrom(own: readonly Collector[], second: number): number {
  let low = 0;
  let high = own.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (own[middle]!.hit.start < second) low = middle + 1;
    else high = middle;
  }
  return low;
}

export function isWithin({ start, end }: Hit, second: number): boolean {
  return second >= start && second < end;
}
