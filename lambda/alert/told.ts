import { hashHex } from '../hash';
import { RULE, type RuleParameters } from '../rule/rule';
import { joinBursts, longestBurst } from '../window/bursts';
import type { Span } from '../window/spans';

/**
 * What was told of one window, or in sliding mode of one actor: the value of a ledger register, and its transitions.
 * Pure; whoever applies one writes it under the register's version. Seconds are UTC epoch.
 */
export interface Told {
  /** by the time they were first claimed */
  readonly alerts: readonly ToldAlert[];
}

export interface ToldAlert {
  readonly alertId: string;
  /** the time it stands for; it may grow, the id stays */
  readonly from: number;
  readonly until: number;
  readonly decidedAt: number;
  readonly state: 'claimed' | 'sent' | 'held';
  /** who is at work on it, and until when nobody else may be; for a sent one that is its follow-up */
  readonly claimId?: string | undefined;
  readonly leaseUntil?: number | undefined;
  /** regions and calls as published */
  readonly regions?: number | undefined;
  readonly calls?: number | undefined;
  readonly messageId?: string | undefined;
  readonly publishedAt?: number | undefined;
  /** regions as told in the follow-up */
  readonly followedUp?: number | undefined;
}

export const NOTHING_TOLD: Told = { alerts: [] };

/** A claimant's name and the second its lease ends. */
export interface Claim {
  readonly claimId: string;
  readonly leaseUntil: number;
}

/** Alerts one register keeps apart; of a scanner that never stops the oldest are dropped, long after they were told. */
const MOST_ALERTS = 1000;

/**
 * Claims what these spans show and nobody has told or is telling.
 * @returns the next value, and `undefined` where it would be the same; `leased` where somebody else is at work
 */
export function claim(
  told: Told,
  spans: readonly Span[],
  actor: string,
  rule: RuleParameters,
  mine: Claim,
  now: number,
): { next: Told | undefined; leased: boolean } {
  const joined = joinBursts(spans, told.alerts, longestBurst(rule));
  const isLeased = ({ state, leaseUntil }: ToldAlert) => state === 'claimed' && (leaseUntil ?? 0) > now;
  const taken = joined.told.map((alert) =>
    alert.state === 'claimed' && !isLeased(alert) ? { ...alert, ...mine } : alert,
  );
  const fresh = joined.fresh.map(
    (span): ToldAlert => ({
      alertId: alertIdOf(rule, span.start, actor),
      from: span.start,
      until: span.end,
      decidedAt: span.decidedAt,
      state: 'claimed',
      ...mine,
    }),
  );
  const alerts = [...taken, ...fresh].slice(-MOST_ALERTS);
  const same = JSON.stringify(alerts) === JSON.stringify(told.alerts);
  return { next: same ? undefined : { alerts }, leased: told.alerts.some(isLeased) };
}

/** The alerts a claimant holds and has not told. */
export function claimedBy(told: Told, claimId: string): ToldAlert[] {
  return told.alerts.filter((alert) => alert.state === 'claimed' && alert.claimId === claimId);
}

/** Changes one alert; without it the value stays as it is. */
export function changeAlert(told: Told, alertId: string, change: (alert: ToldAlert) => ToldAlert): Told {
  return { alerts: told.alerts.map((alert) => (alert.alertId === alertId ? change(alert) : alert)) };
}

/**
 * Gives a claim up, so that the next to see the alert may take it. One that was not told stays claimed with its lease
 * over: it may have reached the topic after all, and a repeat must carry the same id.
 */
export function released(claimId: string): (alert: ToldAlert) => ToldAlert {
  return (alert) => {
    if (alert.claimId !== claimId) return alert;
    return alert.state === 'claimed' ? { ...alert, leaseUntil: 0 } : withoutClaim(alert);
  };
}

export function withoutClaim({ claimId: _claimId, leaseUntil: _leaseUntil, ...alert }: ToldAlert): ToldAlert {
  return alert;
}

/** The same for the same rule, window (or first told start) and actor, so that a repeat can be recognised. */
export function alertIdOf(rule: RuleParameters, start: number, actor: string): string {
  return hashHex(16, RULE.id, rule.windowing, String(start), actor);
}
