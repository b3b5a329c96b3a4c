import { recordOf } from '../detection/caller';
import type { Exception } from '../detection/exceptions';
import { alertingActors, type FoundAlert, takenAway } from './alerts';
import type { CallLog } from './calls';
import { type Proposal, proposeExceptions } from './proposals';
import { AlertCounter, GROUPINGS, MIN_REGIONS, type Setting, WINDOW_SECONDS, WINDOWINGS } from './settings';

export interface BacktestOptions {
  /** the setting that is looked at closely */
  readonly setting: Setting;
  readonly exceptions: readonly Exception[];
}

export interface Backtest {
  /** all of them, with the exceptions in force */
  readonly settings: readonly SettingResult[];
  /** of the setting that is looked at closely, with the exceptions in force */
  readonly alerts: readonly FoundAlert[];
  readonly exceptions: readonly ExceptionEffect[];
  /** the one that explains most alerts first */
  readonly proposals: readonly Proposal[];
}

export interface SettingResult extends Setting {
  readonly alerts: number;
  /** differently named ones with an alert */
  readonly actors: number;
}

/** What one exception would do if it were the only one. */
export interface ExceptionEffect {
  readonly exception: Exception;
  /** those it matches */
  readonly calls: number;
  readonly alerts: number;
  /** those that would have no alert left */
  readonly actors: number;
}

/**
 * What every setting would have found in the same calls: as many alerts as a replay with that setting finds.
 * @param log the calls of a complete trail, or of what was read of it
 */
export function backtest(log: CallLog, { setting, exceptions }: BacktestOptions): Backtest {
  const records = log.callers.all.map(recordOf);
  const excepted = records.map((record) => exceptions.some(({ matches }) => matches(record)));
  const isCounted = (caller: number) => !excepted[caller];
  const settings = GROUPINGS.flatMap((groupBy) => countAlerts(log, groupBy, isCounted));
  const alerting = alertingActors(log, setting, isCounted);
  return {
    settings,
    alerts: alerting.flatMap(({ alerts }) => alerts),
    exceptions: exceptions.length === 0 ? [] : effectsOf(log, setting, exceptions),
    proposals: proposeExceptions({ log, records, setting, alerting, isCounted }),
  };
}

function countAlerts(
  log: CallLog,
  groupBy: Setting['groupBy'],
  isCounted: (caller: number) => boolean,
): SettingResult[] {
  const counter = new AlertCounter(log.regions.all.length);
  const windows = WINDOW_SECONDS.flatMap((windowSeconds) =>
    WINDOWINGS.map((windowing) => {
      const [alerts, actors] = [new Float64Array(MIN_REGIONS.length), new Float64Array(MIN_REGIONS.length)];
      return { windowSeconds, windowing, alerts, actors };
    }),
  );
  for (const calls of log.byActor(groupBy, isCounted)) {
    if (new Set(calls.regions).size < MIN_REGIONS[0]!) continue;
    for (const window of windows) {
      for (const [index, alerts] of counter.count(calls, window).entries()) {
        window.alerts[index]! += alerts;
        window.actors[index]! += alerts === 0 ? 0 : 1;
      }
    }
  }
  return windows.flatMap(({ windowSeconds, windowing, alerts, actors }) =>
    MIN_REGIONS.map((minRegions, index): SettingResult => {
      return { minRegions, windowSeconds, windowing, groupBy, alerts: alerts[index]!, actors: actors[index]! };
    }),
  );
}

function effectsOf(log: CallLog, setting: Setting, exceptions: readonly Exception[]): ExceptionEffect[] {
  const records = log.callers.all.map(recordOf);
  const calls = log.counts();
  const alerting = alertingActors(log, setting, () => true);
  return exceptions.map((exception) => {
    const matched = records.map((record) => exception.matches(record));
    return {
      exception,
      calls: calls.reduce((sum, count, caller) => sum + (matched[caller] === true ? count : 0), 0),
      ...takenAway(alerting, setting, (caller) => matched[caller]!),
    };
  });
}
