import { DEFAULT_PARAMETERS, type RuleParameters, thresholds } from '../detection/rule';
import type { Cell } from '../detection/tally';
import { joinBursts, longestBurst, spansOf } from '../detection/windows';
import type { ActorCalls, CallLog } from './calls';
import type { Setting } from './settings';

/** An alert of the setting that is looked at closely. Seconds are UTC epoch, `end` exclusive. */
export interface FoundAlert {
  readonly actor: string;
  readonly start: number;
  readonly end: number;
  readonly regions: number;
  /** how many of its calls each caller made, by the number it has in the log */
  readonly callers: ReadonlyMap<number, number>;
}

/** An actor with alerts, and all of its calls. */
export interface AlertingActor {
  readonly calls: ActorCalls;
  readonly alerts: readonly FoundAlert[];
}

export function alertingActors(
  log: CallLog,
  setting: Setting,
  isCounted: (caller: number) => boolean,
): AlertingActor[] {
  const alerting: AlertingActor[] = [];
  for (const calls of log.byActor(setting.groupBy, isCounted)) {
    if (new Set(calls.regions).size < setting.minRegions) continue;
    const alerts = alertsOf(calls, setting);
    if (alerts.length > 0) alerting.push({ calls, alerts });
  }
  return alerting;
}

function alertsOf(calls: ActorCalls, setting: Setting): FoundAlert[] {
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
    return { actor: calls.actor, start, end, regions: regions.size, callers };
  });
}

/** The alerts, and whole actors, that are no more when some callers are not counted. */
export function takenAway(
  alerting: readonly AlertingActor[],
  setting: Setting,
  isExcepted: (caller: number) => boolean,
): { readonly alerts: number; readonly actors: number } {
  let [alerts, actors] = [0, 0];
  for (const { calls, alerts: before } of alerting) {
    if (!before.some(({ callers }) => [...callers.keys()].some(isExcepted))) continue;
    const after = alertsOf(without(calls, isExcepted), setting).length;
    alerts += before.length - after;
    actors += after === 0 ? 1 : 0;
  }
  return { alerts, actors };
}

function without(
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
