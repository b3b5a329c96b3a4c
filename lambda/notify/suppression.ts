import { accountOfArn, type Scope, scopePrefix } from '../detection/keys';
import { RULE } from '../detection/rule';
import { reasonOf } from '../errors';
import { type ControlMessageOf, writeControlMessage } from '../messages/control-message';
import { METRICS } from '../ports';
import { historyKey, type JournalEntry, parseEntry } from '../state/history';
import { type ItemKey, updateItem } from '../state/store';
import { sanitize } from '../util/sanitize';
import { getOrInsert, hashHex, maxOf } from '../util/values';
import { type Claimed, changeClaimed, clearClaim } from './claims';
import { ALERT_SECONDS, type Detector } from './context';
import { delayUntilOver, type PublishOnce, publish, publishOnce } from './send';

/**
 * Puts claims into rounds with at most one of an actor, its earliest first: only when that is told is it known whether
 * the next is a repeat. Without suppression all are one round.
 */
export function roundsOf(claimed: readonly Claimed[], { suppressSeconds = 0 }: Detector): (readonly Claimed[])[] {
  if (suppressSeconds === 0) return [claimed];
  const ofActors = new Map<string, Claimed[]>();
  for (const claim of [...claimed].sort((a, b) => a.alert.from - b.alert.from)) {
    const name = `${scopePrefix(claim.scope)} ${claim.activity.actor}`;
    getOrInsert(ofActors, name, (): Claimed[] => []).push(claim);
  }
  const most = maxOf([0, ...[...ofActors.values()].map(({ length }) => length)]);
  return Array.from({ length: most }, (_, round) =>
    [...ofActors.values()].flatMap((claims) => claims.slice(round, round + 1)),
  );
}

/**
 * Keeps an alert untold when its actor was told of shortly before: it is counted, listed, and named in the summary.
 * @returns false when it is to be told
 * @throws LedgerError, SendError
 */
export async function suppress(claim: Claimed, entry: JournalEntry, detector: Detector): Promise<boolean> {
  if ((detector.suppressSeconds ?? 0) === 0) return false;
  const { store, telemetry } = detector;
  const { scope } = claim;
  const { actor, alertId, at } = entry;
  const period = runningPeriod(await readSuppression(actor, scope, detector), alertId, at);
  if (period === undefined) return false;
  const place = { partitionKey: repeatsKey(actor, period.from, scope), sortKey: alertId };
  await store.putEntry(place, JSON.stringify(entry), at + ALERT_SECONDS);
  // Only now: a summary that nobody is at work on yet will find the repeat.
  if (!(await isAwaited(actor, period, scope, detector))) return false;
  await store.putEntry(historyKey(entry, scope), JSON.stringify(entry), at + ALERT_SECONDS);
  await changeClaimed(claim, detector, (alert) => ({ ...clearClaim(alert), state: 'held' }));
  telemetry.count(METRICS.alertsSuppressed, 1);
  telemetry.info('suppressed as a repeat', { alertId, of: period.alertId, replayId: scope.replayId });
  return true;
}

/** Whether a summary will come that has not been made up yet; the first repeat of a period asks for it. */
async function isAwaited(actor: string, { from }: Period, scope: Scope, detector: Detector): Promise<boolean> {
  const { queue, now } = detector;
  const current = periodFrom(await readSuppression(actor, scope, detector), from);
  if (current === undefined || isSummedUp(current, now())) return false;
  if (current.summary === 'scheduled') return true;
  // Sent before it is noted, so that a crash between the two asks twice rather than never.
  const message = writeControlMessage({
    kind: 'suppression-summary',
    ...(scope.replayId === undefined ? {} : { replayId: scope.replayId }),
    ...{ actor, from },
  });
  await queue.send(message, delayUntilOver(current.until, now()));
  let awaited = false;
  await changeSuppression(actor, scope, detector, (suppression) =>
    changePeriod(suppression, from, (period) => {
      awaited = !isSummedUp(period, now());
      return awaited && period.summary === 'none' ? { ...period, summary: 'scheduled' } : undefined;
    }),
  );
  return awaited;
}

/**
 * From here on repeats of the actor are not told. Called when the alert is marked as told, never before: should that go
 * wrong, the alert is told again instead of being taken for a repeat of itself.
 */
export async function beginSuppression({ activity, alert, scope }: Claimed, detector: Detector): Promise<void> {
  const { suppressSeconds = 0, now, telemetry } = detector;
  if (suppressSeconds === 0) return;
  try {
    await changeSuppression(activity.actor, scope, detector, (suppression) =>
      begin(suppression, alert.alertId, now(), suppressSeconds),
    );
  } catch (error) {
    // The alert is told, so its message need not come back; the next hit is told too, and begins it.
    const reason = sanitize(reasonOf(error), 400);
    telemetry.warn('a suppression could not be begun', { alertId: alert.alertId, reason });
  }
}

/** @throws LedgerError */
export async function readSuppression(actor: string, scope: Scope, { store }: Detector): Promise<Suppression> {
  return parsed((await store.readItem(suppressionKey(actor, scope)))?.value);
}

/** @throws LedgerError */
export async function changeSuppression(
  actor: string,
  scope: Scope,
  { store, now }: Detector,
  change: (suppression: Suppression) => Suppression | undefined,
): Promise<void> {
  await updateItem(store, suppressionKey(actor, scope), now() + ALERT_SECONDS, (value) => {
    const next = change(parsed(value));
    return next === undefined ? undefined : JSON.stringify(next);
  });
}

function parsed(value: string | undefined): Suppression {
  return value === undefined ? NOT_SUPPRESSED : (JSON.parse(value) as Suppression);
}

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

export function suppressionKey(actor: string, scope: Scope): ItemKey {
  return { partitionKey: `${scopePrefix(scope)}${RULE.id}/suppressed`, sortKey: hashHex(16, actor) };
}

/** Where the repeats of a period lie, each once however often it is met. */
export function repeatsKey(actor: string, from: number, scope: Scope): string {
  return `${scopePrefix(scope)}${RULE.id}/suppressed/${hashHex(16, actor)}/${from}`;
}

/** Repeats a summary names; it counts them all. */
const MAX_NAMED = 50;

/**
 * Tells once how often an actor was met again while it was suppressed, when that is over.
 * @throws LedgerError, SendError: the message shall come back
 */
export async function publishSuppressionSummary(
  message: ControlMessageOf<'suppression-summary'>,
  detector: Detector,
): Promise<void> {
  const { actor, from } = message;
  const { now, queue } = detector;
  const scope = { replayId: message.replayId };
  const period = periodFrom(await readSuppression(actor, scope, detector), from);
  if (period === undefined || period.summary === 'sent') return;
  const wait = delayUntilOver(period.until, now());
  if (wait > 0) {
    await queue.send(writeControlMessage(message), wait);
    return;
  }
  const told: PublishOnce<Period> = {
    change: (next) => changeSuppression(actor, scope, detector, (suppression) => changePeriod(suppression, from, next)),
    isSent: ({ summary }) => summary === 'sent',
    sent: (current) => ({ ...current, summary: 'sent' }),
  };
  await publishOnce(told, `${detector.invocationId}/summary/${from}`, detector, async () => {
    const { repeatCount, repeats } = await repeatsOf(actor, from, scope, detector);
    const account = accountOfArn(actor);
    const { until } = period;
    await publish({ kind: 'summary', actor, account, from, until, repeatCount, repeats }, { scope }, detector);
  });
}

/** How many there were, and the earliest of them. */
async function repeatsOf(
  actor: string,
  from: number,
  scope: Scope,
  { store }: Detector,
): Promise<{ repeatCount: number; repeats: JournalEntry[] }> {
  let repeatCount = 0;
  let repeats: JournalEntry[] = [];
  const earliest = () => repeats.sort((a, b) => a.start - b.start).slice(0, MAX_NAMED);
  // Their keys are alert ids, which are hexadecimal.
  for await (const { sortKey, value } of store.entries(repeatsKey(actor, from, scope), '0', 'g')) {
    repeatCount += 1;
    repeats.push(parseEntry(value, sortKey));
    if (repeats.length >= 20 * MAX_NAMED) repeats = earliest();
  }
  return { repeatCount, repeats: earliest() };
}
