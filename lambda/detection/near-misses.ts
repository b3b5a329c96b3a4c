import type { Turn } from '../util/concurrency';
import type { ActorCalls, CallTable } from './call-table';
import { countsCalls, LONGEST_BURST_SECONDS, type RuleParameters } from './rule';
import { fullestWindow, shortestWindow, type Window } from './windows';

/** Calls in several regions that are no detection, and the smallest change of the rule that would make them one. */
export interface NearMiss extends Window {
  /** the actor under the change; if that joins a role's sessions, the role */
  readonly actor: string;
  readonly change: RuleChange;
}

export type RuleChange = Partial<
  Pick<RuleParameters, 'minRegions' | 'minCalls' | 'windowing' | 'slowWindowSeconds' | 'groupBy'>
>;

/** A near miss, and the factor by which a threshold has to change; 1 if none has to. */
interface Candidate extends NearMiss {
  readonly factor: number;
}

/** The near misses of calls without a detection, one per actor, nearest first. */
export async function nearMissesOf(table: CallTable, rule: RuleParameters, turn: Turn): Promise<NearMiss[]> {
  const candidates: Candidate[] = [];
  for await (const calls of table.groups((actor) => actor, Math.min(rule.minRegions, 2), turn)) {
    const nearest = nearestOf(calls, rule);
    if (nearest !== undefined) candidates.push(nearest);
  }
  const roleOf = (actor: string) => (rule.groupBy === 'arn' ? ROLE.exec(actor)?.[1] : undefined);
  for await (const calls of table.groups(roleOf, rule.minRegions, turn)) {
    const found = fullestWindow(calls, rule);
    if (found.regions < rule.minRegions) continue;
    const change: RuleChange = { groupBy: 'issuer', ...callsOf(rule, rule.minRegions) };
    candidates.push({ actor: calls.actor, ...found, factor: 1, change });
  }
  return candidates
    .sort((a, b) => a.factor - b.factor || b.regions - a.regions || b.start - a.start)
    .slice(0, MAX_MISSES)
    .map(({ factor, ...miss }) => miss);
}

const MAX_MISSES = 3;

const ROLE = /^(.+:assumed-role\/[^/]+)\//;

function nearestOf(calls: ActorCalls, rule: RuleParameters): Candidate | undefined {
  const { actor } = calls;
  const { minRegions, windowSeconds, windowing, slowWindowSeconds } = rule;
  const candidates: Candidate[] = [];
  const longest = Math.max(windowSeconds, slowWindowSeconds, LONGEST_BURST_SECONDS);
  const own = fullestWindow(calls, rule);
  // In a window with enough regions only calls are missing.
  const shortest = own.regions < minRegions ? shortestWindow(calls, minRegions, longest) : undefined;
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
