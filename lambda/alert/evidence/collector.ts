import type { Detection } from '../../detection/detections';
import { isIp } from '../../detection/ip';
import { addTo, compareText, getOrInsert, minOf, parseInstant } from '../../util/values';
import { isRefusal } from './actions';
import type { RecordedCall } from './call';
import { claimedTool, contradictionsOf } from './known-tools';
import {
  type Counted,
  type Evidence,
  OUTCOMES,
  type Outcome,
  type Request,
  type Search,
  type TimelineCell,
  VALUE_KINDS,
  type ValueKind,
} from './model';
import type { Neighbours } from './neighbours';
import { CallSum, mostFrequent, OtherCalls } from './other-calls';

/** Bounds of one alert's evidence, however often somebody calls. */
const MAX_CALLS = 100_000;
const MAX_REQUESTS = 50;
const MAX_ID_LENGTH = 100;

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

/** Most seconds between a sign-in's record and the start of its session. */
const SAME_SIGN_IN_SECONDS = 120;

/** Collects the evidence of one detection from its calls, in any order; repeated calls count once. */
export class Collector {
  readonly counts = new Counts();
  readonly others = new OtherCalls();
  private readonly seen = new Set<string>();
  private readonly cells = new Map<string, Mutable<TimelineCell>>();
  private readonly gaps = new Set<string>();
  private readonly regionsByArn = new Map<string, Set<string>>();
  private requests: Request[] = [];
  private readonly sums = { failed: 0, refused: 0, allowedDryRuns: 0, fromConsole: 0, unfiltered: 0, dryRuns: 0 };
  private readonly consoleUses = { page: 0, shell: 0, program: 0 };
  private readonly consoleSessions = new Set<string>();
  private readonly outcomes = new Map<Outcome, CallSum>(OUTCOMES.map((outcome) => [outcome, new CallSum()]));
  private readonly regions = new Map<string, { refused: number; allowed: number }>();
  private readonly aroundSums = { refused: 0, allowed: 0, succeeded: 0, firstAllowed: Number.POSITIVE_INFINITY };
  /** calls by user agent, and those of them signed with a long-lived key or a workload's credentials */
  private readonly agents = new Map<string, { calls: number; key: number; workload: number }>();
  /** the places of the calls, by which neighbours are found */
  readonly places = new Set<string>();

  constructor(readonly detection: Detection) {}

  /** A call of the detection. */
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
    this.addOrigin(call);
    this.addTimes(call, true);
  }

  /** A call of the actor around the detection. */
  addAround(call: RecordedCall, isMatchedCall: boolean): void {
    if (!this.others.add(call) || !isMatchedCall) return;
    const { aroundSums, detection } = this;
    const { outcome, second } = call;
    aroundSums.refused += isRefusal(outcome) ? 1 : 0;
    aroundSums.allowed += outcome === 'allowed' ? 1 : 0;
    aroundSums.succeeded += call.error === undefined ? 1 : 0;
    if (outcome === 'allowed' && second >= detection.end) {
      aroundSums.firstAllowed = Math.min(aroundSums.firstAllowed, second);
    }
    this.addTimes(call, false);
  }

  /** Of the seconds of sign-ins to the console those that opened console sessions of the calls: the nearest to each. */
  openingOf(signIns: readonly number[]): ReadonlySet<number> {
    const created = [...this.consoleSessions].map((text) => parseInstant(text) ?? 0);
    return new Set(
      created.flatMap((one) => {
        const distance = (second: number) => Math.abs(one - second);
        const nearest = minOf(signIns.map(distance));
        return nearest > SAME_SIGN_IN_SECONDS ? [] : signIns.filter((second) => distance(second) === nearest);
      }),
    );
  }

  private addResult(call: RecordedCall): void {
    const { region, second, error, outcome, parameters } = call;
    const { sums } = this;
    const failed = error === undefined ? 0 : 1;
    const refused = isRefusal(outcome) ? 1 : 0;
    sums.failed += failed;
    sums.refused += refused;
    sums.allowedDryRuns += failed && outcome === 'allowed' ? 1 : 0;
    sums.unfiltered += parameters.isUnfiltered ? 1 : 0;
    sums.dryRuns += parameters.isDryRun ? 1 : 0;
    this.outcomes.get(outcome)!.add(call);
    const fresh = { region, second, calls: 0, failed: 0, refused: 0 };
    const cell = getOrInsert(this.cells, `${second}/${region}`, () => fresh);
    cell.calls += 1;
    cell.failed += failed;
    cell.refused += refused;
  }

  /** For each region, when it first denied a call of the detection and last allowed one, in or around it. */
  private addTimes({ region, outcome, second }: RecordedCall, isOwn: boolean): void {
    const fresh = { refused: Number.POSITIVE_INFINITY, allowed: Number.NEGATIVE_INFINITY };
    const times = getOrInsert(this.regions, region, () => fresh);
    if (isOwn && isRefusal(outcome)) times.refused = Math.min(times.refused, second);
    if (outcome === 'allowed') times.allowed = Math.max(times.allowed, second);
  }

  private addOrigin(call: RecordedCall): void {
    const { consoleUse, place, values } = call;
    const { arns, userAgents = '', accessKeyIds = '', sourceAddresses = '', sessionsCreated } = values;
    if (consoleUse !== undefined) {
      this.sums.fromConsole += 1;
      this.consoleUses[consoleUse] += 1;
      if (sessionsCreated !== undefined) this.consoleSessions.add(sessionsCreated);
    }
    if (arns !== undefined) getOrInsert(this.regionsByArn, arns, () => new Set()).add(call.region);
    if (place !== undefined && this.places.size < MAX_VALUES) this.places.add(place);
    const agent = userAgents.slice(0, MAX_VALUE_LENGTH);
    if (this.agents.size >= MAX_VALUES && !this.agents.has(agent)) return;
    const sum = getOrInsert(this.agents, agent, () => ({ calls: 0, key: 0, workload: 0 }));
    sum.calls += 1;
    const isOwn = values.invokedBy === undefined && consoleUse === undefined && isIp(sourceAddresses);
    sum.key += isOwn && accessKeyIds.startsWith('AKIA') ? 1 : 0;
    sum.workload += isOwn && (values.instances ?? values.issuedTo) !== undefined ? 1 : 0;
  }

  /** What the user agents claim, and how they contradict themselves or their call, with numbers of calls. */
  private fromAgents(): Pick<Evidence, 'claims' | 'contradictions'> {
    const claims = new Map<string, number>();
    const contradictions = new Map<string, number>();
    const add = (to: Map<string, number>, value: string | undefined, calls: number) => {
      if (value !== undefined) addTo(to, value, calls);
    };
    const { start: second } = this.detection;
    for (const [agent, { calls, key, workload }] of this.agents) {
      add(claims, claimedTool(agent), calls);
      add(contradictions, contradictionsOf(agent, { second, signedBy: 'key' }), key);
      add(contradictions, contradictionsOf(agent, { second, signedBy: 'workload' }), workload);
      add(contradictions, contradictionsOf(agent, { second }), calls - key - workload);
    }
    return {
      claims: mostFrequent(claims, MAX_LISTED_VALUES),
      contradictions: mostFrequent(contradictions, MAX_LISTED_VALUES),
    };
  }

  private addRequest({ callId, region, second, error, parameters }: RecordedCall): void {
    const eventId = callId.slice(0, MAX_ID_LENGTH);
    this.requests.push({ eventId, region, second, error, parameters: parameters.text });
    if (this.requests.length >= 2 * MAX_REQUESTS) this.requests = firstOf(this.requests);
  }

  /** Identities that opened sessions of the calls, which do not count as other identities. */
  openers(): string[] {
    return this.others.openers({ keys: new Set(this.counts.values('accessKeyIds')) });
  }

  /** Records why calls may be missing. */
  addGap(reason: string): void {
    this.gaps.add(reason);
  }

  /** @param found evidence about other identities, and where it is from */
  evidence(found: {
    readonly neighbours: Neighbours;
    readonly siblings: Neighbours;
    readonly search: Search;
  }): Evidence {
    const { neighbours, siblings, search } = found;
    const { counts, others } = this;
    const gaps = [...this.gaps].sort(compareText);
    const credentials = {
      keys: new Set(counts.values('accessKeyIds')),
      places: this.places,
      openingOf: (signIns: readonly number[]) => this.openingOf(signIns),
    };
    const regions = [...this.regionsByArn.values()];
    const { refused, allowed, firstAllowed, succeeded: repeated } = this.aroundSums;
    const { succeeded, first } = others.extent();
    return {
      calls: this.seen.size,
      ...this.sums,
      outcomes: Object.fromEntries(
        [...this.outcomes].map(([outcome, { calls, regions }]) => [outcome, { calls, regions: regions.size }]),
      ) as Evidence['outcomes'],
      around: {
        ...{ refused, allowed },
        firstAllowed: finite(firstAllowed),
        othersAllowed: succeeded - repeated,
        first: finite(first),
      },
      reopened: [...this.regions].flatMap(([region, { refused, allowed }]) => (refused < allowed ? region : [])).sort(),
      consoleUses: this.consoleUses,
      ...this.fromAgents(),
      timeline: [...this.cells.values()].sort((a, b) => a.second - b.second || compareText(a.region, b.region)),
      requests: firstOf(this.requests),
      ...counts.listed(),
      otherCalls: others.calls(),
      elsewhere: others.elsewhere(credentials.keys, new Set(counts.values('publicAddresses'))),
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

function finite(second: number): number | undefined {
  return Number.isFinite(second) ? second : undefined;
}

function firstOf(requests: readonly Request[]): Request[] {
  return [...requests]
    .sort((a, b) => a.second - b.second || compareText(a.region, b.region) || compareText(a.eventId, b.eventId))
    .slice(0, MAX_REQUESTS);
}

/** Most distinct values of a kind, and most characters of one. */
export const MAX_VALUES = 10_000;

export const MAX_VALUE_LENGTH = 10_000;

const MAX_LISTED_VALUES = 50;

/** Calls by value. */
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
    if (counts.size < MAX_VALUES || counts.has(kept)) addTo(counts, kept);
  }

  values(kind: ValueKind): IterableIterator<string> {
    return this.kinds.get(kind)!.keys();
  }

  /** The number of values of each kind, at most `MAX_VALUES`. */
  distinct(): Record<ValueKind, number> {
    return this.ofEach(({ size }) => size);
  }

  /** The most frequent values of each kind. */
  listed(): Record<ValueKind, Counted[]> {
    return this.ofEach((counts) => mostFrequent(counts, MAX_LISTED_VALUES));
  }

  private ofEach<T>(ofKind: (counts: ReadonlyMap<string, number>) => T): Record<ValueKind, T> {
    const entries = [...this.kinds].map(([kind, counts]) => [kind, ofKind(counts)]);
    return Object.fromEntries(entries) as Record<ValueKind, T>;
  }
}
