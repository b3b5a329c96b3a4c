import { recordOf } from '../detection/caller';
import type { TrailRecord } from '../detection/classify';
import type { Exception } from '../detection/exceptions';
import type { GroupBy } from '../detection/rule';
import { Findings, type FoundAlert, type Hidden } from './alerts';
import type { CallLog } from './calls';
import { type Proposal, proposeExceptions } from './proposals';
import { AlertFinder, GROUPINGS, MIN_REGIONS, type Setting, WINDOW_SECONDS, WINDOWINGS } from './settings';
import { type VerdictCounts, Verdicts } from './verdicts';

export interface BacktestOptions {
  /** the setting that is looked at closely */
  readonly setting: Setting;
  readonly exceptions: readonly Exception[];
  /** UTC epoch second, from which proposed exceptions are in force for some months */
  readonly now: number;
  /** called between pieces of work, however short: lets the process turn to something else; what it throws ends the work */
  readonly turn?: (() => Promise<void>) | undefined;
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
  /** alerts by the verdict on their own calls */
  readonly verdicts: VerdictCounts;
}

/** What one exception would do if it were the only one. */
export interface ExceptionEffect extends Hidden {
  readonly exception: Exception;
  /** those it matches */
  readonly calls: number;
}

/**
 * What every setting would have found in the same calls: as many alerts as a replay with that setting finds.
 * @param log the calls of a complete trail, or of what was read of it
 */
export async function backtest(log: CallLog, { setting, exceptions, now, turn }: BacktestOptions): Promise<Backtest> {
  const records = log.callers.all.map(recordOf);
  const excepted = records.map((record) => exceptions.some(({ matches }) => matches(record)));
  const isCounted = (caller: number) => !excepted[caller];
  const settings: SettingResult[] = [];
  for (const groupBy of GROUPINGS) settings.push(...(await settingsOf({ log, records, groupBy, isCounted, turn })));
  const findings = new Findings(log, records, setting, isCounted);
  const without = exceptions.length === 0 ? findings : new Findings(log, records, setting, () => true);
  return {
    settings,
    alerts: findings.alerts,
    exceptions: exceptions.map((exception) => effectOf(exception, log, records, without)),
    proposals: proposeExceptions({ log, records, findings, isCounted, now }),
  };
}

interface Counted extends Pick<BacktestOptions, 'turn'> {
  readonly log: CallLog;
  readonly records: readonly TrailRecord[];
  readonly groupBy: GroupBy;
  readonly isCounted: (caller: number) => boolean;
}

async function settingsOf({ log, records, groupBy, isCounted, turn }: Counted): Promise<SettingResult[]> {
  const finder = new AlertFinder(log.regions.all.length);
  const verdicts = new Verdicts(log, records, groupBy);
  const none = () => ({ alerts: 0, actors: 0, verdicts: { suspicious: 0, unclear: 0, 'likely-benign': 0 } });
  const windows = WINDOW_SECONDS.flatMap((windowSeconds) =>
    WINDOWINGS.map((windowing) => ({ windowSeconds, windowing, results: MIN_REGIONS.map(none) })),
  );
  for (const calls of log.byActor(groupBy, isCounted)) {
    if (new Set(calls.regions).size < MIN_REGIONS[0]!) continue;
    for (const window of windows) {
      await turn?.();
      const seen = new Set<number>();
      finder.find(calls, window, (threshold, from, until) => {
        const result = window.results[threshold]!;
        result.alerts += 1;
        result.verdicts[verdicts.of(calls, from, until)] += 1;
        seen.add(threshold);
      });
      for (const threshold of seen) window.results[threshold]!.actors += 1;
    }
  }
  return windows.flatMap(({ windowSeconds, windowing, results }) =>
    results.map((result, index): SettingResult => {
      return { minRegions: MIN_REGIONS[index]!, windowSeconds, windowing, groupBy, ...result };
    }),
  );
}

function effectOf(
  exception: Exception,
  log: CallLog,
  records: readonly TrailRecord[],
  findings: Findings,
): ExceptionEffect {
  const matched = records.map((record) => exception.matches(record));
  const calls = log.counts().reduce((sum, count, caller) => sum + (matched[caller] === true ? count : 0), 0);
  return { exception, calls, ...findings.without((caller) => matched[caller]!) };
}
