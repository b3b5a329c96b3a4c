import { compareText, entry } from '../../collections';
import { firstCallOf, type Hit } from '../../window/hits';
import { isAllowedDryRun, isRefusal } from './call-kinds';
import { Counts } from './counts';
import type { Evidence, Request, Search, Sessions, TimelineCell } from './evidence';
import { type Beside, isIp } from './neighbourhood';
import { type Credentials, OtherCalls } from './other-calls';
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
  private readonly sums = {
    ...{ failed: 0, refused: 0, allowedDryRuns: 0 },
    ...{ fromConsole: 0, unfiltered: 0, dryRuns: 0 },
  };
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
    const isAllowedAsDryRun = error !== undefined && isAllowedDryRun(error);
    this.sums.failed += error === undefined ? 0 : 1;
    this.sums.refused += isRefused ? 1 : 0;
    this.sums.allowedDryRuns += isAllowedAsDryRun ? 1 : 0;
    this.sums.fromConsole += fromConsole ? 1 : 0;
    this.sums.unfiltered += parameters.isUnfiltered ? 1 : 0;
    this.sums.dryRuns += parameters.isDryRun ? 1 : 0;
    if (isRefused) this.firstRefused = Math.min(this.firstRefused, second);
    if (error === undefined || isAllowedAsDryRun) this.firstAllowed = Math.min(this.firstAllowed, second);
  }

  private addPlace({ region, second, error, values }: SeenCall): void {
    const cell = entry(this.cells, `${second}/${region}`, () => ({
      ...{ region, second },
      ...{ calls: 0, failed: 0, refused: 0 },
    }));
    cell.calls += 1;
    cell.failed += error === undefined ? 0 : 1;
    cell.refused += error !== undefined && isRefusal(error) ? 1 : 0;
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
    readonly neighbours: Beside;
    readonly siblings: Beside;
    readonly search: Search;
  }): Evidence {
    const { neighbours, siblings, search } = beside;
    const { counts, others } = this;
    const gaps = [...this.gaps].sort(compareText);
    return {
      calls: this.seen.size,
      ...this.sums,
      firstRefused: finite(this.firstRefused),
      firstAllowed: finite(this.firstAllowed),
      timeline: [...this.cells.values()].sort(
        (a, b) => a.second - b.second || compareText(a.region, b.region),
      ),
      requests: firstOf(this.requests),
      ...counts.listed(),
      otherCalls: others.calls(),
      signIns: others.signIns(this.credentials()),
      sessions: this.sessions(),
      neighbours: neighbours.listed,
      siblings: siblings.listed,
      distinct: {
        ...counts.distinct(),
        ips: [...counts.values('sourceAddresses')].filter(isIp).length,
        otherCalls: others.distinct(),
        signIns: others.signInCount,
        neighbours: neighbours.count,
        siblings: siblings.count,
        gaps: gaps.length,
        notSearched: search.notSearched.length,
      },
      search,
      gaps,
      shortened: false,
    };
  }

  private credentials(): Credentials {
    const firstCall = firstCallOf(this.hit.regions);
    return { keys: new Set(this.counts.values('accessKeyIds')), firstCall };
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
