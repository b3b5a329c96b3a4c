import { getOrInsert } from '../../lambda/util/values';
import { TIMEOUT_SECONDS } from './machine';
import type { Plan } from './plan';
import type { ScopeTrial } from './trial';

/** The rate limit admits no more than it may, throttles nothing too early, and says once how much it held. */
export function judgeRateLimit(plan: Plan, scope: ScopeTrial): string[] {
  return [...admittedFaults(plan, scope), ...heldFaults(plan, scope), ...noticeFaults(plan, scope)];
}

function accountOf(actor: string): string {
  return actor.startsWith('arn:') ? actor.split(':')[4]! : '-';
}

/** No interval admitted too many; every alert published was admitted in an interval that its function may have seen. */
function admittedFaults({ limits: { capAlerts, capSeconds }, fleet }: Plan, { alerts, limits }: ScopeTrial): string[] {
  const faults: string[] = [];
  const actors = new Map(alerts.map(({ alertId, actor }) => [alertId, actor]));
  for (const { from, limit } of limits) {
    const { alertIds } = limit;
    if (new Set(alertIds).size !== alertIds.length) faults.push(`one alert admitted twice in ${from}`);
    if (alertIds.length > capAlerts) faults.push(`${alertIds.length} alerts in the interval ${from}`);
    const accounts = new Map<string, number>();
    for (const actor of alertIds.flatMap((id) => actors.get(id) ?? [])) {
      accounts.set(accountOf(actor), getOrInsert(accounts, accountOf(actor), () => 0) + 1);
    }
    for (const [account, count] of accounts)
      if (count > Math.max(1, capAlerts / 2)) faults.push(`${count} alerts of ${account} in the interval ${from}`);
  }
  for (const { alertId, at, run } of alerts) {
    const isAdmitted = limits.some(
      ({ from, limit }) =>
        limit.alertIds.includes(alertId) && from <= at + fleet.skew && from + capSeconds >= run.startedAt - fleet.skew,
    );
    if (!isAdmitted) faults.push(`alert ${alertId} published at ${at} though it was not admitted`);
  }
  return faults;
}

/** What is held was throttled by a limit that was reached, if only in the interval in which its function started. */
function heldFaults({ limits: { capAlerts, capSeconds } }: Plan, { held, limits }: ScopeTrial): string[] {
  return held.flatMap(({ alertId, actor, at }) => {
    if (Number.isNaN(at)) return [`alert ${alertId} is held, and the history does not say so`];
    const isReached = limits.some(({ from, limit: { alertIds, accounts } }) => {
      if (from > at || from + capSeconds < at - TIMEOUT_SECONDS) return false;
      const [half, own] = [Math.floor(capAlerts / 2), accounts[accountOf(actor)] ?? 0];
      const further = alertIds.length - Object.keys(accounts).length;
      return alertIds.length >= capAlerts || own >= half || (own > 0 && further >= half);
    });
    return isReached ? [] : [`alert ${alertId} throttled at ${at}, though the limit was not reached`];
  });
}

/**
 * One notice an interval that throttled something, with the right count: of the alerts recorded in it, where some may
 * have been recorded again later because they came too late for it.
 */
function noticeFaults({ limits: { capSeconds } }: Plan, { notices, held, heldEntries }: ScopeTrial): string[] {
  const faults: string[] = [];
  const intervalOf = (at: number) => Math.floor(at / capSeconds) * capSeconds;
  const recorded = new Map<number, Set<string>>();
  const last = new Map<string, number>();
  for (const { at, alertId } of heldEntries) {
    getOrInsert(recorded, intervalOf(at), () => new Set<string>()).add(alertId);
    last.set(alertId, intervalOf(at));
  }
  for (const { at, alertId } of held)
    if (!notices.some(({ from }) => from === intervalOf(at)))
      faults.push(`no notice that ${alertId} was held at ${at}`);
  const final = new Set(held.map(({ alertId }) => alertId));
  for (const { from, heldCount, at } of notices) {
    const most = [...(recorded.get(from) ?? [])];
    const least = most.filter((alertId) => final.has(alertId) && last.get(alertId) === from);
    if (heldCount > most.length || heldCount < least.length)
      faults.push(`the notice of ${from} counts ${heldCount}, but ${least.length} were held`);
    if (at < from + capSeconds) faults.push(`the notice of ${from} came at ${at}, before its interval's end`);
  }
  return faults;
}
