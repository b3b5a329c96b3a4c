import { getOrInsert } from '../../lambda/util/values';
import { between, callsOf, denseIntervals } from '../support/oracle';
import type { FirstClaim, History } from './history';
import { hullOf, longestOf } from './judge-detections';
import type { Plan } from './plan';
import { isDisturbed, type PublishedAlert, type ScopeTrial, type Trial } from './trial';

/** Nothing is published twice but where its run was disturbed; bursts are apart only where they looked apart. */
export function judgeOnce({ plan, history, scopes }: Trial): string[] {
  const alerts = scopes.flatMap((scope) => scope.alerts);
  const actors = new Map(alerts.filter(({ isSlow }) => !isSlow).map(({ alertId, actor }) => [alertId, actor]));
  const claims = [...history.claims.values()].filter(({ alertId }) => actors.has(alertId));
  const sliding = plan.rule.windowing === 'sliding' ? scopes : [];
  return [
    ...scopes.flatMap(repeats),
    ...sameIdFaults(alerts),
    ...itemFaults(history),
    ...sliding.flatMap((scope) => overlapFaults(plan, scope, claims, actors)),
  ];
}

function repeats({ replayId, alerts, followUps, notices, summaries }: ScopeTrial): string[] {
  const faults: string[] = [];
  const last = new Map<string, Pick<PublishedAlert, 'at' | 'run'>>();
  const all = [
    ...alerts.map((one) => ({ ...one, id: `alert ${replayId} ${one.alertId}` })),
    ...followUps.map((one) => ({ ...one, id: `follow-up ${replayId} ${one.alertId}` })),
    ...notices.map((one) => ({ ...one, id: `notice ${replayId} ${one.from}` })),
    ...summaries.map((one) => ({ ...one, id: `summary ${replayId} ${one.actor} ${one.from}` })),
  ];
  for (const { id, at, run } of all) {
    const before = last.get(id);
    if (before !== undefined && !isDisturbed(before.run, before.at))
      faults.push(`${id} published twice, at ${before.at} by ${before.run.id} and at ${at} by ${run.id}`);
    last.set(id, { at, run });
  }
  return faults;
}

/** One id is one actor; two alerts of an actor that start at different times have different ids. */
function sameIdFaults(alerts: readonly PublishedAlert[]): string[] {
  const actors = new Map<string, Set<string>>();
  for (const { alertId, actor } of alerts) getOrInsert(actors, alertId, () => new Set<string>()).add(actor);
  return [...actors].filter(([, of]) => of.size > 1).map(([id, of]) => `${id} is of several actors: ${[...of]}`);
}

/** The same object writes the same items; more of them only where it was read in part. */
function itemFaults({ runs, puts }: History): string[] {
  if (runs.some(({ faults }) => faults.some(({ operation }) => operation === 'read'))) return [];
  const items = new Map<string, Set<string>>();
  for (const { key, object, sortKey } of puts)
    getOrInsert(items, `${object} in ${key}`, () => new Set<string>()).add(sortKey);
  return [...items].filter(([, of]) => of.size > 1).map(([name, of]) => `${of.size} tallies of ${name}`);
}

/**
 * In sliding mode two bursts of an actor are disjoint when they are claimed, and belong to one burst only where they did
 * not yet at that time, or where the burst is too long for one.
 */
function overlapFaults(
  plan: Plan,
  scope: ScopeTrial,
  allClaims: readonly FirstClaim[],
  actors: ReadonlyMap<string, string>,
): string[] {
  const faults: string[] = [];
  const claims = allClaims.filter(({ replayId }) => replayId === scope.replayId);
  for (const [index, later] of claims.entries()) {
    const actor = actors.get(later.alertId)!;
    for (const earlier of claims.slice(0, index).filter(({ alertId }) => actors.get(alertId) === actor)) {
      const pair = `${earlier.from}..${earlier.until} and ${later.from}..${later.until} of ${actor}`;
      if (earlier.from < later.until && later.from < earlier.until) faults.push(`overlap: ${pair}`);
      if (!looksApart(plan, scope, actor, earlier, later)) faults.push(`one burst published as two: ${pair}`);
    }
  }
  return faults;
}

/** Whether the two bursts were apart in some state of the store up to the later one's claim. */
function looksApart(
  { rule }: Plan,
  { truth }: ScopeTrial,
  actor: string,
  earlier: FirstClaim,
  later: FirstClaim,
): boolean {
  const own = callsOf(truth.calls, actor);
  const times = [...new Set(own.map(truth.stored))].filter((time) => time <= later.at);
  return times.some((time) => {
    const known = own.filter((call) => truth.stored(call) <= time);
    const core = denseIntervals(between(known, later.from, later.until), rule)[0];
    if (core === undefined) return false;
    const hull = hullOf(core, denseIntervals(known, rule));
    return hull.end <= earlier.from || hull.start >= earlier.until || hull.end - hull.start > longestOf(rule);
  });
}
