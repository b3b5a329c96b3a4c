import { type Scope, scopePrefix } from '../detection/keys';
import { RULE } from '../detection/rule';
import { type ControlMessageOf, writeControlMessage } from '../messages/control-message';
import { METRICS } from '../ports';
import { historyKey, type JournalEntry, readJournal } from '../state/history';
import { type ItemKey, updateItem } from '../state/store';
import { type Claimed, changeClaimed, clearClaim } from './claims';
import { ALERT_SECONDS, type Detector, type RateLimits } from './context';
import { delayUntilOver, type PublishOnce, publish, publishOnce } from './send';

/** Whether the alert has a place under the cap of the running interval. @throws LedgerError */
export async function isAdmitted({ alert, scope }: Claimed, account: string, detector: Detector): Promise<boolean> {
  const { store, cap: limits, now } = detector;
  let admitted = false;
  await updateItem(store, rateLimitKey(intervalOf(now(), limits), scope), now() + ALERT_SECONDS, (value) => {
    const outcome = admit(readRateLimit(value), alert.alertId, account, limits);
    admitted = outcome.admitted;
    return admitted ? JSON.stringify(outcome.next) : undefined;
  });
  return admitted;
}

/** Keeps an alert untold: it is listed, counted, and named in an interval's notice. @throws LedgerError, SendError */
export async function throttle(claim: Claimed, held: JournalEntry, detector: Detector): Promise<void> {
  const { store, telemetry, now, cap: limits } = detector;
  // Noted under the time of the noting, which may be long after the cap was asked.
  let entry = { ...held, at: Math.floor(now()) };
  const note = () => store.putEntry(historyKey(entry, claim.scope), JSON.stringify(entry), entry.at + ALERT_SECONDS);
  await note();
  while (!(await isInNotice(entry.at, claim, detector))) {
    entry = { ...held, at: intervalOf(entry.at, limits) + limits.seconds };
    await note();
  }
  await changeClaimed(claim, detector, (alert) => ({ ...clearClaim(alert), state: 'held' }));
  // A replay of much may hold back much; the alarm is about live alerts.
  if (claim.scope.replayId === undefined) telemetry.count(METRICS.alertsHeldBack, 1);
  telemetry.warn('held back by the cap', { alertId: held.alertId, replayId: claim.scope.replayId });
}

/**
 * One notice an interval, asked for by the first alert held back in it.
 * @returns whether the notice will count what was noted just now; else it is being made up, and the next one's will
 */
async function isInNotice(
  at: number,
  { scope }: Claimed,
  { store, queue, cap: limits, now }: Detector,
): Promise<boolean> {
  const intervalStart = intervalOf(at, limits);
  const place = rateLimitKey(intervalStart, scope);
  const current = readRateLimit((await store.readItem(place))?.value);
  // Whoever tells the notice claims it before counting.
  if (current.claimId !== undefined) return false;
  if (current.notice !== 'none') return true;
  // Sent before it is noted, so that a crash between the two asks twice rather than never.
  const message = writeControlMessage({
    kind: 'cap-notice',
    ...(scope.replayId === undefined ? {} : { replayId: scope.replayId }),
    intervalStart,
  });
  await queue.send(message, delayUntilOver(intervalStart + limits.seconds, now()));
  await updateItem(store, place, now() + ALERT_SECONDS, (value) => {
    const cap = readRateLimit(value);
    return cap.notice === 'none' ? JSON.stringify({ ...cap, notice: 'scheduled' }) : undefined;
  });
  return true;
}

export function readRateLimit(value: string | undefined): RateLimit {
  return value === undefined ? EMPTY_RATE_LIMIT : (JSON.parse(value) as RateLimit);
}

/**
 * The most alerts told in one interval of wall-clock time: the value of a ledger register, and its transitions. Pure.
 * At most half of it goes to one account, else decoys in one would hide the real alert of another.
 */
export interface RateLimit {
  readonly alertIds: readonly string[];
  /** alerts by account */
  readonly accounts: Readonly<Record<string, number>>;
  /** whether somebody asked for the notice, and whether it went out */
  readonly notice: 'none' | 'scheduled' | 'sent';
  readonly claimId?: string | undefined;
  readonly leaseUntil?: number | undefined;
}

export const EMPTY_RATE_LIMIT: RateLimit = { alertIds: [], accounts: {}, notice: 'none' };

/** UTC epoch second the interval of `now` began. */
export function intervalOf(now: number, { seconds }: RateLimits): number {
  return Math.floor(now / seconds) * seconds;
}

/** Takes a place for an alert. One that has a place keeps it. */
export function admit(
  cap: RateLimit,
  alertId: string,
  account: string,
  { most }: RateLimits,
): { next: RateLimit; admitted: boolean } {
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

export function rateLimitKey(intervalStart: number, scope: Scope): ItemKey {
  return { partitionKey: `${scopePrefix(scope)}${RULE.id}/cap/${intervalStart}`, sortKey: 'cap' };
}

/** Alerts a notice names; it counts them all. */
const MAX_NAMED = 50;

/**
 * Tells once how many alerts an interval held back, when it is over.
 * @throws LedgerError, SendError: the message shall come back
 */
export async function publishRateLimitNotice(
  message: ControlMessageOf<'cap-notice'>,
  detector: Detector,
): Promise<void> {
  const { store, cap: limits, now, queue } = detector;
  const scope = { replayId: message.replayId };
  const from = message.intervalStart;
  const until = from + limits.seconds;
  const wait = delayUntilOver(until, now());
  if (wait > 0) {
    await queue.send(writeControlMessage(message), wait);
    return;
  }
  const place = rateLimitKey(from, scope);
  const told: PublishOnce<RateLimit> = {
    change: (next) =>
      updateItem(store, place, now() + ALERT_SECONDS, (value) => {
        const cap = next(readRateLimit(value));
        return cap === undefined ? undefined : JSON.stringify(cap);
      }),
    isSent: ({ notice }) => notice === 'sent',
    sent: (cap) => ({ ...cap, notice: 'sent' }),
  };
  await publishOnce(told, `${detector.invocationId}/notice/${from}`, detector, async () => {
    const held: JournalEntry[] = [];
    // An alert is noted again when whoever held it back could not finish.
    const ids = new Set<string>();
    for await (const entry of readJournal(store, from, until, scope)) {
      if (entry.kind !== 'held' || ids.has(entry.alertId)) continue;
      ids.add(entry.alertId);
      if (held.length < MAX_NAMED) held.push(entry);
    }
    const heldCount = ids.size;
    await publish({ kind: 'notice', from, until, most: limits.most, heldCount, held }, { scope }, detector);
  });
}
