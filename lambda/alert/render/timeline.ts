import { formatTime } from '../../util/values';
import type { TimelineCell } from '../evidence/model';
import type { Alert } from '../model';

const REGION_WIDTH = 16;
const MAX_COLUMNS = 60;

/** More than AWS has regions. */
export const MAX_ROWS = 60;

const SIGNS = { call: '#', denied: 'x', both: '%', unread: '?' } as const;

/** By region and second; first the calls in the tallies whose records were not read: the first and last of a region. */
export function marksOf({ regions, evidence: { timeline } }: Alert) {
  const known = new Set(timeline.map(({ region, second }) => `${second}/${region}`));
  const unread = regions
    .flatMap(({ name, first, last }) => [...new Set([first, last])].map((second) => ({ region: name, second })))
    .filter(({ region, second }) => !known.has(`${second}/${region}`));
  return [
    ...unread.map((cell) => ({ ...cell, calls: 0, refused: 0, kind: 'unread' as const })),
    ...timeline.map((cell) => ({ ...cell, kind: kindOf(cell) })),
  ];
}

function kindOf({ calls, refused }: TimelineCell): keyof typeof SIGNS {
  if (refused === 0) return 'call';
  return refused === calls ? 'denied' : 'both';
}

/**
 * The burst as text of at most 78 columns, and what its signs mean: a row per region by first call, a column per second
 * (or several, in a long burst); `.` for none.
 */
export function timelineLines(alert: Alert): string[] {
  const { start, end, regions } = alert;
  const step = Math.ceil((end - start) / MAX_COLUMNS);
  const columns = Math.ceil((end - start) / step);
  const shown = regions.slice(0, MAX_ROWS);
  const rows = new Map(shown.map(({ name }) => [name, new Array<string>(columns).fill('.')]));
  const marks = marksOf(alert);
  for (const { region, second, kind } of marks) {
    const row = rows.get(region);
    const column = Math.floor((second - start) / step);
    if (row !== undefined) row[column] = merged(row[column]!, SIGNS[kind]);
  }
  const [from, to] = [start, end - 1].map(formatTime) as [string, string];
  const scale = step === 1 ? '' : `  (${step} s per column)`;
  const more = regions.length - rows.size;
  const unread = marks.some(({ kind }) => kind === 'unread') ? ', ? record not read' : '';
  return [
    `${'region'.padEnd(REGION_WIDTH)}${from}${to.padStart(Math.max(columns - from.length, to.length + 1))}${scale}`,
    ...[...rows].map(([region, signs]) => labelOf(region).padEnd(REGION_WIDTH) + signs.join('')),
    ...(more > 0 ? [`and ${more} more`] : []),
    `# call, x denied, % both${unread}`,
  ];
}

/** A region's name; anything else is reduced to as short and harmless a text. */
export function labelOf(region: string): string {
  return region.slice(0, REGION_WIDTH - 1).replace(/[^a-z0-9-]/gi, '?');
}

function merged(known: string, sign: string): string {
  return known === '.' || known === '?' || known === sign ? sign : '%';
}
