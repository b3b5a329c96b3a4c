import type { TrailRecord } from '../detection/classify';
import type { AlertVerdict } from '../detection/rule';
import { DEFAULT_PARAMETERS, type RuleParameters, thresholds } from '../detection/rule';
import type { Cell } from '../detection/tally';
import { joinBursts, longestBurst, spansOf } from '../detection/windows';
import type { ActorCalls, CallLog } from './calls';
import type { Setting } from './settings';
import { Verdicts } from './verdicts';

/** An alert of the setting that is looked at closely. Seconds are UTC epoch, `end` exclusive. */
export interface FoundAlert {
  readonly actor: string;
  readonly start: number;
  readonly end: number;
  readonly regions: number;
  readonly verdict: AlertVerdict;
  /** how many of its calls each caller made, by the number it has in the log */
  readonly callers: ReadonlyMap<number, number>;
}

/** An actor with alerts, and all of its calls. */
export interface AlertingActor {
  readonly calls: ActorCalls;
  readonly alerts: readonly FoundAlert[];
}

/** What was found with one setting, and what would be if some callers were not counted. */
export class Findings {
  readonly alerting: readonly AlertingActor[];
  private readonly verdicts: Verdicts;

  /** @param records of the log's callers */
  constructor(
    log: CallLog,
    records: readonly TrailRecord[],
    private readonly setting: Setting,
    isCounted: (caller: number) => boolean,
  ) {
    this.verdicts = new Verdicts(log, records, setting.groupBy);
    const alerting: AlertingActor[] = [];
    for (const calls of log.byActor(setting.groupBy, isCounted)) {
      if (new Set(calls.regions).size < setting.minRegions) continue;
      const alerts = this.alertsOf(calls);
      if (alerts.length > 0) alerting.push({ calls, alerts });
    }
    this.alerting = alerting;
  }

  get alerts(): FoundAlert[] {
    return this.alerting.flatMap(({ alerts }) => alerts);
  }

  /** What is no more when the calls of some callers are not counted either. */
  without(isExcepted: (caller: number) => boolean): Hidden {
    const hidden = { alerts: 0, suspicious: 0, actors: 0 };
    const suspicious = (alerts: readonly FoundAlert[]) =>
      alerts.filter(({ verdict }) => verdict === 'suspicious').length;
    for (const { calls, alerts: before } of this.alerting) {
      if (!before.some(({ callers }) => [...callers.keys()].some(isExcepted))) continue;
      const after = this.alertsOf(withoutCallers(calls, isExcepted));
      hidden.alerts += before.length - after.length;
      hidden.suspicious += suspicious(before) - suspicious(after);
      hidden.actors += after.length === 0 ? 1 : 0;
    }
    return hidden;
  }

  private alertsOf(calls: ActorCalls): FoundAlert[] {
    const { setting } = this;
    const rule: RuleParameters = { ...DEFAULT_PARAMETERS, ...setting, ...thresholds(setting.minRegions) };
    const cells = Array.from(calls.seconds, (second, call): Cell => {
      return { region: String(calls.regions[call]), second, calls: 1, callHashes: [] };
    });
    const bursts = joinBursts(spansOf(cells, rule), [], longestBurst(rule)).fresh;
    let call = 0;
    return bursts.map(({ start, end }) => {
      const callers = new Map<number, number>();
      const regions = new Set<number>();
      for (; call < calls.seconds.length && calls.seconds[call]! < end; call++) {
        if (calls.seconds[call]! < start) continue;
        const caller = calls.callers[call]!;
        callers.set(caller, (callers.get(caller) ?? 0) + 1);
        regions.add(calls.regions[call]!);
      }
      const verdict = this.verdicts.of(calls, start, end);
      return { actor: calls.actor, start, end, regions: regions.size, verdict, callers };
    });
  }
}

/** Alerts that would be no more, how many of them are suspicious, and actors that would have none left. */
export interface Hidden {
  readonly alerts: number;
  readonly suspicious: number;
  readonly actors: number;
}

function withoutCallers(
  { actor, seconds, regions, callers }: ActorCalls,
  isExcepted: (caller: number) => boolean,
): ActorCalls {
  const isKept = (_: number, call: number) => !isExcepted(callers[call]!);
  return {
    actor,
    seconds: seconds.filter(isKept),
    regions: regions.filter(isKept),
    callers: callers.filter(isKept),
  };
}
