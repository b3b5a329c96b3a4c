import { Option } from '@commander-js/extra-typings';
import { UsageError } from '../../lambda/errors';
import { REPLAY_ID } from '../../lambda/messages/control-message';
import { type HistoryEntry, readHistory } from '../../lambda/state/history';
import { ALERT_SECONDS } from '../../lambda/state/store';
import { sanitize, sanitizeJson } from '../../lambda/util/sanitize';
import { compareText, formatInstant, getOrInsert } from '../../lambda/util/values';
import { type CsvValue, csvLine } from '../cli/actor-rows';
import { PARTIAL, untilInterrupted } from '../cli/interruption';
import { type AddCommand, type Console, ExitCode } from '../cli/io';
import { AWS_REGION, clientSettings, examples, formatOption, matching, moment, PROFILE } from '../cli/options';
import { formatCount, formatMany } from '../cli/progress';

const FORMATS = ['table', 'ndjson', 'json', 'csv'] as const;

type Format = (typeof FORMATS)[number];

const WEEK_SECONDS = 7 * 86_400;

/** Seconds by which the function's clock may be ahead. */
const CLOCK_SKEW_SECONDS = 60;

export const addAlerts: AddCommand = (program, run) => {
  program
    .command('alerts')
    .description('List the alerts a deployed detector sent, held, suppressed or followed up.')
    .requiredOption('--stack <name>', 'stack of the detector')
    .option('--since <time>', 'alerts at or after this date or time, or this long ago (default: 7d)', moment)
    .option('--until <time>', 'alerts before this date or time', moment)
    .option('--held', 'only alerts that were not sent: held by the rate limit, or suppressed')
    .addOption(new Option('--by <what>', 'count them by actor or by verdict').choices(['actor', 'verdict'] as const))
    .option('--replay <id>', 'alerts of this replay instead of live ones', matching(REPLAY_ID, 'a replay id'))
    .addOption(formatOption(FORMATS, 'ndjson'))
    .addOption(PROFILE)
    .addOption(AWS_REGION)
    .addHelpText(
      ...examples({
        'regionsweep alerts --stack regionsweep': 'the last 7 days',
        'regionsweep alerts --stack regionsweep --held --since 30d': 'what was not sent',
        'regionsweep alerts --stack regionsweep --since 30d --by actor': 'who alerts most',
        'regionsweep alerts --stack regionsweep --format csv': 'for spreadsheets',
      }),
    )
    .action(
      run(async (console, options) => {
        const { stack, replay, held = false, format, by } = options;
        const now = console.time();
        const until = options.until?.(now) ?? now + CLOCK_SKEW_SECONDS;
        const since = options.since?.(now) ?? until - WEEK_SECONDS;
        if (since >= until) throw new UsageError('--since must be before --until, and before now');
        const { findDeployed } = await import('../inputs/deployed-stack.js');
        const { store } = await findDeployed(stack, await clientSettings(options, console), console);
        const entries: HistoryEntry[] = [];
        // Earlier entries have expired, and each day is a request.
        const history = readHistory(store, Math.max(since, until - ALERT_SECONDS), until, { replayId: replay });
        for await (const entry of untilInterrupted(history, console.interrupted)) {
          if (!held || entry.kind === 'held' || entry.kind === 'suppressed') entries.push(entry);
        }
        if (by === undefined) writeJournal(entries, format, console);
        else writeCounts(countsBy(by, entries), format, console);
        const isPartial = console.interrupted.aborted;
        console.stderr.write(`${isPartial ? `${PARTIAL}: ` : ''}${journalCounts(entries)}\n`);
        return isPartial ? ExitCode.Interrupted : ExitCode.Ok;
      }),
    );
};

const KIND_WIDTH = 'suppressed'.length;

const MAX_ACTOR_LENGTH = 300;

/** Writes the history; by default as a table on a terminal, otherwise as lines of JSON. */
export function writeJournal(
  entries: readonly HistoryEntry[],
  format: Format | undefined,
  console: Pick<Console, 'stdout'>,
): void {
  writeRows(entries, { json: jsonForm, line: tableLine, cells: csvCells }, format, console);
}

/** A row in each format; the keys of `cells` are the names of columns. */
interface Forms<T> {
  readonly json: (row: T) => object;
  readonly line: (row: T) => string;
  readonly cells: (row: T) => Readonly<Record<string, CsvValue>>;
}

function writeRows<T>(
  rows: readonly T[],
  { json, line, cells }: Forms<T>,
  format: Format | undefined,
  { stdout }: Pick<Console, 'stdout'>,
): void {
  switch (format ?? (stdout.isTTY === true ? 'table' : 'ndjson')) {
    case 'table':
      for (const row of rows) stdout.write(`${line(row)}\n`);
      break;
    case 'ndjson':
      for (const row of rows) stdout.write(`${sanitizeJson(json(row))}\n`);
      break;
    case 'json':
      stdout.write(`${sanitizeJson(rows.map(json), 2)}\n`);
      break;
    case 'csv':
      for (const [index, row] of rows.map(cells).entries()) {
        if (index === 0) stdout.write(`${Object.keys(row).join()}\r\n`);
        stdout.write(`${csvLine(Object.values(row))}\r\n`);
      }
  }
}

/** `2026-11-24T04:05:10Z  alert      17 regions from 2026-11-24T04:01:30Z  arn:…  0f3a…` */
function tableLine({ kind, alertId, at, actor, start, regions }: HistoryEntry): string {
  const where = `${String(regions).padStart(2)} regions from ${formatInstant(start)}`;
  return `${formatInstant(at)}  ${kind.padEnd(KIND_WIDTH)}  ${where}  ${sanitize(actor, MAX_ACTOR_LENGTH)}  ${alertId}`;
}

function jsonForm({ kind, alertId, at, actor, account, start, end, regions, verdict, messageId }: HistoryEntry) {
  return {
    '@timestamp': formatInstant(at),
    kind,
    alert_id: alertId,
    actor,
    account_id: account,
    window: { start: formatInstant(start), end: formatInstant(end) },
    region_count: regions,
    verdict,
    message_id: messageId,
  };
}

function csvCells(entry: HistoryEntry): Readonly<Record<string, CsvValue>> {
  const { '@timestamp': timestamp, window, message_id, ...rest } = jsonForm(entry);
  return { timestamp, ...rest, window_start: window.start, window_end: window.end, message_id };
}

/** The alerts of one actor, or of one verdict. */
interface AlertCounts {
  readonly by: string;
  /** published alerts */
  alerts: number;
  /** held or suppressed alerts */
  unsent: number;
  suspicious: number;
  /** the most regions of an alert */
  regions: number;
  /** UTC epoch seconds */
  first: number;
  last: number;
}

/** By descending number of alerts. */
function countsBy(by: 'actor' | 'verdict', entries: readonly HistoryEntry[]): AlertCounts[] {
  const counts = new Map<string, AlertCounts>();
  for (const entry of entries) {
    if (entry.kind === 'follow-up') continue;
    const key = by === 'actor' ? entry.actor : (entry.verdict ?? (entry.kind === 'alert' ? 'unknown' : 'not sent'));
    const none = { by: key, alerts: 0, unsent: 0, suspicious: 0, regions: 0, first: entry.at, last: entry.at };
    const count = getOrInsert(counts, key, () => none);
    if (entry.kind === 'alert') count.alerts += 1;
    else count.unsent += 1;
    if (entry.verdict === 'suspicious') count.suspicious += 1;
    count.regions = Math.max(count.regions, entry.regions);
    count.first = Math.min(count.first, entry.at);
    count.last = Math.max(count.last, entry.at);
  }
  return [...counts.values()].sort((a, b) => b.alerts + b.unsent - a.alerts - a.unsent || compareText(a.by, b.by));
}

function writeCounts(counts: readonly AlertCounts[], format: Format | undefined, console: Console): void {
  const json = ({ regions, first, last, ...rest }: AlertCounts) => {
    return { ...rest, most_regions: regions, first: formatInstant(first), last: formatInstant(last) };
  };
  const line = ({ by, alerts, unsent, suspicious, first, last }: AlertCounts) => {
    const numbers = [`${alerts} sent`, `${unsent} not sent`, `${suspicious} suspicious`].map((text) =>
      text.padStart(14),
    );
    return `${numbers.join('')}  ${formatInstant(first)} to ${formatInstant(last)}  ${sanitize(by, MAX_ACTOR_LENGTH)}`;
  };
  writeRows(counts, { json, line, cells: json }, format, console);
}

/** `2 alerts, 1 held, 1 followed up`; without zero counts other than alerts. */
export function journalCounts(entries: readonly HistoryEntry[]): string {
  const count = (kind: HistoryEntry['kind']) => entries.filter((entry) => entry.kind === kind).length;
  const others = Object.entries({
    held: count('held'),
    'followed up': count('follow-up'),
    suppressed: count('suppressed'),
  });
  const counted = others.flatMap(([word, of]) => (of === 0 ? [] : [`${formatCount(of)} ${word}`]));
  return [formatMany(count('alert'), 'alert'), ...counted].join(', ');
}
