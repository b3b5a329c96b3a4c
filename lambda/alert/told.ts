import { hashHex } from '../hash';
import { RULE, type RuleParameters } from '../rule/rule';
import { type Burst, joinBursts, longestBurst } from '../window/bursts';
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
  /** their names, for the follow-up; of the last alerts only */
  readonly regionNames?: readonly string[] | undefined;
  readonly calls?: number | undefined;
  readonly messageId?: string | undefined;
  readonly publishedAt?: number | undefined;
  /** regions as told in the follow-up */
  readonly followedUp?: number | undefined;
}

export const NOTHING_TOLD: Told = { alerts: [] };

/** A claimant's name, `{invocation}/…`, and the second its lease ends. */
export interface Claim {
  readonly claimId: string;
  readonly leaseUntil: number;
}

/** Alerts one register keeps apart; of a scanner that never stops the oldest are dropped, long after they were told. */
const MOST_ALERTS = 1000;
/** So many of them may have their follow-up ahead; names for all of them would not go into one item of the ledger. */
const MOST_WITH_NAMES = 50;

/**
 * Claims what these spans show and nobody has told or is telling. What the claimant holds already it keeps: its write may
 * have been done though its answer was lost.
 * @param spans all that is known of the actor around `seen`
 * @param seen the time the claimant knows all of; what lies outside is left to those who do
 * @returns the next value, and `undefined` where it would be the same; `leased` where another invocation is at work
 */
export function claim(
  told: Told,
  spans: readonly Span[],
  actor: string,
  rule: RuleParameters,
  mine: Claim,
  now: number,
  seen: Burst,
): { next: Told | undefined; leased: boolean } {
  const joined = joinBursts(spans, told.alerts, longestBurst(rule));
  const isSeen = ({ from, until }: Burst) => from < seen.until && until > seen.from;
  const isLeased = ({ state, claimId, leaseUntil }: ToldAlert) =>
    state === 'claimed' && claimId !== mine.claimId && (leaseUntil ?? 0) > now;
  // Whoever takes an alert over must know why it is one.
  const isKnown = ({ from, until }: Burst) => spans.some(({ start, end }) => start >= from && end <= until);
  const taken = joined.told.map((alert) =>
    alert.state === 'claimed' && !isLeased(alert) && isSeen(alert) && isKnown(alert)
      ? { ...alert, ...mine }
      : alert,
  );
  const fresh = joined.fresh
    .filter(({ start, end }) => isSeen({ from: start, until: end }))
    .map(
      (span): ToldAlert => ({
        alertId: alertIdOf(rule, span.start, actor),
        from: span.start,
        until: span.end,
        decidedAt: span.decidedAt,
        state: 'claimed',
        ...mine,
      }),
    );
  const alerts = withoutOldNames([...taken, ...fresh].slice(-MOST_ALERTS));
  const same = JSON.stringify(alerts) === JSON.stringify(told.alerts);
  const isForeign = ({ claimId }: ToldAlert) => invocationOf(claimId) !== invocationOf(mine.claimId);
  return {
    next: same ? undefined : { alerts },
    leased: joined.told.some((alert) => isLeased(alert) && isSeen(alert) && isForeign(alert)),
  };
}

function withoutOldNames(alerts: readonly ToldAlert[]): ToldAlert[] {
  const isOld = (index: number) => index < alerts.length - MOST_WITH_NAMES;
  return alerts.map((alert, index) => {
    if (!isOld(index) || alert.regionNames === undefined) return alert;
    const { regionNames: _, ...rest } = alert;
    return rest;
  });
}

/** A claim's name begins with that of its invocation. */
function invocationOf(claimId: string | undefined): string | undefined {
  return claimId?.split('/', 1)[0];
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
