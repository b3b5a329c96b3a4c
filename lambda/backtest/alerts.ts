import { type ActorCalls, picked } from '../detection/call-table';
import type { AlertVerdict, GroupBy } from '../detection/rule';
import type { Turn } from '../util/concurrency';
import { addTo } from '../util/values';
import type { CallHistory } from './calls';
import { AlertFinder, type Setting } from './settings';
import type { Verdicts } from './verdicts';

/** An alert of the setting in detail. Seconds are UTC epoch, `end` exclusive. */
export interface FoundAlert {
  readonly actor: string;
  readonly start: number;
  readonly end: number;
  readonly regions: number;
  readonly verdict: AlertVerdict;
  /** how many of its calls each caller made, by the number it has in the history */
  readonly callers: ReadonlyMap<number, number>;
}

export interface FindingsOptions {
  readonly history: CallHistory;
  readonly verdicts: Readonly<Record<GroupBy, Verdicts>>;
  readonly setting: Setting;
  readonly isCounted: (caller: number) => boolean;
  readonly turn: Turn;
}

/** What is found with one setting, and what would be if some callers were not counted. */
export class Findings {
  private readonly alerting: { readonly calls: ActorCalls; readonly alerts: readonly FoundAlert[] }[] = [];
  private readonly finder: AlertFinder;

  private constructor(readonly options: FindingsOptions) {
    this.finder = new AlertFinder(options.history.table.regions.length, [options.setting.minRegions]);
  }

  static async of(options: FindingsOptions): Promise<Findings> {
    const { history, setting, isCounted, turn } = options;
    const findings = new Findings(options);
    for await (const calls of history.byActor(setting, isCounted, turn)) {
      const alerts = await findings.alertsOf(calls);
      if (alerts.length > 0) findings.alerting.push({ calls, alerts });
    }
    return findings;
  }

  get alerts(): FoundAlert[] {
    return this.alerting.flatMap(({ alerts }) => alerts);
  }

  async without(isExcepted: (caller: number) => boolean): Promise<Hidden> {
    const hidden = { alerts: 0, suspicious: 0, actors: 0 };
    const suspicious = (alerts: readonly FoundAlert[]) =>
      alerts.filter(({ verdict }) => verdict === 'suspicious').length;
    for (const { calls, alerts: before } of this.alerting) {
      await this.options.turn();
      if (!before.some(({ callers }) => [...callers.keys()].some(isExcepted))) continue;
      const after = await this.alertsOf(without(calls, isExcepted));
      hidden.alerts += before.length - after.length;
      hidden.suspicious += suspicious(before) - suspicious(after);
      hidden.actors += after.length === 0 ? 1 : 0;
    }
    return hidden;
  }

  private async alertsOf(calls: ActorCalls): Promise<FoundAlert[]> {
    const { turn, setting, verdicts } = this.options;
    const alerts: FoundAlert[] = [];
    let call = 0;
    for (const piece of this.finder.find(calls, setting)) {
      await turn();
      for (const { start, end } of piece) {
        const callers = new Map<number, number>();
        const regions = new Set<number>();
        for (; call < calls.seconds.length && calls.seconds[call]! < end; call++) {
          if (calls.seconds[call]! < start) continue;
          addTo(callers, calls.actors[call]!);
          regions.add(calls.regions[call]!);
        }
        const verdict = verdicts[setting.groupBy].of(calls, start, end);
        alerts.push({ actor: calls.actor, start, end, regions: regions.size, verdict, callers });
        await turn();
      }
    }
    return alerts;
  }
}

function without(calls: ActorCalls, isExcepted: (caller: number) => boolean): ActorCalls {
  const kept = [...calls.actors.keys()].filter((call) => !isExcepted(calls.actors[call]!));
  return { actor: calls.actor, ...picked(calls, kept) };
}

/** Alerts that would disappear, how many of them are suspicious, and actors that would have none left. */
export interface Hidden {
  readonly alerts: number;
  readonly suspicious: number;
  readonly actors: number;
}
