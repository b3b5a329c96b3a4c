import { describeException } from '../detection/exceptions';
import { defang } from '../util/sanitize';
import { formatInstant, plural } from '../util/values';
import type { Backtest } from './backtest';
import {
  type Column,
  columnsOf,
  heatRows,
  perWeek,
  type ReadSummary,
  settingText,
  verdictText,
  weeksOf,
} from './report';
import { GROUPINGS, MIN_REGIONS, type Setting } from './settings';

/** From no alert to the most in one hour. */
const SHADES = ' .:-=+*#%@';
const ACTOR_WIDTH = 60;

export function renderBacktestText(result: Backtest, read: ReadSummary, setting: Setting): string {
  const weeks = weeksOf(read);
  return [
    ...introduction(result, read, setting, weeks),
    ...GROUPINGS.flatMap((groupBy) => settingsTable(result, groupBy, weeks)),
    ...heatMap(result, setting),
    ...exceptionLines(result),
    ...proposalLines(result),
    '',
  ].join('\n');
}

function introduction({ alerts }: Backtest, read: ReadSummary, setting: Setting, weeks: number): string[] {
  const actors = new Set(alerts.map(({ actor }) => actor)).size;
  const { first, last } = read;
  const span = first === undefined || last === undefined ? [] : [`${formatInstant(first)} to ${formatInstant(last)}`];
  return [
    ...(read.partial ? ['PARTIAL: reading was stopped before the end'] : []),
    `${plural(read.calls, 'call')} in ${plural(read.objects, 'object')}${span.length === 0 ? '' : `, ${span}`}`,
    ...(read.failedObjects === 0
      ? []
      : [`${plural(read.failedObjects, 'object')} could not be read: calls may be missing`]),
    `${settingText(setting)}: ${plural(alerts.length, 'alert')} (${perWeek(alerts.length, weeks)} a week) of ${plural(actors, 'actor')}`,
    ...(alerts.length === 0 ? [] : [verdictText(alerts)]),
  ];
}

function settingsTable(result: Backtest, groupBy: Setting['groupBy'], weeks: number): string[] {
  const columns = columnsOf(result, groupBy);
  const row = (head: number | string, cell: (column: Column) => string) =>
    `${String(head).padEnd(8)}${columns.map((column) => cell(column).padStart(8)).join('')}`;
  return [
    '',
    `ALERTS A WEEK, BY ${groupBy.toUpperCase()}  (t: tumbling, s: sliding)`,
    row('regions', ({ windowSeconds, windowing }) => `${windowSeconds} s ${windowing[0]}`),
    ...MIN_REGIONS.map((minRegions, index) => row(minRegions, ({ alerts }) => perWeek(alerts[index]!, weeks))),
  ];
}

function heatMap({ alerts }: Backtest, setting: Setting): string[] {
  const { rows, others } = heatRows(alerts);
  if (rows.length === 0) return [];
  const most = Math.max(...rows.flatMap(({ hours }) => hours));
  const shade = (count: number) => SHADES[count === 0 ? 0 : 1 + Math.floor(((SHADES.length - 2) * count) / most)]!;
  return [
    '',
    `ALERTS BY ACTOR AND HOUR (UTC)  ${settingText(setting)}`,
    `${'alerts'.padStart(7)}  0     6     12    18      `,
    ...rows.map(({ actor, hours, alerts: count }) =>
      `${String(count).padStart(7)}  ${hours.map(shade).join('')}  ${defang(actor, ACTOR_WIDTH)}`.trimEnd(),
    ),
    ...(others === 0 ? [] : [`${''.padStart(9)}and ${plural(others, 'other actor')}`]),
  ];
}

function exceptionLines({ exceptions }: Backtest): string[] {
  if (exceptions.length === 0) return [];
  return [
    '',
    'WHAT EACH EXCEPTION TAKES AWAY BY ITSELF',
    ...exceptions.map(({ exception, calls, alerts, suspicious, actors }) => {
      const warning = suspicious === 0 ? '' : `, ${suspicious} of them suspicious`;
      const what =
        calls === 0
          ? 'no calls'
          : `${plural(alerts, 'alert')}${warning}; all of ${plural(actors, 'actor')}; ${plural(calls, 'call')}`;
      return `${defang(describeException(exception), 300)}: ${what}`;
    }),
  ];
}

function proposalLines({ proposals, alerts }: Backtest): string[] {
  if (proposals.length === 0) return [];
  return [
    '',
    'PROPOSED EXCEPTIONS  confirm each, then say why and who answers for it',
    ...proposals.flatMap(({ entry, alerts: explained, share, hides }) => {
      const { reason: _, owner: __, expires, ...conditions } = entry;
      return [
        `${Math.round(100 * share)}% (${explained} of ${alerts.length}), would have hidden ${plural(hides.alerts, 'alert')}, ${plural(hides.calls, 'call')} (${hides.deniedCalls} denied); until ${expires}`,
        `  ${defang(JSON.stringify(conditions), 600)}`,
      ];
    }),
  ];
}
