import { formatTime } from '../../util/values';
import type { Alert } from '../model';

const REGION_WIDTH = 16;

const MAX_COLUMNS = 60;

/** More than AWS has regions. */
const MAX_ROWS = 60;

/**
 * The burst as text of at most 78 columns: a row per region by first call, a column per second (or several, in a long
 * burst). `#` a call, `x` a denied one, `%` both, `?` one whose record was not read, `.` none.
 */
export function timelineLines(alert: Alert): string[] {
  const { start, end, regions, evidence } = alert;
  const step = Math.ceil((end - start) / MAX_COLUMNS);
  const columns = Math.ceil((end - start) / step);
  const shown = regions.slice(0, MAX_ROWS);
  const rows = new Map(shown.map(({ name }) => [name, new Array<string>(columns).fill('.')]));
  const mark = (region: string, second: number, sign: string) => {
    const row = rows.get(region);
    const column = Math.floor((second - start) / step);
    if (row !== undefined) row[column] = merged(row[column]!, sign);
  };
  for (const { region, second } of unreadOf(alert)) mark(region, second, '?');
  for (const { region, second, calls, refused } of evidence.timeline) mark(region, second, signOf(calls, refused));
  const [from, to] = [start, end - 1].map(formatTime) as [string, string];
  const scale = step === 1 ? '' : `  (${step} s per column)`;
  const more = regions.length - rows.size;
  return [
    `${'region'.padEnd(REGION_WIDTH)}${from}${to.padStart(Math.max(columns - from.length, to.length + 1))}${scale}`,
    ...[...rows].map(([region, signs]) => labelOf(region).padEnd(REGION_WIDTH) + signs.join('')),
    ...(more > 0 ? [`and ${more} more`] : []),
  ];
}

/** What the marks mean. */
export function timelineLegend(alert: Alert): string {
  const unread = unreadOf(alert).length === 0 ? '' : ', ? record not read';
  return `# call, x denied, % both${unread}`;
}

/** Calls in the tallies without a record read: the first and the last of a region, each with its second. */
export function unreadOf({ regions, evidence }: Alert): { region: string; second: number }[] {
  const read = new Set(evidence.timeline.map(({ region, second }) => `${second}/${region}`));
  return regions
    .flatMap(({ name, first, last }) => [...new Set([first, last])].map((second) => ({ region: name, second })))
    .filter(({ region, second }) => !read.has(`${second}/${region}`));
}

/** A region's name; anything else is reduced to as short and harmless a text. */
export function labelOf(region: string): string {
  return region.slice(0, REGION_WIDTH - 1).replace(/[^a-z0-9-]/gi, '?');
}

function signOf(calls: number, refused: number): string {
  if (refused === 0) return '#';
  return refused === calls ? 'x' : '%';
}

function merged(known: string, sign: string): string {
  return known === '.' || known === '?' || known === sign ? sign : '%';
}
