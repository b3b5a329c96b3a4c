import type { CallTable } from '../detection/call-table';
import type { Exception } from '../detection/exceptions';
import type { GroupBy } from '../detection/rule';
import { NO_TURN, type Turn } from '../util/concurrency';
import { Findings, type FindingsOptions, type FoundAlert, type Hidden } from './alerts';
import { CallHistory } from './calls';
import { type Proposal, proposeExceptions } from './proposals';
import { AlertFinder, GROUPINGS, MIN_REGIONS, type Setting, WINDOW_SECONDS, WINDOWINGS } from './settings';
import { type VerdictCounts, Verdicts } from './verdicts';

export interface BacktestOptions {
  /** the setting that is looked at closely */
  readonly setting: Setting;
  readonly exceptions: readonly Exception[];
  /** UTC epoch second, from which proposed exceptions are in force for some months */
  readonly now: number;
  readonly turn?: Turn | undefined;
}

export interface Backtest {
  /** all of them, with the exceptions in force */
  readonly settings: readonly SettingResult[];
  /** of the setting in detail, with the exceptions in force */
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

/** The effect of one exception alone. */
export interface ExceptionEffect extends Hidden {
  readonly exception: Exception;
  /** those it matches */
  readonly calls: number;
}

/**
 * What every setting would have found in the same calls: as many alerts as a replay with that setting finds.
 * @param calls of callers, see `callerOf`
 */
export async function backtest(calls: CallTable, options: BacktestOptions): Promise<Backtest> {
  const { setting, exceptions, now, turn = NO_TURN } = options;
  const history = await CallHistory.of(calls, turn);
  const excepted = await history.matching((record) => exceptions.some(({ matches }) => matches(record)), turn);
  const isCounted = (caller: number) => !excepted[caller];
  const verdicts = { arn: new Verdicts(history, 'arn'), issuer: new Verdicts(history, 'issuer') };
  const basis = { history, verdicts, setting, isCounted, turn };
  const settings: SettingResult[] = [];
  for (const groupBy of GROUPINGS) settings.push(...(await settingsOf(groupBy, basis)));
  const findings = await Findings.of(basis);
  const without = exceptions.length === 0 ? findings : await Findings.of({ ...basis, isCounted: () => true });
  const effects: ExceptionEffect[] = [];
  for (const exception of exceptions) effects.push(await effectOf(exception, without));
  const proposals = await proposeExceptions(findings, now);
  return { settings, alerts: findings.alerts, exceptions: effects, proposals };
}

async function settingsOf(groupBy: GroupBy, options: FindingsOptions): Promise<SettingResult[]> {
  const { history, verdicts, isCounted, turn } = options;
  const finder = new AlertFinder(history.table.regions.length, MIN_REGIONS);
  const none = () => ({ alerts: 0, actors: 0, verdicts: { suspicious: 0, unclear: 0, 'likely-benign': 0 } });
  const windows = WINDOW_SECONDS.flatMap((windowSeconds) =>
    WINDOWINGS.map((windowing) => ({ windowSeconds, windowing, results: MIN_REGIONS.map(none) })),
  );
  for await (const calls of history.byActor({ groupBy, minRegions: MIN_REGIONS[0]! }, isCounted, turn)) {
    for (const window of windows) {
      const seen = new Set<number>();
      for (const piece of finder.find(calls, window)) {
        await turn();
        for (const { threshold, start, end } of piece) {
          const result = window.results[threshold]!;
          result.alerts += 1;
          result.verdicts[verdicts[groupBy].of(calls, start, end)] += 1;
          seen.add(threshold);
          await turn();
        }
      }
      for (const threshold of seen) window.results[threshold]!.actors += 1;
    }
  }
  return windows.flatMap(({ windowSeconds, windowing, results }) =>
    results.map((result, index): SettingResult => {
      return { minRegions: MIN_REGIONS[index]!, windowSeconds, windowing, groupBy, ...result };
    }),
  );
}

async function effectOf(exception: Exception, findings: Findings): Promise<ExceptionEffect> {
  const { history, turn } = findings.options;
  const matched = await history.matching(exception.matches, turn);
  const calls = history.table.counts().reduce((sum, count, caller) => sum + (matched[caller] === true ? count : 0), 0);
  return { exception, calls, ...(await findings.without((caller) => matched[caller]!)) };
}
