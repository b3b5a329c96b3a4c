import type { Alert } from '../../lambda/alert/model';
import { csvLine } from '../../lambda/util/csv';
import { sanitize } from '../../lambda/util/sanitize';
import { formatInstant, getOrInsert } from '../../lambda/util/values';

/** One identity and all its alerts. */
interface ActorRow {
  readonly verdict: string;
  readonly actor: string;
  readonly account: string | undefined;
  readonly alerts: number;
  readonly first: string;
  readonly last: string;
  /** distinct ones */
  readonly regions: number;
  readonly denied: number;
  /** what decided the weightiest of them */
  readonly finding: string | undefined;
  readonly accountName: string | undefined;
}

const WEIGHTS: readonly string[] = ['suspicious', 'unclear', 'likely-benign'];

const weightOf = ({ assessment }: Alert) => WEIGHTS.indexOf(assessment.verdict);

/** @param alerts newest first, as the rows are by their newest, the more suspicious before */
function rowsOf(alerts: readonly Alert[]): ActorRow[] {
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
        finding: assessment.reasons[0] ?? assessment.headline[0],
        accountName,
      };
    });
}

/** A row an actor, for spreadsheets. */
export function* actorCsv(alerts: readonly Alert[]): Iterable<string> {
  yield 'verdict,actor,account,alerts,first,last,regions,denied,finding,account_name\r\n';
  for (const row of rowsOf(alerts)) yield `${csvLine(Object.values(row))}\r\n`;
}

const MIN_ACTOR_WIDTH = 20;

/** The same for a terminal, no wider than it: of a long actor the end is shown, where a session or a user has its name. */
export function actorTable(alerts: readonly Alert[], width: number): string {
  const head = ['VERDICT', 'ALERTS', 'FIRST', 'LAST', 'REGIONS', 'DENIED', 'ACTOR', 'BECAUSE OF'];
  const lines = rowsOf(alerts).map((row) => {
    const [first, last] = [row.first, row.last].map((time) => time.slice(5, 16).replace('T', ' '));
    const numbers = [row.alerts, first, last, row.regions, row.denied].map(String);
    return [row.verdict, ...numbers, sanitize(row.actor, 300), sanitize(row.finding ?? '', 100)];
  });
  const widths = head.map((title, column) => Math.max(title.length, ...lines.map((line) => line[column]!.length)));
  const others = widths.reduce((sum, one, column) => (column === 6 ? sum : sum + one), 2 * (head.length - 1));
  widths[6] = Math.min(widths[6]!, Math.max(width - others, MIN_ACTOR_WIDTH));
  const shown = (cell: string, column: number) => {
    const room = widths[column]!;
    return cell.length > room ? `...${cell.slice(3 - room)}` : cell.padEnd(room);
  };
  return [head, ...lines].map((line) => `${line.map(shown).join('  ').slice(0, width).trimEnd()}\n`).join('');
}
