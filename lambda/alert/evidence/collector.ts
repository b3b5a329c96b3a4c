import { type Detection, firstCallOf } from '../../detection/detections';
import { isIp } from '../../detection/ip';
import { compareText, getOrInsert } from '../../util/values';
import { isAllowedDryRun, isRefusal, type RecordedCall } from './call';
import {
  type Counted,
  type Evidence,
  type Request,
  type Search,
  type TimelineCell,
  VALUE_KINDS,
  type ValueKind,
} from './model';
import type { Neighbours } from './neighbours';
import { OtherCalls } from './other-calls';

/** Bounds of what one alert keeps, so that nobody fills it by calling on. */
const MAX_CALLS = 100_000;
const MAX_REQUESTS = 50;
const MAX_ID_LENGTH = 100;

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

/** Collects the evidence of one detection from its calls, in any order and however often each is found. */
export class Collector {
  readonly counts = new Counts();
  readonly others = new OtherCalls();
  private readonly seen = new Set<string>();
  private readonly cells = new Map<string, Mutable<TimelineCell>>();
  private readonly gaps = new Set<string>();
  private readonly regionsByArn = new Map<string, Set<string>>();
  private requests: Request[] = [];
  private readonly sums = { failed: 0, refused: 0, allowedDryRuns: 0, fromConsole: 0, unfiltered: 0, dryRuns: 0 };
  private firstRefused: number | undefined;
  private firstAllowed: number | undefined;

  constructor(readonly detection: Detection) {}

  /** A call the detection is made of. */
  add(call: RecordedCall): void {
    if (this.seen.has(call.callId)) return;
    if (this.seen.size >= MAX_CALLS) {
      this.addGap(`only the first ${MAX_CALLS} calls were counted`);
      return;
    }
    this.seen.add(call.callId);
    this.counts.add(call);
    this.addResult(call);
    this.addRequest(call);
    const { arns: arn } = call.values;
    if (arn !== undefined) getOrInsert(this.regionsByArn, arn, () => new Set()).add(call.region);
  }

  private addResult({ region, second, error, fromConsole, parameters }: RecordedCall): void {
    const { sums } = this;
    const failed = error === undefined ? 0 : 1;
    const refused = error !== undefined && isRefusal(error) ? 1 : 0;
    const allowedDryRun = error !== undefined && isAllowedDryRun(error) ? 1 : 0;
    sums.failed += failed;
    sums.refused += refused;
    sums.allowedDryRuns += allowedDryRun;
    sums.fromConsole += fromConsole ? 1 : 0;
    sums.unfiltered += parameters.isUnfiltered ? 1 : 0;
    sums.dryRuns += parameters.isDryRun ? 1 : 0;
    if (refused) this.firstRefused = Math.min(this.firstRefused ?? second, second);
    if (!failed || allowedDryRun) this.firstAllowed = Math.min(this.firstAllowed ?? second, second);
    const fresh = { region, second, calls: 0, failed: 0, refused: 0 };
    const cell = getOrInsert(this.cells, `${second}/${region}`, () => fresh);
    cell.calls += 1;
    cell.failed += failed;
    cell.refused += refused;
  }

  private addRequest({ callId, region, second, error, parameters }: RecordedCall): void {
    const eventId = callId.slice(0, MAX_ID_LENGTH);
    this.requests.push({ eventId, region, second, error, parameters: parameters.text });
    if (this.requests.length >= 2 * MAX_REQUESTS) this.requests = firstOf(this.requests);
  }

  /** Says why calls may be missing. */
  addGap(reason: string): void {
    this.gaps.add(reason);
  }

  /** @param around what was found of others, and where */
  evidence(around: {
    readonly neighbours: Neighbours;
    readonly siblings: Neighbours;
    readonly search: Search;
  }): Evidence {
    const { neighbours, siblings, search } = around;
    const { counts, others, detection } = this;
    const gaps = [...this.gaps].sort(compareText);
    const credentials = { keys: new Set(counts.values('accessKeyIds')), firstCall: firstCallOf(detection.regions) };
    const regions = [...this.regionsByArn.values()];
    return {
      calls: this.seen.size,
      ...this.sums,
      firstRefused: this.firstRefused,
      firstAllowed: this.firstAllowed,
      timeline: [...this.cells.values()].sort((a, b) => a.second - b.second || compareText(a.region, b.region)),
      requests: firstOf(this.requests),
      ...counts.listed(),
      otherCalls: others.calls(),
      signIns: others.signIns(credentials),
      sessions: { count: regions.length, inOneRegion: regions.filter(({ size }) => size === 1).length },
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
}

function firstOf(requests: readonly Request[]): Request[] {
  return [...requests]
    .sort((a, b) => a.second - b.second || compareText(a.region, b.region) || compareText(a.eventId, b.eventId))
    .slice(0, MAX_REQUESTS);
}

/** Different values of each kind that are counted, and characters that are kept of one. */
export const MAX_VALUES = 10_000;

export const MAX_VALUE_LENGTH = 10_000;

const MAX_LISTED_VALUES = 50;

/** How many calls had which value. */
class Counts {
  private readonly kinds = new Map<ValueKind, Map<string, number>>(VALUE_KINDS.map((kind) => [kind, new Map()]));

  add({ values, parameters }: RecordedCall): void {
    for (const kind of VALUE_KINDS) this.count(kind, values[kind]);
    this.count('parameters', parameters.text);
  }

  private count(kind: ValueKind, value: string | undefined): void {
    if (value === undefined) return;
    const counts = this.kinds.get(kind)!;
    const kept = value.slice(0, MAX_VALUE_LENGTH);
    if (counts.size < MAX_VALUES || counts.has(kept)) counts.set(kept, (counts.get(kept) ?? 0) + 1);
  }

  values(kind: ValueKind): IterableIterator<string> {
    return this.kinds.get(kind)!.keys();
  }

  /** How many values each kind has, `MAX_VALUES` at most. */
  distinct(): Record<ValueKind, number> {
    return this.ofEach(({ size }) => size);
  }

  /** The most frequent values of each kind. */
  listed(): Record<ValueKind, Counted[]> {
    return this.ofEach((counts) =>
      [...counts]
        .map(([value, calls]) => ({ value, calls }))
        .sort((a, b) => b.calls - a.calls || compareText(a.value, b.value))
        .slice(0, MAX_LISTED_VALUES),
    );
  }

  private ofEach<T>(ofKind: (counts: ReadonlyMap<string, number>) => T): Record<ValueKind, T> {
    const entries = [...this.kinds].map(([kind, counts]) => [kind, ofKind(counts)]);
    return Object.fromEntries(entries) as Record<ValueKind, T>;
  }
}
