import type { Alert } from '../../lambda/alert/model';
import { sanitize } from '../../lambda/util/sanitize';
import { formatInstant, getOrInsert } from '../../lambda/util/values';

const WEIGHTS: readonly string[] = ['suspicious', 'unclear', 'likely-benign'];

const weightOf = ({ assessment }: Alert) => WEIGHTS.indexOf(assessment.verdict);

/**
 * A row for each identity, by verdict, then by newest alert.
 * @param alerts newest first
 */
function rowsOf(alerts: readonly Alert[]) {
  const byActor = new Map<string, Alert[]>();
  for (const alert of alerts) getOrInsert(byActor, alert.actor, () => [] as Alert[]).push(alert);
  return [...byActor.values()]
    .map((own) => ({ own, worst: own.reduce((a, b) => (weightOf(b) < weightOf(a) ? b : a)) }))
    .sort((a, b) => weightOf(a.worst) - weightOf(b.worst))
    .map(({ own, worst: { actor, account, accountName, assessment } }) => {
      const regions = own.flatMap((alert) => alert.regions);
      return {
        ...{ verdict: assessment.verdict, actor, account, alerts: own.length },
        first: formatInstant(own.at(-1)!.start),
        last: formatInstant(own[0]!.start),
        regions: new Set(regions.map(({ name }) => name)).size,
        denied: regions.reduce((sum, { failed }) => sum + failed, 0),
        // Of the most suspicious one.
        finding: assessment.reasons[0] ?? assessment.headline[0],
        accountName,
      };
    });
}

/** One row per actor, for spreadsheets. */
export function* actorCsv(alerts: readonly Alert[]): Iterable<string> {
  yield 'verdict,actor,account,alerts,first,last,regions,denied,finding,account_name\r\n';
  for (const row of rowsOf(alerts)) yield `${csvLine(Object.values(row))}\r\n`;
}

export type CsvValue = string | number | undefined;

const MAX_LENGTH = 32_000;

/**
 * A line of RFC 4180 without line break. Values that a spreadsheet would run as formulas get a leading apostrophe; OWASP,
 * "CSV injection".
 */
export function csvLine(values: readonly CsvValue[]): string {
  return values.map(cell).join(',');
}

function cell(value: CsvValue = ''): string {
  if (typeof value === 'number') return String(value);
  const text = sanitize(value, MAX_LENGTH);
  const safe = /^[=+\-@]/.test(text) ? `'${text}` : text;
  return /[",]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

type ActorRow = ReturnType<typeof rowsOf>[number];

/** The columns of numbers and times. */
const COLUMNS: Readonly<Record<string, (row: ActorRow) => string | number>> = {
  VERDICT: ({ verdict }) => verdict,
  ALERTS: ({ alerts }) => alerts,
  FIRST: ({ first }) => minuteOf(first),
  LAST: ({ last }) => minuteOf(last),
  REGIONS: ({ regions }) => regions,
  DENIED: ({ denied }) => denied,
};

/** `2026-11-24 04:01` */
function minuteOf(instant: string): string {
  return instant.slice(0, 16).replace('T', ' ');
}

/**
 * The same for a terminal. Actor and reasons are in the row if all rows have room for them, otherwise in lines below it.
 */
export function actorTable(alerts: readonly Alert[], width: number): string {
  const rows = rowsOf(alerts);
  const columns = Object.entries(COLUMNS).map(([title, cellOf]) => {
    const cells = [title, ...rows.map(cellOf)];
    const length = Math.max(...cells.map((cell) => String(cell).length));
    return cells.map((cell) => (typeof cell === 'number' ? String(cell).padStart(length) : cell.padEnd(length)));
  });
  const actors = ['ACTOR', ...rows.map(({ actor }) => sanitize(actor, 300))];
  const findings = ['WHY', ...rows.map(({ finding }) => sanitize(finding ?? '', 100))];
  const lengthOf = (texts: readonly string[]) => 2 + Math.max(...texts.map(({ length }) => length));
  const room = width - columns.reduce((sum, [title]) => sum + title!.length + 2, -2);
  const isActorInRow = lengthOf(actors) <= room;
  const isFindingInRow = lengthOf(actors) + lengthOf(findings) <= room;
  if (isActorInRow) columns.push(isFindingInRow ? actors.map((actor) => actor.padEnd(lengthOf(actors) - 2)) : actors);
  if (isFindingInRow) columns.push(findings);
  const below = (index: number) => [
    ...(isActorInRow ? [] : [actors[index]!]),
    ...(isFindingInRow || findings[index] === '' ? [] : [`why: ${findings[index]!}`]),
  ];
  const lines = actors.flatMap((_, index) => [
    columns.map((cells) => cells[index]).join('  '),
    ...(index === 0 ? [] : below(index).map((line) => `  ${line}`)),
  ]);
  return lines.map((line) => `${line.trimEnd()}\n`).join('');
}
