import { inert } from '../alert/inert';
import { type JournalEntry, journalPlace } from '../alert/journal';
import {
  begin,
  changePeriod,
  isSummedUp,
  NOT_SUPPRESSED,
  type Period,
  periodFrom,
  repeatsKey,
  runningPeriod,
  type Suppression,
  suppressionPlace,
} from '../alert/suppression';
import { withoutClaim } from '../alert/told';
import { entry as entryOf, greatestOf } from '../collections';
import { reasonOf } from '../errors';
import { METRICS } from '../metric-names';
import { changeRegister } from '../register';
import { writeOwnMessage } from '../trail/own-message';
import { type Scope, scopePrefix } from '../window/bucket-key';
import { type Claimed, changeClaimed } from './claims';
import { ALERT_SECONDS, type Detector } from './detector';
import { delayUntilOver } from './own-delay';

/**
 * Puts claims into rounds with at most one of an actor, its earliest first: only when that is told is it known whether
 * the next is a repeat. Without suppression all are one round.
 */
export function roundsOf(
  claimed: readonly Claimed[],
  { suppressSeconds = 0 }: Detector,
): (readonly Claimed[])[] {
  if (suppressSeconds === 0) return [claimed];
  const ofActors = new Map<string, Claimed[]>();
  for (const claim of [...claimed].sort((a, b) => a.alert.from - b.alert.from)) {
    const name = `${scopePrefix(claim.scope)} ${claim.activity.actor}`;
    entryOf(ofActors, name, (): Claimed[] => []).push(claim);
  }
  const most = greatestOf([0, ...[...ofActors.values()].map(({ length }) => length)]);
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
  const { ledger, telemetry } = detector;
  const { scope } = claim;
  const { actor, alertId, at } = entry;
  const period = runningPeriod(await readSuppression(actor, scope, detector), alertId, at);
  if (period === undefined) return false;
  const place = { partitionKey: repeatsKey(actor, period.from, scope), sortKey: alertId };
  await ledger.putEntry(place, JSON.stringify(entry), at + ALERT_SECONDS);
  // Only now: a summary that nobody is at work on yet will find the repeat.
  if (!(await isAwaited(actor, period, scope, detector))) return false;
  await ledger.putEntry(journalPlace(entry, scope), JSON.stringify(entry), at + ALERT_SECONDS);
  await changeClaimed(claim, detector, (alert) => ({ ...withoutClaim(alert), state: 'held' }));
  telemetry.count(METRICS.alertsSuppressed, 1);
  telemetry.info('suppressed as a repeat', { alertId, of: period.alertId, replayId: scope.replayId });
  return true;
}

/** Whether a summary will come that has not been made up yet; the first repeat of a period asks for it. */
async function isAwaited(
  actor: string,
  { from }: Period,
  scope: Scope,
  detector: Detector,
): Promise<boolean> {
  const { queue, now } = detector;
  const current = periodFrom(await readSuppression(actor, scope, detector), from);
  if (current === undefined || isSummedUp(current, now())) return false;
  if (current.summary === 'scheduled') return true;
  // Sent before it is noted, so that a crash between the two asks twice rather than never.
  const message = writeOwnMessage({
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
export async function beginSuppression(
  { activity, alert, scope }: Claimed,
  detector: Detector,
): Promise<void> {
  const { suppressSeconds = 0, now, telemetry } = detector;
  if (suppressSeconds === 0) return;
  try {
    await changeSuppression(activity.actor, scope, detector, (suppression) =>
      begin(suppression, alert.alertId, now(), suppressSeconds),
    );
  } catch (error) {
    // The alert is told, so its message need not come back; the next hit is told too, and begins it.
    const reason = inert(reasonOf(error), 400);
    telemetry.warn('a suppression could not be begun', { alertId: alert.alertId, reason });
  }
}

/** @throws LedgerError */
export async function readSuppression(
  actor: string,
  scope: Scope,
  { ledger }: Detector,
): Promise<Suppression> {
  return parsed((await ledger.readRegister(suppressionPlace(actor, scope)))?.value);
}

/** @throws LedgerError */
export async function changeSuppression(
  actor: string,
  scope: Scope,
  { ledger, now }: Detector,
  change: (suppression: Suppression) => Suppression | undefined,
): Promise<void> {
  await changeRegister(ledger, suppressionPlace(actor, scope), now() + ALERT_SECONDS, (value) => {
    const next = change(parsed(value));
    return next === undefined ? undefined : JSON.stringify(next);
  });
}

function parsed(value: string | undefined): Suppression {
  return value === undefined ? NOT_SUPPRESSED : (JSON.parse(value) as Suppression);
}
