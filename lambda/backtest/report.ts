import { compareText, formatInstant, getOrInsert } from '../util/values';
import type { FoundAlert } from './alerts';
import type { Backtest } from './backtest';
import { MIN_REGIONS, type Setting, WINDOW_SECONDS, WINDOWINGS } from './settings';

export const BACKTEST_FORMATS = ['table', 'json', 'html'] as const;

export type BacktestFormat = (typeof BACKTEST_FORMATS)[number];

export interface ReadSummary {
  readonly objects: number;
  readonly failedObjects: number;
  readonly records: number;
  /** the rule's calls that count; those of exceptions are among them */
  readonly calls: number;
  readonly callsWithoutIdentity: number;
  readonly callsOutsideTime: number;
  readonly faults: number;
  /** UTC epoch seconds of the first and the last call; undefined without calls */
  readonly first: number | undefined;
  readonly last: number | undefined;
  /** whether reading was stopped early, so that calls may be missing */
  readonly partial: boolean;
}

const WEEK_SECONDS = 7 * 86_400;

/** Weeks from the first call to the last, a day at least. */
export function weeksOf({ first = 0, last = 0 }: ReadSummary): number {
  return Math.max(last - first, 86_400) / WEEK_SECONDS;
}

/** `0`, `0.3`, `12` */
export function perWeek(alerts: number, weeks: number): string {
  const rate = alerts / weeks;
  if (rate === 0 || rate >= 10) return String(Math.round(rate));
  return rate < 0.05 ? '<0.1' : rate.toFixed(1);
}

/** The columns of the tables of settings, and their alerts for each of MIN_REGIONS. */
export interface Column extends Pick<Setting, 'windowSeconds' | 'windowing'> {
  readonly alerts: readonly number[];
}

export function columnsOf({ settings }: Backtest, groupBy: Setting['groupBy']): Column[] {
  return WINDOW_SECONDS.flatMap((windowSeconds) =>
    WINDOWINGS.map((windowing) => {
      const own = settings.filter(
        (one) => one.groupBy === groupBy && one.windowSeconds === windowSeconds && one.windowing === windowing,
      );
      return { windowSeconds, windowing, alerts: MIN_REGIONS.map((_, index) => own[index]!.alerts) };
    }),
  );
}

const MAX_ROWS = 20;

/** The actors with most alerts, those first, and how many they have in each hour of the day (UTC). */
export function heatRows(alerts: readonly FoundAlert[]) {
  const byActor = new Map<string, number[]>();
  for (const { actor, start } of alerts) {
    const hours = getOrInsert(byActor, actor, () => new Array<number>(24).fill(0));
    const hour = Math.floor(start / 3600) % 24;
    hours[hour] = hours[hour]! + 1;
  }
  const rows = [...byActor].map(([actor, hours]) => {
    return { actor, hours, alerts: hours.reduce((sum, count) => sum + count, 0) };
  });
  rows.sort((a, b) => b.alerts - a.alerts || compareText(a.actor, b.actor));
  return { rows: rows.slice(0, MAX_ROWS), others: Math.max(0, rows.length - MAX_ROWS) };
}

/** `by the calls alone: 1 suspicious, 4 unclear, 0 likely-benign` */
export function verdictText(alerts: readonly FoundAlert[]): string {
  const counts = (['suspicious', 'unclear', 'likely-benign'] as const).map(
    (verdict) => `${alerts.filter((alert) => alert.verdict === verdict).length} ${verdict}`,
  );
  return `by the calls alone: ${counts.join(', ')}`;
}

/** `10 regions, 30 s, tumbling, by arn` */
export function settingText({ minRegions, windowSeconds, windowing, groupBy }: Setting): string {
  return `${minRegions} regions, ${windowSeconds} s, ${windowing}, by ${groupBy}`;
}

/** The result as JSON. Values are verbatim: sanitize them where you show them. */
export function renderBacktestJson({ settings, proposals, exceptions }: Backtest, read: ReadSummary) {
  const instant = (second: number | undefined) => (second === undefined ? null : formatInstant(second));
  return {
    settings,
    proposedExceptions: proposals.map(({ entry, first, last, ...rest }) => {
      return { exception: entry, ...rest, first: instant(first), last: instant(last) };
    }),
    read: {
      ...read,
      first: instant(read.first),
      last: instant(read.last),
      exceptions: exceptions.map(({ exception: { name, entry }, ...effect }) => ({ name, entry, ...effect })),
    },
  };
}
