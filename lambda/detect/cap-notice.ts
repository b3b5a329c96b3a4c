import { type Cap, capPlace } from '../alert/cap';
import { type JournalEntry, readJournal } from '../alert/journal';
import { changeRegister } from '../register';
import { type OwnMessageOf, writeOwnMessage } from '../trail/own-message';
import { ALERT_SECONDS, type Detector, LEASE_SLACK_SECONDS } from './detector';
import { LONGEST_DELAY_SECONDS, NOTICE_SLACK_SECONDS, readCap } from './holding-back';
import { publish } from './telling';

/** Alerts a notice names; it counts them all. */
const MOST_NAMED = 50;

/**
 * Tells once how many alerts an interval held back, when it is over.
 * @throws LedgerError, SendError: the message shall come back
 */
export async function tellHeldBack(message: OwnMessageOf<'cap-notice'>, detector: Detector): Promise<void> {
  const { ledger, cap: limits, now, queue } = detector;
  const scope = { replayId: message.replayId };
  const from = message.intervalStart;
  const until = from + limits.seconds;
  const wait = until + NOTICE_SLACK_SECONDS - now();
  if (wait > 0) {
    await queue.send(writeOwnMessage(message), Math.ceil(Math.min(wait, LONGEST_DELAY_SECONDS)));
    return;
  }
  const place = capPlace(from, scope);
  const claimId = `${detector.invocationId}/notice/${from}`;
  let claimed = false;
  const change = (next: (cap: Cap) => Cap | undefined) =>
    changeRegister(ledger, place, now() + ALERT_SECONDS, (value) => {
      const cap = next(readCap(value));
      return cap === undefined ? undefined : JSON.stringify(cap);
    });
  await change((cap) => {
    const isFree = (cap.leaseUntil ?? 0) <= now() || cap.claimId === claimId;
    claimed = cap.notice !== 'sent' && isFree;
    return claimed ? { ...cap, claimId, leaseUntil: detector.deadline + LEASE_SLACK_SECONDS } : undefined;
  });
  if (!claimed) return;
  try {
    const held: JournalEntry[] = [];
    // An alert is noted again when whoever held it back could not finish.
    const ids = new Set<string>();
    for await (const entry of readJournal(ledger, from, until, scope)) {
      if (entry.kind !== 'held' || ids.has(entry.alertId)) continue;
      ids.add(entry.alertId);
      if (held.length < MOST_NAMED) held.push(entry);
    }
    const heldCount = ids.size;
    await publish({ kind: 'notice', from, until, most: limits.most, heldCount, held }, { scope }, detector);
    await change((cap) => ({ ...cap, notice: 'sent', leaseUntil: 0 }));
  } catch (error) {
    await change((cap) => (cap.claimId === claimId ? { ...cap, leaseUntil: 0 } : undefined));
    throw error;
  }
}
