import { compareText, entry } from '../../collections';
import type { Hit } from '../../window/hits';
import { isRefusal } from './call-kinds';
import { Counts } from './counts';
import type { Evidence, Neighbour, Request, Search, Sessions, TimelineCell } from './evidence';
import { OtherCalls } from './other-calls';
import type { SeenCall } from './seen-call';

const MOST_CALLS = 100_000;
const MOST_REQUESTS = 50;
const LONGEST_ID = 100;

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

/** Gathers what is seen of one hit, in any order and as often as it is seen. */
export class Collector {
  readonly counts = new Counts();
  readonly others = new OtherCalls();
  private readonly seen = new Set<string>();
  private readonly cells = new Map<string, Mutable<TimelineCell>>();
  private readonly gaps = new Set<string>();
  private readonly regionsByArn = new Map<string, Set<string>>();
  private requests: Request[] = [];
  private readonly sums = { denied: 0, refused: 0, fromConsole: 0, unfiltered: 0, dryRuns: 0 };
  private firstRefused = Number.POSITIVE_INFINITY;
  private firstAllowed = Number.POSITIVE_INFINITY;

  constructor(readonly hit: Hit) {}

  /** A call the hit is made of. */
  add(call: SeenCall): void {
    if (this.seen.has(call.callId)) return;
    if (this.seen.size >= MOST_CALLS) {
      this.gap(`only the first ${MOST_CALLS} calls were looked at`);
      return;
    }
    this.seen.add(call.callId);
    this.addSums(call);
    this.addPlace(call);
    this.addRequest(call);
    this.counts.add(call);
  }

  private addSums({ error, second, fromConsole, parameters }: SeenCall): void {
    const isRefused = error !== undefined && isRefusal(error);
    this.sums.denied += error === undefined ? 0 : 1;
    this.sums.refused += isRefused ? 1 : 0;
    this.sums.fromConsole += fromConsole ? 1 : 0;
    this.sums.unfiltered += parameters.isUnfiltered ? 1 : 0;
    this.sums.dryRuns += parameters.isDryRun ? 1 : 0;
    if (isRefused) this.firstRefused = Math.min(this.firstRefused, second);
    if (error === undefined) this.firstAllowed = Math.min(this.firstAllowed, second);
  }

  private addPlace({ region, second, error, values }: SeenCall): void {
    const cell = entry(this.cells, `${second}/${region}`, () => ({ region, second, calls: 0, denied: 0 }));
    cell.calls += 1;
    cell.denied += error === undefined ? 0 : 1;
    if (values.arns !== undefined) entry(this.regionsByArn, values.arns, () => new Set()).add(region);
  }

  private addRequest({ callId, region, second, error, parameters }: SeenCall): void {
    const eventId = callId.slice(0, LONGEST_ID);
    this.requests.push({ eventId, region, second, error, parameters: parameters.text });
    if (this.requests.length >= 2 * MOST_REQUESTS) this.requests = firstOf(this.requests);
  }

  gap(reason: string): void {
    this.gaps.add(reason);
  }

  evidence(beside: {
    readonly neighbours: readonly Neighbour[];
    readonly siblings: readonly Neighbour[];
    readonly search: Search;
  }): Evidence {
    return {
      calls: this.seen.size,
      ...this.sums,
      firstRefused: finite(this.firstRefused),
      firstAllowed: finite(this.firstAllowed),
      timeline: [...this.cells.values()].sort(
        (a, b) => a.second - b.second || compareText(a.region, b.region),
      ),
      requests: firstOf(this.requests),
      ...this.counts.listed(),
      otherCalls: this.others.calls(),
      signIns: this.others.signIns(),
      sessions: this.sessions(),
      ...beside,
      gaps: [...this.gaps].sort(compareText),
      shortened: false,
    };
  }

  private sessions(): Sessions {
    const regions = [...this.regionsByArn.values()];
    return { count: regions.length, inOneRegion: regions.filter(({ size }) => size === 1).length };
  }
}

function firstOf(requests: readonly Request[]): Request[] {
  return [...requests]
    .sort(
      (a, b) => a.second - b.second || compareText(a.region, b.region) || compareText(a.eventId, b.eventId),
    )
    .slice(0, MOST_REQUESTS);
}

function finite(second: number): number | undefined {
  return Number.isFinite(second) ? second : undefined;
}
