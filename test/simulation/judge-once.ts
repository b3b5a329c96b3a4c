import { getOrInsert } from '../../lambda/util/values';
import { between, callsOf, denseIntervals } from '../support/oracle';
import type { FirstClaim } from './history';
import { hullOf, longestOf } from './judge-hits';
import type { Plan } from './plan';
import { isDisturbed, type Topic, type TopicAlert } from './published';
import { type ScopeTruth, truthOf } from './scopes';
import type { Lived } from './world';

/** Nothing is told twice but where whoever told it was disturbed; bursts are told apart only where they looked apart. */
export function judgeOnce(plan: Plan, lived: Lived, topic: Topic): string[] {
  return [
    ...repeats(topic),
    ...sameIdFaults(topic.alerts),
    ...itemFaults(lived),
    ...(plan.rule.windowing === 'sliding' ? overlapFaults(plan, lived, topic) : []),
  ];
}

function repeats({ alerts, followUps, notices }: Topic): string[] {
  const faults: string[] = [];
  const last = new Map<string, Pick<TopicAlert, 'at' | 'run'>>();
  const all = [
    ...[...alerts, ...followUps].map((one) => ({ ...one, id: `${one.kind} ${one.replayId} ${one.alertId}` })),
    ...notices.map((one) => ({ ...one, id: `notice ${one.replayId} ${one.from}` })),
  ];
  for (const { id, at, run } of all) {
    const before = last.get(id);
    if (before !== undefined && !isDisturbed(before.run, before.at))
      faults.push(`${id} told twice, at ${before.at} by ${before.run.id} and at ${at} by ${run.id}`);
    last.set(id, { at, run });
  }
  return faults;
}

/** One id is one actor; two alerts of an actor that begin at different times have different ids. */
function sameIdFaults(alerts: readonly TopicAlert[]): string[] {
  const actors = new Map<string, Set<string>>();
  for (const { alertId, actor } of alerts) getOrInsert(actors, alertId, () => new Set<string>()).add(actor);
  return [...actors].filter(([, of]) => of.size > 1).map(([id, of]) => `${id} is of several actors: ${[...of]}`);
}

/** The same object writes the same items; more of them only where it was read in part. */
function itemFaults({ history }: Lived): string[] {
  const isPartlyRead = history.runs.some(({ faults }) => faults.some(({ operation }) => operation === 'read'));
  if (isPartlyRead) return [];
  const items = new Map<string, Set<string>>();
  for (const { key, object, sortKey } of history.puts)
    getOrInsert(items, `${object} in ${key}`, () => new Set<string>()).add(sortKey);
  return [...items].filter(([, of]) => of.size > 1).map(([name, of]) => `${of.size} tallies of ${name}`);
}

/**
 * In sliding mode two bursts of an actor are disjoint when they are claimed, and belong to one burst only where they did
 * not yet at that time, or where the burst is too long for one.
 */
function overlapFaults(plan: Plan, lived: Lived, { alerts }: Topic): string[] {
  const faults: string[] = [];
  const actors = new Map(alerts.map(({ alertId, actor }) => [alertId, actor]));
  const claims = [...lived.history.claims.values()].filter(({ alertId }) => actors.has(alertId));
  for (const [index, later] of claims.entries()) {
    for (const earlier of claims.slice(0, index)) {
      const actor = actors.get(later.alertId)!;
      if (actors.get(earlier.alertId) !== actor || earlier.replayId !== later.replayId) continue;
      const pair = `${earlier.from}..${earlier.until} and ${later.from}..${later.until} of ${actor}`;
      if (earlier.from < later.until && later.from < earlier.until) faults.push(`overlap: ${pair}`);
      const own = truthOf(plan, lived.history, later.replayId);
      if (!looksApart(plan, own, actor, earlier, later)) faults.push(`one burst told as two: ${pair}`);
    }
  }
  return faults;
}

/** Whether the two bursts were apart in some state of the ledger up to the later one's claim. */
function looksApart({ rule }: Plan, truth: ScopeTruth, actor: string, earlier: FirstClaim, later: FirstClaim): boolean {
  const own = callsOf(truth.calls, actor);
  const times = [...new Set(own.map(truth.stood))].filter((time) => time <= later.at);
  return times.some((time) => {
    const known = own.filter((call) => truth.stood(call) <= time);
    const core = denseIntervals(between(known, later.from, later.until), rule)[0];
    if (core === undefined) return false;
    const hull = hullOf(core, denseIntervals(known, rule));
    return hull.end <= earlier.from || hull.start >= earlier.until || hull.end - hull.start > longestOf(rule);
  });
}
