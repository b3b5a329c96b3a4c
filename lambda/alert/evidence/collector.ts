import { type Detection, firstCallOf } from '../../detection/detections';
import { isIp } from '../../detection/ip';
import { compareText, getOrInsert } from '../../util/values';
import { isAllowedDryRun, isRefusal, kindOfCall, type SeenCall } from './call';
import {
  type Counted,
  type Evidence,
  type OtherCall,
  type OtherKind,
  type Request,
  type Search,
  type Sessions,
  type SignIn,
  type TimelineCell,
  VALUE_KINDS,
  type ValueKind,
} from './model';
import type { Beside } from './neighbours';

const MAX_CALLS = 100_000;

const MAX_REQUESTS = 50;

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

  constructor(readonly detection: Detection) {}

  /** A call the hit is made of. */
  add(call: SeenCall): void {
    if (this.seen.has(call.callId)) return;
    if (this.seen.size >= MAX_CALLS) {
      this.gap(`only the first ${MAX_CALLS} calls were looked at`);
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
    const cell = getOrInsert(this.cells, `${second}/${region}`, () => ({
      ...{ region, second },
      ...{ calls: 0, failed: 0, refused: 0 },
    }));
    cell.calls += 1;
    cell.failed += error === undefined ? 0 : 1;
    cell.refused += error !== undefined && isRefusal(error) ? 1 : 0;
    if (values.arns !== undefined) getOrInsert(this.regionsByArn, values.arns, () => new Set()).add(region);
  }

  private addRequest({ callId, region, second, error, parameters }: SeenCall): void {
    const eventId = callId.slice(0, LONGEST_ID);
    this.requests.push({ eventId, region, second, error, parameters: parameters.text });
    if (this.requests.length >= 2 * MAX_REQUESTS) this.requests = firstOf(this.requests);
  }

  gap(reason: string): void {
    this.gaps.add(reason);
  }

  evidence(beside: { readonly neighbours: Beside; readonly siblings: Beside; readonly search: Search }): Evidence {
    const { neighbours, siblings, search } = beside;
    const { counts, others } = this;
    const gaps = [...this.gaps].sort(compareText);
    return {
      calls: this.seen.size,
      ...this.sums,
      firstRefused: finite(this.firstRefused),
      firstAllowed: finite(this.firstAllowed),
      timeline: [...this.cells.values()].sort((a, b) => a.second - b.second || compareText(a.region, b.region)),
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
    const firstCall = firstCallOf(this.detection.regions);
    return { keys: new Set(this.counts.values('accessKeyIds')), firstCall };
  }

  private sessions(): Sessions {
    const regions = [...this.regionsByArn.values()];
    return { count: regions.length, inOneRegion: regions.filter(({ size }) => size === 1).length };
  }
}

function firstOf(requests: readonly Request[]): Request[] {
  return [...requests]
    .sort((a, b) => a.second - b.second || compareText(a.region, b.region) || compareText(a.eventId, b.eventId))
    .slice(0, MAX_REQUESTS);
}

function finite(second: number): number | undefined {
  return Number.isFinite(second) ? second : undefined;
}

/** Bounds of what one alert keeps, so that nobody fills it by calling on: of more values so many are counted. */
export const MAX_VALUES = 10_000;

export const LONGEST_VALUE = 10_000;

const MAX_VALUES_TOLD = 50;

/** How many calls had which value. */
export class Counts {
  private readonly kinds = new Map<ValueKind, Map<string, number>>(VALUE_KINDS.map((kind) => [kind, new Map()]));

  add({ values, parameters }: SeenCall): void {
    for (const kind of VALUE_KINDS) this.count(kind, values[kind]);
    this.count('parameters', parameters.text);
  }

  private count(kind: ValueKind, value: string | undefined): void {
    if (value === undefined) return;
    const counts = this.kinds.get(kind)!;
    const kept = value.slice(0, LONGEST_VALUE);
    if (counts.size < MAX_VALUES || counts.has(kept)) counts.set(kept, (counts.get(kept) ?? 0) + 1);
  }

  values(kind: ValueKind): IterableIterator<string> {
    return this.kinds.get(kind)!.keys();
  }

  /** How many values each kind has, `MOST_VALUES` at most. */
  distinct(): Record<ValueKind, number> {
    const sizes = VALUE_KINDS.map((kind) => [kind, this.kinds.get(kind)!.size]);
    return Object.fromEntries(sizes) as Record<ValueKind, number>;
  }

  /** The most frequent values of each kind. */
  listed(): Record<ValueKind, Counted[]> {
    const lists = VALUE_KINDS.map((kind) => [kind, mostFrequent(this.kinds.get(kind)!)]);
    return Object.fromEntries(lists) as Record<ValueKind, Counted[]>;
  }
}

function mostFrequent(counts: ReadonlyMap<string, number>): Counted[] {
  return [...counts]
    .map(([value, calls]) => ({ value, calls }))
    .sort((a, b) => b.calls - a.calls || compareText(a.value, b.value))
    .slice(0, MAX_VALUES_TOLD);
}

/** Bounds of what one alert keeps. */
const MAX_OTHER_CALLS = 100_000;

const MAX_NAMES = 2_000;

const MAX_NAMES_TOLD = 60;

const MAX_SIGN_INS = 20;

/** The order in which they are told. */
const KINDS: readonly OtherKind[] = ['sensitive', 'sign-in', 'other', 'discovery'];

interface Sum {
  readonly service: string;
  readonly name: string;
  calls: number;
  failed: number;
  readonly regions: Set<string>;
  first: number;
  last: number;
}

/** The credentials a hit's calls came with: what began their session is told by them. */
export interface Credentials {
  readonly keys: ReadonlySet<string>;
  readonly firstCall: number;
}

/** What an actor called beside the hit, each call once by its eventID. */
export class OtherCalls {
  private readonly seen = new Set<string>();
  private readonly sums = new Map<string, Sum>();
  private readonly signedIn: SeenCall[] = [];

  add(call: SeenCall): void {
    if (this.seen.has(call.callId) || this.seen.size >= MAX_OTHER_CALLS) return;
    this.seen.add(call.callId);
    this.addSum(call);
    if (kindOfCall(call.name) === 'sign-in' && this.signedIn.length < MAX_OTHER_CALLS) {
      this.signedIn.push(call);
    }
  }

  private addSum({ service, name, error, region, second }: SeenCall): void {
    const key = JSON.stringify([service, name]);
    if (this.sums.size >= MAX_NAMES && !this.sums.has(key)) return;
    const fresh = {
      service,
      name,
      calls: 0,
      failed: 0,
      regions: new Set<string>(),
      first: second,
      last: second,
    };
    const sum = getOrInsert(this.sums, key, () => fresh);
    sum.calls += 1;
    sum.failed += error === undefined ? 0 : 1;
    sum.regions.add(region);
    sum.first = Math.min(sum.first, second);
    sum.last = Math.max(sum.last, second);
  }

  /** By kind, the gravest first; within one, the most frequent first. */
  calls(): OtherCall[] {
    return [...this.sums.values()]
      .map((sum) => ({ kind: kindOfCall(sum.name), ...sum, regions: sum.regions.size }))
      .sort(
        (a, b) =>
          KINDS.indexOf(a.kind) - KINDS.indexOf(b.kind) ||
          b.calls - a.calls ||
          compareText(a.service + a.name, b.service + b.name),
      )
      .slice(0, MAX_NAMES_TOLD);
  }

  /** How many differently named calls there are of each kind. */
  distinct(): Record<OtherKind, number> {
    const counts: Record<OtherKind, number> = { sensitive: 0, 'sign-in': 0, other: 0, discovery: 0 };
    for (const { name } of this.sums.values()) counts[kindOfCall(name)] += 1;
    return counts;
  }

  get signInCount(): number {
    return this.signedIn.length;
  }

  /** The last ones, in order of time; those that began the session before any others, or an actor could push them out. */
  signIns(credentials: Credentials): SignIn[] {
    const all = this.signedIn.map((call) => signInOf(call, credentials)).sort(byTime);
    const [began, others] = [true, false].map((wanted) => all.filter((one) => one.began === wanted));
    const kept = began!.slice(-MAX_SIGN_INS);
    const room = MAX_SIGN_INS - kept.length;
    return [...kept, ...(room === 0 ? [] : others!.slice(-room))].sort(byTime);
  }
}

function byTime(a: SignIn, b: SignIn): number {
  return a.second - b.second || compareText(a.name, b.name) || compareText(a.region, b.region);
}

function signInOf(call: SeenCall, credentials: Credentials): SignIn {
  const { name, second, region, actor, values, error, issuedKey, mfaUsed, roleAsked } = call;
  return {
    name,
    second,
    region,
    by: values.arns ?? nameOf(actor, values),
    address: values.sourceAddresses,
    failed: error !== undefined,
    detail: issuedKey ?? (mfaUsed === undefined ? undefined : `MFA ${mfaUsed}`),
    role: roleAsked,
    began: error === undefined && isBeginning(call, credentials),
  };
}

/** What handed out a key of the calls; or a sign-in to the console before them, which long-lived keys do not come from. */
function isBeginning({ name, second, issuedKey }: SeenCall, { keys, firstCall }: Credentials): boolean {
  if (issuedKey !== undefined) return keys.has(issuedKey);
  return name === 'ConsoleLogin' && second <= firstCall && ![...keys].some((key) => key.startsWith('AKIA'));
}

/** Principals of other accounts are told without an ARN. */
function nameOf(actor: string | undefined, { accounts, invokedBy }: SeenCall['values']): string {
  if (actor === undefined) return invokedBy ?? 'unknown';
  return accounts === undefined ? actor : `${actor} of account ${accounts}`;
}
