import { type Cap, capPlace } from '../alert/cap';
import { type JournalEntry, readJournal } from '../alert/journal';
import { changeRegister } from '../register';
import { type OwnMessageOf, writeOwnMessage } from '../trail/own-message';
import { ALERT_SECONDS, type Detector } from './detector';
import { readCap } from './holding-back';
import { delayUntilOver } from './own-delay';
import { type ToldOnce, tellOnce } from './tell-once';
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
  const wait = delayUntilOver(until, now());
  if (wait > 0) {
    await queue.send(writeOwnMessage(message), wait);
    return;
  }
  const place = capPlace(from, scope);
  const told: ToldOnce<Cap> = {
    change: (next) =>
      changeRegister(ledger, place, now() + ALERT_SECONDS, (value) => {
        const cap = next(readCap(value));
        return cap === undefined ? undefined : JSON.stringify(cap);
      }),
    isSent: ({ notice }) => notice === 'sent',
    sent: (cap) => ({ ...cap, notice: 'sent' }),
  };
  await tellOnce(told, `${detector.invocationId}/notice/${from}`, detector, async () => {
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
  });
}
