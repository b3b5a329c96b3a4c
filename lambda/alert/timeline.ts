import { formatInstant } from '../time';
import type { Alert } from './alert';

const REGION_WIDTH = 16;
const MOST_COLUMNS = 60;
/** More than AWS has regions. */
const MOST_ROWS = 60;

/**
 * The burst drawn as text of at most 78 columns: a row a region by first call, a column a second (or several, in a
 * long burst). `#` a call, `x` a denied one, `%` both, `.` none.
 */
export function timelineLines(alert: Alert): string[] {
  const seconds = alert.end - alert.start;
  const step = Math.ceil(seconds / MOST_COLUMNS);
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

/** A region's name as AWS makes them; of anything else only what is as harmless and as short. */
export function labelOf(region: string): string {
  return region.slice(0, REGION_WIDTH - 1).replace(/[^a-z0-9-]/gi, '?');
}

function marksByRegion(
  { regions, evidence, start }: Alert,
  step: number,
  columns: number,
): Map<string, string[]> {
  const rows = new Map<string, string[]>();
  for (const { name } of regions.slice(0, MOST_ROWS)) rows.set(name, new Array<string>(columns).fill('.'));
  for (const { region, second, calls, denied } of evidence.timeline) {
    const row = rows.get(region);
    if (row === undefined) continue;
    const column = Math.floor((second - start) / step);
    row[column] = joined(row[column]!, markOf(calls, denied));
  }
  return rows;
}

function markOf(calls: number, denied: number): string {
  if (denied === 0) return '#';
  return denied === calls ? 'x' : '%';
}

function joined(known: string, mark: string): string {
  return known === '.' || known === mark ? mark : '%';
}
