import { Option } from '@commander-js/extra-typings';
import { UsageError } from '../../lambda/errors';
import { REPLAY_ID } from '../../lambda/messages/control-message';
import { type HistoryEntry, readHistory } from '../../lambda/state/history';
import { ALERT_SECONDS } from '../../lambda/state/store';
import { sanitize, sanitizeJson } from '../../lambda/util/sanitize';
import { formatInstant } from '../../lambda/util/values';
import { type AddCommand, type Console, ExitCode } from '../cli/io';
import { AWS_REGION, clientSettings, examples, moment, PROFILE } from '../cli/options';
import { formatCount, formatMany } from '../cli/progress';

const FORMATS = ['table', 'ndjson', 'json'] as const;

const WEEK_SECONDS = 7 * 86_400;

/** The function's clock may be ahead of this one. */
const CLOCK_SKEW_SECONDS = 60;

export const addAlerts: AddCommand = (program, run) => {
  program
    .command('alerts')
    .description('List the alerts a deployed detector sent, held back, suppressed or followed up.')
    .requiredOption('--stack <name>', 'stack of the detector')
    .option('--since <time>', 'alerts at or after this date or time, or this long ago (default: 7d)', moment)
    .option('--until <time>', 'alerts before this date or time', moment)
    .option('--held', 'only alerts that were not sent: held back by the rate limit, or suppressed')
    .option('--replay <id>', 'alerts of this replay instead of live ones')
    .addOption(
      new Option('--format <format>', 'output format (default: table on a terminal, otherwise ndjson)').choices(
        FORMATS,
      ),
    )
    .addOption(PROFILE)
    .addOption(AWS_REGION)
    .addHelpText(
      'after',
      examples({
        'regionsweep alerts --stack regionsweep': 'the last 7 days',
        'regionsweep alerts --stack regionsweep --held --since 30d': 'what was not sent',
        'regionsweep alerts --stack regionsweep --format json': 'for programs',
      }),
    )
    .action(
      run(async (console, options) => {
        const { stack, replay, held = false, format } = options;
        if (replay !== undefined && !REPLAY_ID.test(replay))
          throw new UsageError(`--replay ${replay}: not a replay id`);
        const now = console.time();
        const until = options.until?.(now) ?? now + CLOCK_SKEW_SECONDS;
        const since = options.since?.(now) ?? until - WEEK_SECONDS;
        if (since >= until) throw new UsageError('--since must be before --until, and before now');
        const { findDeployed } = await import('../inputs/deployed-stack.js');
        const { store } = await findDeployed(stack, await clientSettings(options, console), console);
        const entries: HistoryEntry[] = [];
        // Earlier entries have expired: each day is a request.
        for await (const entry of readHistory(store, Math.max(since, until - ALERT_SECONDS), until, {
          replayId: replay,
        })) {
          if (console.interrupted.aborted) break;
          if (!held || entry.kind === 'held' || entry.kind === 'suppressed') entries.push(entry);
        }
        writeJournal(entries, format, console);
        console.stderr.write(`${journalCounts(entries)}\n`);
        return console.interrupted.aborted ? ExitCode.Interrupted : ExitCode.Ok;
      }),
    );
};

const KIND_WIDTH = 'suppressed'.length;

const MAX_ACTOR_LENGTH = 300;

/** Writes a journal; by default as a table on a terminal, otherwise as lines of JSON. */
export function writeJournal(
  entries: readonly HistoryEntry[],
  format: (typeof FORMATS)[number] | undefined,
  { stdout }: Pick<Console, 'stdout'>,
): void {
  switch (format ?? (stdout.isTTY === true ? 'table' : 'ndjson')) {
    case 'table':
      for (const entry of entries) stdout.write(`${tableLine(entry)}\n`);
      break;
    case 'ndjson':
      for (const entry of entries) stdout.write(`${sanitizeJson(jsonForm(entry))}\n`);
      break;
    case 'json':
      stdout.write(`${sanitizeJson(entries.map(jsonForm), 2)}\n`);
      break;
  }
}

/** `2026-11-24T04:05:10Z  alert      17 regions from 2026-11-24T04:01:30Z  arn:…  0f3a…` */
function tableLine({ kind, alertId, at, actor, start, regions }: HistoryEntry): string {
  const where = `${String(regions).padStart(2)} regions from ${formatInstant(start)}`;
  return `${formatInstant(at)}  ${kind.padEnd(KIND_WIDTH)}  ${where}  ${sanitize(actor, MAX_ACTOR_LENGTH)}  ${alertId}`;
}

function jsonForm({ kind, alertId, at, actor, account, start, end, regions, messageId }: HistoryEntry) {
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

/** `2 alerts, 1 held back, 1 followed up`: alerts always, the others only if there are any. */
export function journalCounts(entries: readonly HistoryEntry[]): string {
  const count = (kind: HistoryEntry['kind']) => entries.filter((entry) => entry.kind === kind).length;
  const others = Object.entries({
    'held back': count('held'),
    'followed up': count('follow-up'),
    suppressed: count('suppressed'),
  });
  const counted = others.flatMap(([word, of]) => (of === 0 ? [] : [`${formatCount(of)} ${word}`]));
  return [formatMany(count('alert'), 'alert'), ...counted].join(', ');
}
