import { getOrInsert } from '../../lambda/util/values';
import { TIMEOUT_SECONDS } from './machine';
import type { Plan } from './plan';
import { type HeldAlert, journal, readCaps, type Topic } from './published';
import type { Lived } from './world';

/** The cap lets through no more than it may, holds back nothing too early, and says once how much it held. */
export function judgeCap(plan: Plan, lived: Lived, topic: Topic, held: readonly HeldAlert[]): string[] {
  return [
    ...placeFaults(plan, lived, topic),
    ...heldFaults(plan, lived, held),
    ...noticeFaults(plan, lived, topic, held),
  ];
}

function accountOf(actor: string): string {
  return actor.startsWith('arn:') ? actor.split(':')[4]! : '-';
}

/** Every alert told had a place in an interval its function may have seen; no interval gave away too many. */
function placeFaults(plan: Plan, lived: Lived, topic: Topic): string[] {
  const faults: string[] = [];
  const { capAlerts: most, capSeconds: seconds } = plan.limits;
  const caps = readCaps(lived, plan);
  const actors = new Map(topic.alerts.map(({ alertId, actor }) => [alertId, actor]));
  for (const { from, cap } of caps) {
    if (new Set(cap.alertIds).size !== cap.alertIds.length) faults.push(`two places in ${from} for one alert`);
    if (cap.alertIds.length > most) faults.push(`${cap.alertIds.length} alerts in the interval ${from}`);
    const accounts = new Map<string, number>();
    for (const id of cap.alertIds) {
      const actor = actors.get(id);
      if (actor !== undefined) accounts.set(accountOf(actor), (accounts.get(accountOf(actor)) ?? 0) + 1);
    }
    for (const [account, count] of accounts)
      if (count > Math.max(1, most / 2)) faults.push(`${count} alerts of ${account} in the interval ${from}`);
  }
  for (const { alertId, replayId, at, run } of topic.alerts) {
    const hasPlace = caps.some(
      (one) =>
        one.replayId === replayId &&
        one.cap.alertIds.includes(alertId) &&
        one.from <= at + plan.fleet.skew &&
        one.from + seconds >= run.startedAt - plan.fleet.skew,
    );
    if (!hasPlace) faults.push(`alert ${alertId} told at ${at} without a place under the cap`);
  }
  return faults;
}

/** What is held back was held back by a cap that was reached, if only in the interval in which its function began. */
function heldFaults(plan: Plan, lived: Lived, held: readonly HeldAlert[]): string[] {
  const { capAlerts: most, capSeconds: seconds } = plan.limits;
  const caps = readCaps(lived, plan);
  return held.flatMap(({ alertId, actor, at, replayId }) => {
    if (Number.isNaN(at)) return [`alert ${alertId} is held, and no journal says so`];
    const isFull = caps.some(({ from, replayId: of, cap }) => {
      if (of !== replayId || from > at || from + seconds < at - TIMEOUT_SECONDS) return false;
      const ofAccount = cap.accounts[accountOf(actor)] ?? 0;
      return cap.alertIds.length >= most || ofAccount >= Math.floor(most / 2);
    });
    return isFull ? [] : [`alert ${alertId} held back at ${at}, though there was room`];
  });
}

/**
 * One notice an interval that held something back, with the right count: of the alerts noted in it, where some may have
 * been noted again later because they came too late for it.
 */
function noticeFaults(plan: Plan, lived: Lived, { notices }: Topic, held: readonly HeldAlert[]): string[] {
  const { capSeconds: seconds } = plan.limits;
  const faults: string[] = [];
  const intervalOf = (at: number) => Math.floor(at / seconds) * seconds;
  const noted = new Map<string, Set<string>>();
  const last = new Map<string, string>();
  for (const { at, alertId, replayId } of journal(lived, 'held')) {
    const interval = `${replayId} ${intervalOf(at)}`;
    getOrInsert(noted, interval, () => new Set<string>()).add(alertId);
    last.set(`${replayId} ${alertId}`, interval);
  }
  const final = new Set(held.map(({ replayId, alertId }) => `${replayId} ${alertId}`));
  for (const { at, alertId, replayId } of held) {
    const told = notices.filter((one) => one.replayId === replayId && one.from === intervalOf(at));
    if (told.length === 0) faults.push(`no notice that ${alertId} was held back at ${at}`);
  }
  for (const { from, replayId, heldCount, at } of notices) {
    const interval = `${replayId} ${from}`;
    const most = [...(noted.get(interval) ?? [])];
    const least = most.filter((alertId) => {
      const name = `${replayId} ${alertId}`;
      return final.has(name) && last.get(name) === interval;
    });
    if (heldCount > most.length || heldCount < least.length)
      faults.push(`the notice of ${from} tells of ${heldCount}, but ${least.length} were held back`);
    if (at < from + seconds) faults.push(`the notice of ${from} came at ${at}, before its interval's end`);
  }
  return faults;
}
