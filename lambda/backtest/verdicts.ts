import { sweepOf } from '../alert/assemble';
import { noteCall, readCall } from '../alert/evidence/call';
import { Collector } from '../alert/evidence/collector';
import { unsearched } from '../alert/evidence/nearby-files';
import { triage } from '../alert/triage';
import { verdictOf } from '../alert/triage/verdict';
import type { ActorCalls } from '../detection/call-table';
import { type AlertVerdict, CALL, DEFAULT_PARAMETERS, type GroupBy } from '../detection/rule';
import { getOrInsert } from '../util/values';
import type { CallHistory } from './calls';

export type VerdictCounts = Readonly<Record<AlertVerdict, number>>;

/**
 * The verdict on an alert by its own calls: what else an identity did meanwhile is not in the log. It depends on which
 * callers called in which regions alone, so that each such set is judged once, however often a job repeats it.
 */
export class Verdicts {
  private readonly known = new Map<string, AlertVerdict>();
  private last: { calls: ActorCalls; from: number; until: number; verdict: AlertVerdict } | undefined;

  constructor(
    private readonly history: CallHistory,
    private readonly groupBy: GroupBy,
  ) {}

  /** Of the calls with `from` <= second < `until`. */
  of(calls: ActorCalls, from: number, until: number): AlertVerdict {
    const { last } = this;
    // Most thresholds have the same alerts.
    if (last?.calls !== calls || last.from !== from || last.until !== until) {
      this.last = { calls, from, until, verdict: this.lookUp(calls, from, until) };
    }
    return this.last!.verdict;
  }

  private lookUp({ actor, seconds, regions, actors: callers }: ActorCalls, from: number, until: number): AlertVerdict {
    const pairs = new Set<number>();
    const base = this.history.table.regions.length;
    for (let call = firstFrom(seconds, from); call < seconds.length && seconds[call]! < until; call++) {
      pairs.add(callers[call]! * base + regions[call]!);
    }
    const sorted = Float64Array.from(pairs).sort();
    return getOrInsert(this.known, sorted.join(), () => this.judge(actor, [...sorted], base, from));
  }

  private judge(actor: string, pairs: readonly number[], base: number, second: number): AlertVerdict {
    const rule = { ...DEFAULT_PARAMETERS, groupBy: this.groupBy };
    const regions = [...new Set(pairs.map((pair) => this.history.table.regions[pair % base]!))];
    const detection = {
      ...{ actor, start: second, end: second + 1, decidedAt: second, objects: [] },
      regions: regions.map((region) => ({ region, first: second, last: second })),
    };
    const collector = new Collector(detection);
    for (const pair of pairs) {
      const awsRegion = this.history.table.regions[pair % base]!;
      const record = { ...this.history.records[Math.floor(pair / base)], ...CALL, awsRegion };
      collector.add(readCall(record, noteCall(record, second, rule), String(pair)));
    }
    const none = { listed: [], count: 0 };
    const search = { ...unsearched(''), named: 0, read: 0, nearby: 0 };
    const evidence = collector.evidence({ neighbours: none, siblings: none, search });
    const sweep = sweepOf({ detection, evidence, rule });
    return verdictOf(sweep, triage(sweep)).verdict;
  }
}

/** The index of the first second that is not before another. */
function firstFrom(seconds: Float64Array, from: number): number {
  let [low, high] = [0, seconds.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (seconds[middle]! < from) low = middle + 1;
    else high = middle;
  }
  return low;
}
