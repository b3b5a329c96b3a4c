import type { MatchedCall } from '../../lambda/detection/classify';
import { getOrInsert } from '../../lambda/util/values';
import { between, callsOf, denseIntervals } from '../support/oracle';
import type { Run } from './history';
import { hullOf, longestOf, regionsOf } from './judge-hits';
import type { Plan } from './plan';
import { readHeld, type Topic, type TopicAlert } from './published';
import type { ScopeTruth } from './scopes';
import type { Lived } from './world';

/** A follow-up is told where, and only where, an alert grew between its publishing and its look back. */
export function judgeFollowUps(plan: Plan, truth: ScopeTruth, topic: Topic, lived: Lived): string[] {
  const followUps = topic.followUps.filter(({ replayId }) => replayId === truth.replayId);
  if (plan.followUpMinutes === 0) return followUps.map(({ alertId }) => `follow-up of ${alertId}, though off`);
  const byAlert = new Map<string, TopicAlert[]>();
  for (const alert of topic.alerts) {
    if (alert.replayId === truth.replayId) getOrInsert(byAlert, alert.alertId, (): TopicAlert[] => []).push(alert);
  }
  const held = new Set(readHeld(lived).map(({ alertId }) => alertId));
  return [
    ...followUps.flatMap((one) => contentFaults(plan, truth, one, byAlert.get(one.alertId))),
    ...[...byAlert].flatMap(([alertId, alerts]) => {
      const own = followUps.filter((one) => one.alertId === alertId);
      if (own.length > 0 || held.has(alertId)) return [];
      return missingFaults(plan, truth, alerts, looksBack(lived, alertId, truth.replayId));
    }),
  ];
}

/** The invocations that had a follow-up message of the alert and were not disturbed. */
function looksBack({ history }: Lived, alertId: string, replayId: string | undefined): Run[] {
  const isMeant = ({ body }: { readonly body: string }) =>
    body.includes('"follow-up"') &&
    body.includes(`"${alertId}"`) &&
    body.includes('"replayId"') === (replayId !== undefined);
  return history.runs.filter(({ messages, end }) => end === 'done' && messages.some(isMeant));
}

function contentFaults(
  plan: Plan,
  truth: ScopeTruth,
  followUp: TopicAlert,
  alerts: readonly TopicAlert[] | undefined,
): string[] {
  const { alertId, regions } = followUp;
  const published = (alerts ?? []).filter(({ at }) => at < followUp.at);
  if (published.length === 0) return [`follow-up of ${alertId}, which was not told`];
  const faults: string[] = [];
  if (published.every((alert) => regions.length <= alert.regions.length))
    faults.push(`follow-up of ${alertId} with no region added: ${regions}`);
  const inside = between(callsOf(truth.calls, followUp.actor), followUp.start, followUp.end);
  const early = regionsOf(inside.filter((call) => truth.stood(call) < followUp.run.startedAt));
  const missing = [...early].filter((region) => !regions.includes(region));
  if (missing.length > 0) faults.push(`follow-up of ${alertId} misses ${missing}`);
  const invented = regions.filter((region) => !regionsOf(inside).has(region));
  if (invented.length > 0) faults.push(`follow-up of ${alertId} invents ${invented}`);
  if (plan.rule.windowing === 'tumbling' && published.some(({ start }) => start !== followUp.start))
    faults.push(`follow-up of ${alertId} about another window`);
  return faults;
}

/** Of an alert without one: whether every look back came before a region was added, or there was none. */
function missingFaults(plan: Plan, truth: ScopeTruth, alerts: readonly TopicAlert[], looks: readonly Run[]): string[] {
  const last = alerts.at(-1)!;
  if (looks.length === 0) return [`no look back at ${last.alertId}, told at ${last.at} by ${last.run.id}`];
  const known = new Set(alerts.flatMap(({ regions }) => regions));
  const until = Math.max(...looks.map(({ startedAt }) => startedAt));
  const calls = callsOf(truth.calls, last.actor).filter((call) => truth.stood(call) < until);
  const extent = extentOf(plan, last, calls);
  const added = [...regionsOf(between(calls, extent.start, extent.end))].filter((region) => !known.has(region));
  return added.length === 0 ? [] : [`no follow-up of ${last.alertId}, though ${added} were added in time`];
}

/** What the alert must have grown to: in sliding mode the burst it is in, where that is short enough to be one. */
function extentOf(plan: Plan, alert: TopicAlert, calls: readonly MatchedCall[]) {
  if (plan.rule.windowing === 'tumbling') return alert;
  const hull = hullOf(alert, denseIntervals(calls, plan.rule));
  return hull.end - hull.start <= longestOf(plan.rule) ? hull : alert;
}
