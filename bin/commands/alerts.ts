import { type Command, Option } from 'commander';
import { UsageError } from '../../lambda/errors';
import { REPLAY_ID } from '../../lambda/messages/control-message';
import { type HistoryEntry, readHistory } from '../../lambda/state/history';
import { ALERT_SECONDS } from '../../lambda/state/store';
import { sanitize, sanitizeJson } from '../../lambda/util/sanitize';
import { formatInstant } from '../../lambda/util/values';
import { type Console, ExitCode, type Exits } from '../cli/io';
import { type AwsOptions, addAwsOptions, clientSettings, instant } from '../cli/options';
import { formatCount, formatMany } from '../cli/progress';
import { findDeployed } from '../inputs/deployed-stack';

export interface AlertsOptions extends AwsOptions {
  readonly stack: string;
  readonly since?: number;
  readonly until?: number;
  readonly held?: boolean;
  readonly replay?: string;
  readonly format?: JournalFormat;
}

export function addAlertsCommand(program: Command, console: Console, exits: Exits): void {
  const command = program
    .command('alerts')
    .description('List what a deployed detector told, held back and followed up.')
    .requiredOption('--stack <name>', 'the stack of the detector')
    .option('--since <time>', 'what was told from this day or time on, UTC (default: the last 7 days)', instant)
    .option('--until <time>', 'what was told before this day or time, UTC', instant)
    .option('--held', 'only what was not told: held back by the cap, or suppressed')
    .option('--replay <id>', 'of this replay, instead of what is live')
    .addOption(
      new Option('--format <format>', 'form of the list (default: table on a terminal, else ndjson)').choices(
        JOURNAL_FORMATS,
      ),
    );
  addAwsOptions(command).action(exits((options: AlertsOptions) => runAlerts(options, console)));
}

export function runAlerts(options: AlertsOptions, console: Console): Promise<ExitCode> {
  return listAlerts(options, console);
}

const WEEK_SECONDS = 7 * 86_400;

/** The function's clock may be ahead of this one. */
const CLOCK_SLACK_SECONDS = 60;

/** Lists the journal of a detector, by time. */
export async function listAlerts(options: AlertsOptions, console: Console): Promise<ExitCode> {
  const { stack, replay, held = false, format } = options;
  if (replay !== undefined && !REPLAY_ID.test(replay)) throw new UsageError(`--replay ${replay}: no replay's id`);
  const until = options.until ?? console.time() + CLOCK_SLACK_SECONDS;
  const since = options.since ?? until - WEEK_SECONDS;
  if (since >= until) throw new UsageError('--since must be before --until, and before now');
  // What was written before has expired; to ask day by day for decades would be paid for.
  const from = Math.max(since, until - ALERT_SECONDS);
  const { store } = await findDeployed(stack, clientSettings(options), console);
  const entries: HistoryEntry[] = [];
  for await (const entry of readHistory(store, from, until, { replayId: replay })) {
    if (console.interrupted.aborted) break;
    if (!held || entry.kind === 'held' || entry.kind === 'suppressed') entries.push(entry);
  }
  writeJournal(entries, format, console);
  console.stderr.write(`${journalCounts(entries)}\n`);
  return console.interrupted.aborted ? ExitCode.Interrupted : ExitCode.Ok;
}

export const JOURNAL_FORMATS = ['table', 'ndjson', 'json'] as const;

export type JournalFormat = (typeof JOURNAL_FORMATS)[number];

const KIND_WIDTH = 'suppressed'.length;

const LONGEST_ACTOR = 300;

/** Lists what a deployed detector told. */
export function writeJournal(
  entries: readonly HistoryEntry[],
  format: JournalFormat | undefined,
  { stdout }: Pick<Console, 'stdout'>,
): void {
  switch (format ?? (stdout.isTTY === true ? 'table' : 'ndjson')) {
    case 'table':
      for (const entry of entries) stdout.write(`${tableLine(entry)}\n`);
      break;
    case 'ndjson':
      for (const entry of entries) stdout.write(`${sanitizeJson(machineForm(entry))}\n`);
      break;
    case 'json':
      stdout.write(`${sanitizeJson(entries.map(machineForm), 2)}\n`);
      break;
  }
}

/** `2026-11-24T04:05:10Z  alert      17 regions from 2026-11-24T04:01:30Z  arn:…  0f3a…` */
function tableLine({ kind, alertId, at, actor, start, regions }: HistoryEntry): string {
  const where = `${String(regions).padStart(2)} regions from ${formatInstant(start)}`;
  return `${formatInstant(at)}  ${kind.padEnd(KIND_WIDTH)}  ${where}  ${sanitize(actor, LONGEST_ACTOR)}  ${alertId}`;
}

function machineForm({ kind, alertId, at, actor, account, start, end, regions, messageId }: HistoryEntry) {
  return {
    '@timestamp': formatInstant(at),
    kind,
    alert_id: alertId,
    actor,
    account_id: account,
    window: { start: formatInstant(start), end: formatInstant(end) },
    region_count: regions,
    message_id: messageId,
  };
}

/** `2 alerts, 1 held back, 1 followed up`: alerts always, the rest where there are some. */
export function journalCounts(entries: readonly HistoryEntry[]): string {
  const kinds: readonly (readonly [kind: HistoryEntry['kind'], word: string])[] = [
    ['held', 'held back'],
    ['follow-up', 'followed up'],
    ['suppressed', 'suppressed'],
  ];
  const count = (kind: HistoryEntry['kind']) => entries.filter((entry) => entry.kind === kind).length;
  const others = kinds.flatMap(([kind, word]) => (count(kind) === 0 ? [] : [`${formatCount(count(kind))} ${word}`]));
  return [formatMany(count('alert'), 'alert'), ...others].join(', ');
}
