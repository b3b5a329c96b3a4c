import { RULE } from '../detection/rule';
import { accountOfArn, type Scope, scopePrefix } from '../detection/store-keys';
import { NotificationError } from '../errors';
import type { ControlMessageOf } from '../messages/control-message';
import { METRICS } from '../ports';
import { type HistoryEntry, putHistory, readHistory } from '../state/history';
import { type JsonItem, readValue, updateItem } from '../state/store';
import { type Claim, changeClaimed, historyEntryOf } from './claims';
import type { Holding, Publishing, RateLimits } from './context';
import { addDue, overAt, postponeIfEarly } from './due';
import { type Change, clearLease, type Leasable, leaseFor, publishOnce, SLACK_SECONDS } from './lease';
import { publish } from './send';

/**
 * The alerts published in one interval of wall-clock time: the value of an item, and its transitions, which are pure.
 * Half of them are kept for the first alert of each account, and one account gets at most half, so that decoys cannot
 * hide another account's alert.
 */
export interface RateLimit extends Leasable {
  readonly alertIds: readonly string[];
  /** alerts by account */
  readonly accounts: Readonly<Record<string, number>>;
  readonly notice: 'none' | 'scheduled' | 'sent';
}

/** UTC epoch second at which the interval of `now` began. */
function intervalOf(now: number, { capSeconds }: RateLimits): number {
  return Math.floor(now / capSeconds) * capSeconds;
}

/** @returns the next value, `undefined` if the limit is reached; an admitted alert stays admitted */
function admit(limit: RateLimit, alertId: string, account: string, { capAlerts }: RateLimits): RateLimit | undefined {
  if (limit.alertIds.includes(alertId)) return limit;
  const ofAccount = Object.hasOwn(limit.accounts, account) ? limit.accounts[account]! : 0;
  const half = Math.floor(capAlerts / 2);
  if (limit.alertIds.length >= capAlerts || ofAccount >= half) return undefined;
  const further = limit.alertIds.length - Object.keys(limit.accounts).length;
  if (ofAccount > 0 && further >= half) return undefined;
  return {
    ...limit,
    alertIds: [...limit.alertIds, alertId],
    accounts: { ...limit.accounts, [account]: ofAccount + 1 },
  };
}

export function rateLimitItem(intervalStart: number, scope: Scope): JsonItem<RateLimit> {
  const partitionKey = `${scopePrefix(scope)}${RULE.id}/cap/${intervalStart}`;
  return { key: { partitionKey, sortKey: 'cap' }, absent: { alertIds: [], accounts: {}, notice: 'none' } };
}

/** Whether the rate limit admits the alert now. @throws ServiceError */
export async function isAdmitted({ alert, detection, scope }: Claim, detector: Holding): Promise<boolean> {
  const { store, alerting } = detector;
  const { now } = detector.invocation;
  const account = accountOfArn(detection.actor) ?? '-';
  let admitted = false;
  await updateItem(store, rateLimitItem(intervalOf(now(), alerting), scope), now(), (limit) => {
    const next = admit(limit, alert.alertId, account, alerting);
    admitted = next !== undefined;
    return next;
  });
  return admitted;
}

/** Holds back an alert: it is listed, counted, and named in an interval's notice. @throws ServiceError */
export async function throttle(claim: Claim, detector: Holding): Promise<void> {
  const { store, telemetry, alerting, invocation } = detector;
  const { scope, alert } = claim;
  // Dated now, which may be long after the limit was reached.
  let entry = historyEntryOf('held', claim, invocation);
  await putHistory(store, entry, scope);
  while (!(await isInNotice(entry.at, scope, detector))) {
    entry = { ...entry, at: intervalOf(entry.at, alerting) + alerting.capSeconds };
    await putHistory(store, entry, scope);
  }
  await changeClaimed(claim, detector, (stored) => ({ ...clearLease(stored), state: 'held' }));
  // The alarm is for live alerts only: a large replay may throttle many.
  if (scope.replayId === undefined) telemetry.count(METRICS.alertsHeldBack, 1);
  telemetry.warn('throttled by the rate limit', { alertId: alert.alertId, replayId: scope.replayId });
}

/**
 * The first alert throttled in an interval makes its notice due.
 * @returns whether the notice of the interval will count an alert recorded at `at`; otherwise the next one's must
 */
async function isInNotice(at: number, scope: Scope, detector: Holding): Promise<boolean> {
  const { store, alerting, invocation } = detector;
  const intervalStart = intervalOf(at, alerting);
  const item = rateLimitItem(intervalStart, scope);
  const current = await readValue(store, item);
  // The notice takes its lease before it counts its alerts.
  if (current.claimId !== undefined) return false;
  if (current.notice !== 'none') return true;
  // Before it is recorded: after a crash in between it is due twice rather than never.
  const message = { kind: 'cap-notice', replayId: scope.replayId, intervalStart } as const;
  await addDue(message, overAt(intervalStart + alerting.capSeconds), detector);
  await updateItem<RateLimit>(store, item, invocation.now(), (limit) =>
    limit.notice === 'none' ? { ...limit, notice: 'scheduled' } : undefined,
  );
  return true;
}

/** Alerts that a notice names, one of each account first; it counts them all. */
const MAX_NAMED = 50;

/**
 * Publishes once, after an interval, how many alerts it throttled.
 * @throws ServiceError: the message will be retried; NotificationError for a message that is not our own
 */
export async function publishNotice(message: ControlMessageOf<'cap-notice'>, detector: Publishing): Promise<void> {
  const { store, alerting, invocation } = detector;
  const { replayId, intervalStart: from } = message;
  const until = from + alerting.capSeconds;
  if (from > invocation.now() + SLACK_SECONDS)
    throw new NotificationError(`a notice of ${from}, which is in the future`);
  if (await postponeIfEarly(message, overAt(until), detector)) return;
  const item = {
    update: (change: Change<RateLimit>) =>
      updateItem(store, rateLimitItem(from, { replayId }), invocation.now(), change),
    isSent: ({ notice }: RateLimit) => notice === 'sent',
    sent: (limit: RateLimit): RateLimit => ({ ...limit, notice: 'sent' }),
  };
  await publishOnce(item, leaseFor(`notice/${from}`, invocation), invocation.now, async () => {
    const firstOfAccounts = new Map<string | undefined, HistoryEntry>();
    const others: HistoryEntry[] = [];
    // An alert is recorded twice if the invocation that throttled it did not finish.
    const ids = new Set<string>();
    for await (const entry of readHistory(store, from, until, { replayId })) {
      if (entry.kind !== 'held' || ids.has(entry.alertId)) continue;
      ids.add(entry.alertId);
      if (!firstOfAccounts.has(entry.account)) firstOfAccounts.set(entry.account, entry);
      else if (others.length < MAX_NAMED) others.push(entry);
    }
    if (ids.size === 0) throw new NotificationError(`a notice of ${from}, in which no alert was throttled`);
    const entries = [...firstOfAccounts.values(), ...others].slice(0, MAX_NAMED);
    const limit = alerting.capAlerts;
    await publish({ kind: 'notice', from, until, limit, count: ids.size, entries }, { replayId }, detector);
  });
}
