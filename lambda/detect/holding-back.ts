import { admit, type Cap, capPlace, EMPTY_CAP, intervalOf } from '../alert/cap';
import { type JournalEntry, journalPlace } from '../alert/journal';
import { withoutClaim } from '../alert/told';
import { METRICS } from '../metric-names';
import { changeRegister } from '../register';
import { writeOwnMessage } from '../trail/own-message';
import { type Claimed, changeClaimed } from './claims';
import { ALERT_SECONDS, type Detector } from './detector';
import { delayUntilOver } from './own-delay';

/** Whether the alert has a place under the cap of the running interval. @throws LedgerError */
export async function isAdmitted(
  { alert, scope }: Claimed,
  account: string,
  detector: Detector,
): Promise<boolean> {
  const { ledger, cap: limits, now } = detector;
  let admitted = false;
  await changeRegister(ledger, capPlace(intervalOf(now(), limits), scope), now() + ALERT_SECONDS, (value) => {
    const outcome = admit(readCap(value), alert.alertId, account, limits);
    admitted = outcome.admitted;
    return admitted ? JSON.stringify(outcome.next) : undefined;
  });
  return admitted;
}

/** Keeps an alert untold: it is listed, counted, and named in an interval's notice. @throws LedgerError, SendError */
export async function holdBack(claim: Claimed, held: JournalEntry, detector: Detector): Promise<void> {
  const { ledger, telemetry, now, cap: limits } = detector;
  // Noted under the time of the noting, which may be long after the cap was asked.
  let entry = { ...held, at: Math.floor(now()) };
  const note = () =>
    ledger.putEntry(journalPlace(entry, claim.scope), JSON.stringify(entry), entry.at + ALERT_SECONDS);
  await note();
  while (!(await isInNotice(entry.at, claim, detector))) {
    entry = { ...held, at: intervalOf(entry.at, limits) + limits.seconds };
    await note();
  }
  await changeClaimed(claim, detector, (alert) => ({ ...withoutClaim(alert), state: 'held' }));
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
  { ledger, queue, cap: limits, now }: Detector,
): Promise<boolean> {
  const intervalStart = intervalOf(at, limits);
  const place = capPlace(intervalStart, scope);
  const current = readCap((await ledger.readRegister(place))?.value);
  // Whoever tells the notice claims it before counting.
  if (current.claimId !== undefined) return false;
  if (current.notice !== 'none') return true;
  // Sent before it is noted, so that a crash between the two asks twice rather than never.
  const message = writeOwnMessage({
    kind: 'cap-notice',
    ...(scope.replayId === undefined ? {} : { replayId: scope.replayId }),
    intervalStart,
  });
  await queue.send(message, delayUntilOver(intervalStart + limits.seconds, now()));
  await changeRegister(ledger, place, now() + ALERT_SECONDS, (value) => {
    const cap = readCap(value);
    return cap.notice === 'none' ? JSON.stringify({ ...cap, notice: 'scheduled' }) : undefined;
  });
  return true;
}

export function readCap(value: string | undefined): Cap {
  return value === undefined ? EMPTY_CAP : (JSON.parse(value) as Cap);
}
