import type { Turn } from '../util/concurrency';
import { addTo, getOrInsert } from '../util/values';
import type { TakeCall } from './call-table';
import { countsCalls, LONGEST_BURST_SECONDS, type RuleParameters } from './rule';

/** Calls in several regions that are no detection, and the smallest change of the rule that would make them one. */
export interface NearMiss {
  /** the actor under the change; if that joins a role's sessions, the role */
  readonly actor: string;
  readonly regions: number;
  /** UTC epoch seconds from the first to the last of the calls, `end` exclusive */
  readonly start: number;
  readonly end: number;
  readonly change: RuleChange;
}

export type RuleChange = Partial<
  Pick<RuleParameters, 'minRegions' | 'minCalls' | 'windowing' | 'slowWindowSeconds' | 'groupBy'>
>;

export type CallPiece = (take: TakeCall) => void;

interface Calls {
  readonly regions: string[];
  readonly seconds: number[];
}

/** A near miss, and the factor by which a threshold has to change; 1 if none has to. */
interface Candidate extends NearMiss {
  readonly factor: number;
}

/** The near misses of calls without a detection, one per actor, nearest first; the calls may come in any order. */
export async function nearMissesOf(
  pieces: Iterable<CallPiece>,
  rule: RuleParameters,
  turn?: Turn,
): Promise<NearMiss[]> {
  const [byActor, byRole] = [new Map<string, Calls>(), new Map<string, Calls>()];
  for (const piece of pieces) {
    await turn?.();
    piece((actor, region, second) => {
      add(byActor, actor, region, second);
      const role = rule.groupBy === 'arn' ? ROLE.exec(actor)?.[1] : undefined;
      if (role !== undefined) add(byRole, role, region, second);
    });
  }
  const candidates: Candidate[] = [];
  for (const [actor, calls] of byActor) {
    await turn?.();
    const nearest = nearestOf(actor, new Timeline(calls), rule);
    if (nearest !== undefined) candidates.push(nearest);
  }
  for (const [role, calls] of byRole) {
    await turn?.();
    const found = new Timeline(calls).fullest(rule);
    if (found.regions < rule.minRegions) continue;
    const change: RuleChange = { groupBy: 'issuer', ...callsOf(rule, rule.minRegions) };
    candidates.push({ actor: role, ...found, factor: 1, change });
  }
  return candidates
    .sort((a, b) => a.factor - b.factor || b.regions - a.regions || b.start - a.start)
    .slice(0, MAX_MISSES)
    .map(({ factor, ...miss }) => miss);
}

const MAX_MISSES = 3;

const ROLE = /^(.+:assumed-role\/[^/]+)\//;

function add(calls: Map<string, Calls>, actor: string, region: string, second: number): void {
  const of = getOrInsert(calls, actor, (): Calls => ({ regions: [], seconds: [] }));
  of.regions.push(region);
  of.seconds.push(second);
}

function nearestOf(actor: string, calls: Timeline, rule: RuleParameters): Candidate | undefined {
  const { minRegions, windowSeconds, windowing, slowWindowSeconds } = rule;
  const candidates: Candidate[] = [];
  const longest = Math.max(windowSeconds, slowWindowSeconds, LONGEST_BURST_SECONDS);
  const own = calls.fullest(rule);
  // In a window with enough regions only calls are missing.
  const shortest = own.regions < minRegions ? calls.shortest(minRegions, longest) : undefined;
  if (shortest !== undefined) {
    const length = shortest.end - shortest.start;
    const change: RuleChange =
      windowing === 'tumbling' && length <= windowSeconds
        ? { windowing: 'sliding' }
        : { slowWindowSeconds: Math.max(length, MIN_SLOW_SECONDS) };
    const factor = Math.max(length / windowSeconds, 1);
    candidates.push({ actor, ...shortest, factor, change: { ...change, ...callsOf(rule, minRegions) } });
  }
  if (own.regions > 1) {
    const fewer = Math.min(own.regions, minRegions);
    const change = { ...(fewer < minRegions ? { minRegions: fewer } : {}), ...callsOf(rule, fewer) };
    candidates.push({ actor, ...own, factor: minRegions / fewer, change });
  }
  return candidates.sort((a, b) => a.factor - b.factor)[0];
}

const MIN_SLOW_SECONDS = 30;

/** One call per region is then enough. */
const callsOf = (rule: RuleParameters, minCalls: number) => (countsCalls(rule) ? { minCalls } : {});

type Best = Pick<NearMiss, 'regions' | 'start' | 'end'>;

class Timeline {
  private readonly seconds: readonly number[];
  private readonly regions: readonly string[];

  constructor({ seconds, regions }: Calls) {
    const order = [...seconds.keys()].sort((a, b) => seconds[a]! - seconds[b]!);
    this.seconds = order.map((call) => seconds[call]!);
    this.regions = order.map((call) => regions[call]!);
  }

  /** The window of the rule's own kind with the most regions; of several, the newest. */
  fullest({ windowing, windowSeconds: length }: RuleParameters): Best {
    let best: Best = { regions: 0, start: 0, end: 0 };
    const isOutside = ({ start, end }: Best) =>
      windowing === 'tumbling' ? Math.floor(start / length) < Math.floor((end - 1) / length) : end - start > length;
    this.slide(isOutside, (window) => {
      if (window.regions >= best.regions) best = window;
    });
    return best;
  }

  /** The shortest interval with that many regions, of several the newest; undefined if all are longer than `longest`. */
  shortest(regions: number, longest: number): Best | undefined {
    let best: Best | undefined;
    let length = longest;
    this.slide((window) => {
      const own = window.end - window.start;
      if (own > longest) return true;
      if (window.regions < regions) return false;
      if (own <= length) [best, length] = [window, own];
      return true;
    });
    return best;
  }

  /** Moves a window from call to call: drops its oldest while it is too long, then calls `at`. */
  private slide(isTooLong: (window: Best) => boolean, at: (window: Best) => void = () => undefined): void {
    const counts = new Map<string, number>();
    let oldest = 0;
    for (const [newest, region] of this.regions.entries()) {
      addTo(counts, region);
      const window = (): Best => {
        return { regions: counts.size, start: this.seconds[oldest]!, end: this.seconds[newest]! + 1 };
      };
      while (oldest <= newest && isTooLong(window())) {
        addTo(counts, this.regions[oldest++]!, -1);
      }
      if (oldest <= newest) at(window());
    }
  }
}
