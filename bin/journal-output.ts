import { inert, inertJson } from '../lambda/alert/inert';
import type { JournalEntry } from '../lambda/alert/journal';
import { formatInstant } from '../lambda/time';
import type { Console } from './console';
import { formatCount, formatMany } from './units';

export const JOURNAL_FORMATS = ['table', 'ndjson', 'json'] as const;
export type JournalFormat = (typeof JOURNAL_FORMATS)[number];

const KIND_WIDTH = 'suppressed'.length;
const LONGEST_ACTOR = 300;

/** Lists what a deployed detector told. */
export function writeJournal(
  entries: readonly JournalEntry[],
  format: JournalFormat | undefined,
  { stdout }: Pick<Console, 'stdout'>,
): void {
  switch (format ?? (stdout.isTTY === true ? 'table' : 'ndjson')) {
    case 'table':
      for (const entry of entries) stdout.write(`${tableLine(entry)}\n`);
      break;
    case 'ndjson':
      for (const entry of entries) stdout.write(`${inertJson(machineForm(entry))}\n`);
      break;
    case 'json':
      stdout.write(`${inertJson(entries.map(machineForm), 2)}\n`);
      break;
  }
}

/** `2026-11-24T04:05:10Z  alert      17 regions from 2026-11-24T04:01:30Z  arn:…  0f3a…` */
function tableLine({ kind, alertId, at, actor, start, regions }: JournalEntry): string {
  const where = `${String(regions).padStart(2)} regions from ${formatInstant(start)}`;
  return `${formatInstant(at)}  ${kind.padEnd(KIND_WIDTH)}  ${where}  ${inert(actor, LONGEST_ACTOR)}  ${alertId}`;
}

function machineForm({ kind, alertId, at, actor, account, start, end, regions, messageId }: JournalEntry) {
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
export function journalCounts(entries: readonly JournalEntry[]): string {
  const kinds: readonly (readonly [kind: JournalEntry['kind'], word: string])[] = [
    ['held', 'held back'],
    ['follow-up', 'followed up'],
    ['suppressed', 'suppressed'],
  ];
  const count = (kind: JournalEntry['kind']) => entries.filter((entry) => entry.kind === kind).length;
  const others = kinds.flatMap(([kind, word]) =>
    count(kind) === 0 ? [] : [`${formatCount(count(kind))} ${word}`],
  );
  return [formatMany(count('alert'), 'alert'), ...others].join(', ');
}
