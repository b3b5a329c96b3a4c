import type { Place } from '../ports';
import { RULE } from '../rule/rule';
import { type Scope, scopePrefix } from '../window/bucket-key';

/**
 * The most alerts told in one interval of wall-clock time: the value of a ledger register, and its transitions. Pure.
 * At most half of it goes to one account, else decoys in one would hide the real alert of another.
 */
export interface Cap {
  readonly alertIds: readonly string[];
  /** alerts by account */
  readonly accounts: Readonly<Record<string, number>>;
  /** whether somebody asked for the notice, and whether it went out */
  readonly notice: 'none' | 'scheduled' | 'sent';
  readonly claimId?: string | undefined;
  readonly leaseUntil?: number | undefined;
}

export const EMPTY_CAP: Cap = { alertIds: [], accounts: {}, notice: 'none' };

export interface CapLimits {
  /** alerts */
  readonly most: number;
  /** length of the interval */
  readonly seconds: number;
}

/** UTC epoch second the interval of `now` began. */
export function intervalOf(now: number, { seconds }: CapLimits): number {
  return Math.floor(now / seconds) * seconds;
}

/** Takes a place for an alert. One that has a place keeps it. */
export function admit(
  cap: Cap,
  alertId: string,
  account: string,
  { most }: CapLimits,
): { next: Cap; admitted: boolean } {
  if (cap.alertIds.includes(alertId)) return { next: cap, admitted: true };
  const ofAccount = Object.hasOwn(cap.accounts, account) ? cap.accounts[account]! : 0;
  if (cap.alertIds.length >= most || ofAccount >= Math.floor(most / 2)) return { next: cap, admitted: false };
  return {
    next: {
      ...cap,
      alertIds: [...cap.alertIds, alertId],
      accounts: { ...cap.accounts, [account]: ofAccount + 1 },
    },
    admitted: true,
  };
}

export function capPlace(intervalStart: number, scope: Scope): Place {
  return { partitionKey: `${scopePrefix(scope)}${RULE.id}/cap/${intervalStart}`, sortKey: 'cap' };
}
