import { hashHex } from '../hash';
import type { Place } from '../ports';
import { RULE } from '../rule/rule';
import { type Scope, scopePrefix } from '../window/bucket-key';

/**
 * The times in which repeats of one actor are counted instead of told: the value of a ledger register, and its
 * transitions. Pure. Seconds are UTC epoch, by the clock on the wall.
 */
export interface Suppression {
  /** at most one that runs; of those that are over, whose summary is still due */
  readonly periods: readonly Period[];
}

export interface Period {
  /** the alert that began it, when it was told */
  readonly alertId: string;
  readonly from: number;
  /** exclusive */
  readonly until: number;
  /** whether somebody asked for the summary, and whether it went out */
  readonly summary: 'none' | 'scheduled' | 'sent';
  readonly claimId?: string | undefined;
  readonly leaseUntil?: number | undefined;
}

export const NOT_SUPPRESSED: Suppression = { periods: [] };

/** The period that an alert is a repeat in; the alert that began it is none. */
export function runningPeriod({ periods }: Suppression, alertId: string, now: number): Period | undefined {
  return periods.find((period) => now < period.until && period.alertId !== alertId);
}

/** Begins a period, unless one runs: that one is not made longer, else a steady scanner would be heard of once. */
export function begin(
  { periods }: Suppression,
  alertId: string,
  now: number,
  seconds: number,
): Suppression | undefined {
  if (periods.some(({ until }) => now < until)) return undefined;
  const from = Math.floor(now);
  const due = periods.filter(({ summary }) => summary === 'scheduled');
  return { periods: [...due, { alertId, from, until: from + seconds, summary: 'none' }] };
}

export function periodFrom({ periods }: Suppression, from: number): Period | undefined {
  return periods.find((period) => period.from === from);
}

/** Whether its summary may have been made up already, so that another repeat would be missing in it. */
export function isSummedUp({ summary, leaseUntil }: Period, now: number): boolean {
  return summary === 'sent' || (leaseUntil ?? 0) > now;
}

/** Changes the period that began at `from`; without it nothing is to be changed. */
export function changePeriod(
  suppression: Suppression,
  from: number,
  change: (period: Period) => Period | undefined,
): Suppression | undefined {
  const period = periodFrom(suppression, from);
  const next = period === undefined ? undefined : change(period);
  if (next === undefined) return undefined;
  return { periods: suppression.periods.map((one) => (one === period ? next : one)) };
}

export function suppressionPlace(actor: string, scope: Scope): Place {
  return { partitionKey: `${scopePrefix(scope)}${RULE.id}/suppressed`, sortKey: hashHex(16, actor) };
}

/** Where the repeats of a period lie, each once however often it is met. */
export function repeatsKey(actor: string, from: number, scope: Scope): string {
  return `${scopePrefix(scope)}${RULE.id}/suppressed/${hashHex(16, actor)}/${from}`;
}
