import { type JournalEntry, parseEntry } from '../alert/journal';
import { changePeriod, type Period, periodFrom, repeatsKey } from '../alert/suppression';
import { type OwnMessageOf, writeOwnMessage } from '../trail/own-message';
import type { Scope } from '../window/bucket-key';
import { accountOfArn } from '../window/partition';
import type { Detector } from './detector';
import { delayUntilOver } from './own-delay';
import { changeSuppression, readSuppression } from './suppressing';
import { type ToldOnce, tellOnce } from './tell-once';
import { publish } from './telling';

/** Repeats a summary names; it counts them all. */
const MOST_NAMED = 50;

/**
 * Tells once how often an actor was met again while it was suppressed, when that is over.
 * @throws LedgerError, SendError: the message shall come back
 */
export async function tellSuppressed(
  message: OwnMessageOf<'suppression-summary'>,
  detector: Detector,
): Promise<void> {
  const { actor, from } = message;
  const { now, queue } = detector;
  const scope = { replayId: message.replayId };
  const period = periodFrom(await readSuppression(actor, scope, detector), from);
  if (period === undefined || period.summary === 'sent') return;
  const wait = delayUntilOver(period.until, now());
  if (wait > 0) {
    await queue.send(writeOwnMessage(message), wait);
    return;
  }
  const told: ToldOnce<Period> = {
    change: (next) =>
      changeSuppression(actor, scope, detector, (suppression) => changePeriod(suppression, from, next)),
    isSent: ({ summary }) => summary === 'sent',
    sent: (current) => ({ ...current, summary: 'sent' }),
  };
  await tellOnce(told, `${detector.invocationId}/summary/${from}`, detector, async () => {
    const { repeatCount, repeats } = await repeatsOf(actor, from, scope, detector);
    const account = accountOfArn(actor);
    const { until } = period;
    await publish(
      { kind: 'summary', actor, account, from, until, repeatCount, repeats },
      { scope },
      detector,
    );
  });
}

/** How many there were, and the earliest of them. */
async function repeatsOf(
  actor: string,
  from: number,
  scope: Scope,
  { ledger }: Detector,
): Promise<{ repeatCount: number; repeats: JournalEntry[] }> {
  let repeatCount = 0;
  let repeats: JournalEntry[] = [];
  const earliest = () => repeats.sort((a, b) => a.start - b.start).slice(0, MOST_NAMED);
  // Their keys are alert ids, which are hexadecimal.
  for await (const { sortKey, value } of ledger.entries(repeatsKey(actor, from, scope), '0', 'g')) {
    repeatCount += 1;
    repeats.push(parseEntry(value, sortKey));
    if (repeats.length >= 20 * MOST_NAMED) repeats = earliest();
  }
  return { repeatCount, repeats: earliest() };
}
