import { formatInstant } from '../../util/values';
import type { Alert } from '../model';

const REGION_WIDTH = 16;

const MAX_COLUMNS = 60;

/** More than AWS has regions. */
const MAX_ROWS = 60;

/**
 * The burst drawn as text of at most 78 columns: a row a region by first call, a column a second (or several, in a
 * long burst). `#` a call, `x` a denied one, `%` both, `?` one whose record was not read, `.` none.
 */
export function timelineLines(alert: Alert): string[] {
  const seconds = alert.end - alert.start;
  const step = Math.ceil(seconds / MAX_COLUMNS);
  const columns = Math.ceil(seconds / step);
  const rows = marksByRegion(alert, step, columns);
  const from = formatInstant(alert.start).slice(11, 19);
  const to = formatInstant(alert.end - 1).slice(11, 19);
  const scale = step === 1 ? '' : `  (${step} s a column)`;
  const header = `${'region'.padEnd(REGION_WIDTH)}${from}${to.padStart(Math.max(columns - from.length, to.length + 1))}${scale}`;
  const more = alert.regions.length - rows.size;
  return [
    header,
    ...[...rows].map(([region, marks]) => labelOf(region).padEnd(REGION_WIDTH) + marks.join('')),
    ...(more > 0 ? [`and ${more} more`] : []),
  ];
}

/** What the marks mean. */
export function timelineLegend(alert: Alert): string {
  const unread = unreadOf(alert).length === 0 ? '' : ', ? one whose record was not read';
  return `# a call, x a denied one, % both${unread}`;
}

/** Calls that the tallies tell of and no record that was read: the first and the last of a region, each with its second. */
export function unreadOf({ regions, evidence }: Alert): { region: string; second: number }[] {
  const read = new Set(evidence.timeline.map(({ region, second }) => `${second}/${region}`));
  return regions
    .flatMap(({ name, first, last }) => [...new Set([first, last])].map((second) => ({ region: name, second })))
    .filter(({ region, second }) => !read.has(`${second}/${region}`));
}

/** A region's name as AWS makes them; of anything else only what is as harmless and as short. */
export function labelOf(region: string): string {
  return region.slice(0, REGION_WIDTH - 1).replace(/[^a-z0-9-]/gi, '?');
}

function marksByRegion(alert: Alert, step: number, columns: number): Map<string, string[]> {
  const { regions, evidence, start } = alert;
  const rows = new Map<string, string[]>();
  for (const { name } of regions.slice(0, MAX_ROWS)) rows.set(name, new Array<string>(columns).fill('.'));
  const columnOf = (second: number) => Math.floor((second - start) / step);
  for (const { region, second } of unreadOf(alert)) {
    const row = rows.get(region);
    if (row !== undefined) row[columnOf(second)] = '?';
  }
  for (const { region, second, calls, refused } of evidence.timeline) {
    const row = rows.get(region);
    if (row === undefined) continue;
    const column = columnOf(second);
    row[column] = joined(row[column]!, markOf(calls, refused));
  }
  return rows;
}

function markOf(calls: number, refused: number): string {
  if (refused === 0) return '#';
  return refused === calls ? 'x' : '%';
}

function joined(known: string, mark: string): string {
  return known === '.' || known === '?' || known === mark ? mark : '%';
}
