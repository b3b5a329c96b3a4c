import { type JournalEntry, readJournal } from '../../lambda/alert/journal';
import { ALERT_SECONDS } from '../../lambda/detect/detector';
import { UsageError } from '../../lambda/errors';
import { REPLAY_ID } from '../../lambda/trail/own-message';
import { clientSettings } from '../aws-options';
import type { AlertsOptions } from '../commands/alerts';
import type { Console } from '../console';
import { ExitCode } from '../exit-code';
import { journalCounts, writeJournal } from '../journal-output';
import { findDeployed } from './deployed';

const WEEK_SECONDS = 7 * 86_400;
/** The function's clock may be ahead of this one. */
const CLOCK_SLACK_SECONDS = 60;

/** Lists the journal of a detector, by time. */
export async function listAlerts(options: AlertsOptions, console: Console): Promise<ExitCode> {
  const { stack, replay, held = false, format } = options;
  if (replay !== undefined && !REPLAY_ID.test(replay))
    throw new UsageError(`--replay ${replay}: no replay's id`);
  const until = options.until ?? console.time() + CLOCK_SLACK_SECONDS;
  const since = options.since ?? until - WEEK_SECONDS;
  if (since >= until) throw new UsageError('--since must be before --until, and before now');
  // What was written before has expired; to ask day by day for decades would be paid for.
  const from = Math.max(since, until - ALERT_SECONDS);
  const { ledger } = await findDeployed(stack, clientSettings(options), console);
  const entries: JournalEntry[] = [];
  for await (const entry of readJournal(ledger, from, until, { replayId: replay })) {
    if (console.interrupted.aborted) break;
    if (!held || entry.kind === 'held' || entry.kind === 'suppressed') entries.push(entry);
  }
  writeJournal(entries, format, console);
  console.stderr.write(`${journalCounts(entries)}\n`);
  return console.interrupted.aborted ? ExitCode.Interrupted : ExitCode.Ok;
}
