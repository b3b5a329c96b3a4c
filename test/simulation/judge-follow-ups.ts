import { between, callsOf, denseIntervals } from '../support/oracle';
import type { Run } from './history';
import { compareRegions, firstFound, hullOf, longestOf, overlaps, regionsOf } from './judge-detections';
import { isDisturbed, type PublishedAlert, ruleOf, type ScopeTrial, type Trial } from './trial';

/** A follow-up is published if, and only if, an alert grew between its publishing and its look back. */
export function judgeFollowUps({ plan, history }: Trial, scope: ScopeTrial): string[] {
  const { alerts, followUps, held, suppressed, replayId } = scope;
  if (plan.followUpMinutes === 0) return followUps.map(({ alertId }) => `follow-up of ${alertId}, though off`);
  const unfinished = new Set(alerts.map(({ alertId }) => alertId));
  for (const { alertId } of [...followUps, ...held, ...suppressed]) unfinished.delete(alertId);
  const isMeant = (alertId: string, body: string) =>
    body.includes('"follow-up"') &&
    body.includes(`"${alertId}"`) &&
    body.includes('"replayId"') === (replayId !== undefined);
  return [
    ...followUps.flatMap((one) => contentFaults(ruleOf(one, plan.rule).windowing, scope, one)),
    ...[...unfinished].flatMap((alertId) => {
      // The invocations that received a follow-up message of the alert and were not disturbed.
      const looks = history.runs.filter(
        ({ messages, end }) => end === 'done' && messages.some(({ body }) => isMeant(alertId, body)),
      );
      return missingFaults(plan.rule, scope, alertId, looks);
    }),
  ];
}

function contentFaults(windowing: string, { truth, alerts }: ScopeTrial, followUp: PublishedAlert): string[] {
  const { alertId, regions, actor, start, end, at, run } = followUp;
  const published = alerts.filter((alert) => alert.alertId === alertId && alert.at < at);
  if (published.length === 0) return [`follow-up of ${alertId}, which was not published`];
  const faults: string[] = [];
  if (published.every((alert) => regions.length <= alert.regions.length))
    faults.push(`has no region added: ${regions}`);
  const inside = between(callsOf(truth.calls, actor), start, end);
  const early = inside.filter((call) => truth.stored(call) < run.startedAt);
  const { missing, invented } = compareRegions(regions, early, inside);
  if (missing.length > 0) faults.push(`misses ${missing}`);
  if (invented.length > 0) faults.push(`invents ${invented}`);
  if (windowing === 'tumbling' && published.some((alert) => alert.start !== start)) faults.push('is of another window');
  return faults.map((fault) => `follow-up of ${alertId} ${fault}`);
}

/** Of an alert without one: whether every look back came before a region was added, or there was none. */
function missingFaults(
  rule: Trial['plan']['rule'],
  { truth, alerts }: ScopeTrial,
  alertId: string,
  looks: readonly Run[],
): string[] {
  const own = alerts.filter((alert) => alert.alertId === alertId);
  const last = own.at(-1)!;
  // What was perhaps not published is published again, unless the first window finds a part of it by then.
  const isFirsts = firstFound(callsOf(truth.calls, last.actor), rule).some((one) => overlaps(one, last));
  if (last.isSlow && isFirsts && isDisturbed(last.run, last.at)) return [];
  const { isSlow } = last;
  const ownRule = ruleOf({ isSlow }, rule);
  if (looks.length === 0) return [`no look back at ${alertId}, published at ${last.at} by ${last.run.id}`];
  const until = Math.max(...looks.map(({ startedAt }) => startedAt));
  const calls = callsOf(truth.calls, last.actor).filter((call) => truth.stored(call) < until);
  // What the alert must have grown to: in sliding mode the burst it is in, where that is short enough to be one.
  const hull = ownRule.windowing === 'tumbling' ? last : hullOf(last, denseIntervals(calls, ownRule));
  const extent = hull.end - hull.start <= longestOf(ownRule) ? hull : last;
  const known = new Set(own.flatMap(({ regions }) => regions));
  const added = [...regionsOf(between(calls, extent.start, extent.end))].filter((region) => !known.has(region));
  return added.length === 0 ? [] : [`no follow-up of ${alertId}, though ${added} were added in time`];
}
