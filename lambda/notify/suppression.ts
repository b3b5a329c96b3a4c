import { accountNameOf } from '../alert/model';
import { RULE } from '../detection/rule';
import { accountOfArn, type Scope, scopePrefix } from '../detection/store-keys';
import { reasonOf } from '../errors';
import type { ControlMessageOf } from '../messages/control-message';
import { METRICS } from '../ports';
import { type HistoryEntry, historyUnder, putHistory } from '../state/history';
import { type JsonItem, readValue, updateItem } from '../state/store';
import { sanitize } from '../util/sanitize';
import { getOrInsert, hashHex, maxOf } from '../util/values';
import { type Claim, changeClaimed, historyEntryOf } from './claims';
import type { AlertSettings, Holding, Publishing, Stateful } from './context';
import { addDue, overAt, postponeIfEarly } from './due';
import { type Change, clearLease, isLeased, type Leasable, leaseFor, publishOnce } from './lease';
import { publish } from './send';

/**
 * The periods in which repeats of one actor are counted instead of published: the value of an item, and its transitions,
 * which are pure. Seconds are UTC epoch, by the wall clock.
 */
export interface Suppression {
  /** at most one current period, and past ones whose summary is due */
  readonly periods: readonly Period[];
}

export interface Period extends Leasable {
  /** the published alert that started it */
  readonly alertId: string;
  readonly from: number;
  /** exclusive */
  readonly until: number;
  readonly summary: 'none' | 'scheduled' | 'sent';
}

export const NOT_SUPPRESSED: Suppression = { periods: [] };

/** The period in which an alert is a repeat, if any; the alert that started a period is not. */
export function runningPeriod({ periods }: Suppression, alertId: string, now: number): Period | undefined {
  return periods.find((period) => now < period.until && period.alertId !== alertId);
}

/** Starts a period, unless one is current. Extending that would report a steady scanner only once. */
export function start(
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

/** Whether its summary may have counted the repeats already, and would miss another. */
export function isSummarized(period: Period, now: number): boolean {
  return period.summary === 'sent' || isLeased(period, now);
}

export function changePeriod({ periods }: Suppression, from: number, change: Change<Period>): Suppression | undefined {
  const period = periods.find((one) => one.from === from);
  const next = period && change(period);
  return next && { periods: periods.map((one) => (one === period ? next : one)) };
}

function suppressionItem(actor: string, scope: Scope): JsonItem<Suppression> {
  const partitionKey = `${scopePrefix(scope)}${RULE.id}/suppressed`;
  return { key: { partitionKey, sortKey: hashHex(16, actor) }, absent: NOT_SUPPRESSED };
}

/** Partition key of the repeats of a period; a repeat is stored once however often it is detected. */
function repeatsKey(actor: string, from: number, scope: Scope): string {
  return `${scopePrefix(scope)}${RULE.id}/suppressed/${hashHex(16, actor)}/${from}`;
}

/**
 * Splits claims into rounds with at most one per actor, earliest first: only once that is published is it known whether
 * the next is a repeat. Without suppression there is one round.
 */
export function roundsOf(claims: readonly Claim[], { suppressMinutes }: AlertSettings): Claim[][] {
  if (suppressMinutes === 0) return [[...claims]];
  const byActor = new Map<string, Claim[]>();
  for (const claim of [...claims].sort((a, b) => a.alert.from - b.alert.from)) {
    const name = `${scopePrefix(claim.scope)} ${claim.detection.actor}`;
    getOrInsert(byActor, name, (): Claim[] => []).push(claim);
  }
  const actors = [...byActor.values()];
  const length = maxOf([0, ...actors.map((own) => own.length)]);
  return Array.from({ length }, (_, round) => actors.flatMap((own) => own.slice(round, round + 1)));
}

/**
 * Holds back an alert if one of its actor was published shortly before: it is counted, listed, and named in the
 * summary.
 * @returns false if it has to be published
 * @throws ServiceError
 */
export async function suppress(claim: Claim, detector: Holding): Promise<boolean> {
  const { store, telemetry, invocation, alerting } = detector;
  if (alerting.suppressMinutes === 0) return false;
  const { scope } = claim;
  const entry = historyEntryOf('suppressed', claim, invocation);
  const { actor, alertId, at } = entry;
  const period = runningPeriod(await readValue(store, suppressionItem(actor, scope)), alertId, at);
  if (period === undefined) return false;
  await putHistory(store, entry, scope, { partitionKey: repeatsKey(actor, period.from, scope), sortKey: alertId });
  // After storing the repeat: a summary that has not started by now will find it.
  if (!(await isInSummary(actor, period.from, scope, detector))) return false;
  await putHistory(store, entry, scope);
  await changeClaimed(claim, detector, (alert) => ({ ...clearLease(alert), state: 'held' }));
  telemetry.count(METRICS.alertsSuppressed, 1);
  telemetry.info('suppressed as a repeat', { alertId, of: period.alertId, replayId: scope.replayId });
  return true;
}

/** Whether a summary that has not counted its repeats will follow; the first repeat of a period schedules it. */
async function isInSummary(actor: string, from: number, scope: Scope, detector: Stateful): Promise<boolean> {
  const { store, invocation } = detector;
  const { now } = invocation;
  const item = suppressionItem(actor, scope);
  const current = (await readValue(store, item)).periods.find((period) => period.from === from);
  if (current === undefined || isSummarized(current, now())) return false;
  if (current.summary === 'scheduled') return true;
  // Before it is recorded: after a crash in between it is due twice rather than never.
  const message = { kind: 'suppression-summary', replayId: scope.replayId, actor, from } as const;
  await addDue(message, overAt(current.until), detector);
  let isAwaited = false;
  await updateItem(store, item, now(), (suppression) =>
    changePeriod(suppression, from, (period) => {
      isAwaited = !isSummarized(period, now());
      return isAwaited && period.summary === 'none' ? { ...period, summary: 'scheduled' } : undefined;
    }),
  );
  return isAwaited;
}

/**
 * Starts suppressing the actor's repeats, from the time of publishing. Called only after the alert is marked as sent:
 * if that fails, the alert is published again instead of counting as a repeat of itself.
 */
export async function startSuppression(claim: Claim, publishedAt: number, detector: Holding): Promise<void> {
  const { store, alerting, invocation, telemetry } = detector;
  const { detection, scope } = claim;
  const { alertId } = claim.alert;
  if (alerting.suppressMinutes === 0) return;
  try {
    await updateItem(store, suppressionItem(detection.actor, scope), invocation.now(), (suppression) =>
      start(suppression, alertId, publishedAt, alerting.suppressMinutes * 60),
    );
  } catch (error) {
    // The message does not fail: the next alert will be published too, and start the period.
    telemetry.warn('suppression not started', { alertId, reason: sanitize(reasonOf(error), 400) });
  }
}

/** Repeats that a summary names; it counts them all. */
const MAX_NAMED = 50;

/** Publishes after a period how often its actor was detected again. @throws ServiceError, for a retry */
export async function publishSummary(message: ControlMessageOf<'suppression-summary'>, detector: Publishing) {
  const { store, invocation } = detector;
  const { actor, from, replayId } = message;
  const item = suppressionItem(actor, { replayId });
  const period = (await readValue(store, item)).periods.find((one) => one.from === from);
  if (period === undefined || period.summary !== 'scheduled') return;
  const { until } = period;
  if (await postponeIfEarly(message, overAt(until), detector)) return;
  const once = {
    update: (change: Change<Period>) =>
      updateItem(store, item, invocation.now(), (suppression) => changePeriod(suppression, from, change)),
    isSent: ({ summary }: Period) => summary === 'sent',
    sent: (current: Period): Period => ({ ...current, summary: 'sent' }),
  };
  await publishOnce(once, leaseFor(`summary/${from}`, invocation), invocation.now, async () => {
    let count = 0;
    let repeats: HistoryEntry[] = [];
    const earliest = () => repeats.sort((a, b) => a.start - b.start).slice(0, MAX_NAMED);
    // Their sort keys are alert ids, in hexadecimal.
    for await (const repeat of historyUnder(store, repeatsKey(actor, from, { replayId }), '0', 'g')) {
      count += 1;
      repeats.push(repeat);
      if (repeats.length >= 20 * MAX_NAMED) repeats = earliest();
    }
    const account = accountOfArn(actor);
    const accountName = accountNameOf(detector.alerting.accountNames, account);
    const summary = { kind: 'summary', actor, account, accountName, from, until, count } as const;
    await publish({ ...summary, entries: earliest() }, { replayId }, detector);
  });
}
