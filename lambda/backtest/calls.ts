import { Names, PIECE } from '../detection/call-table';
import { recordOf } from '../detection/caller';
import { actorNameOf, type TrailRecord } from '../detection/classify';
import type { RuleParameters } from '../detection/rule';
import type { Turn } from '../util/concurrency';
import { getOrInsert } from '../util/values';

/** Calls: of each its UTC epoch second, and its region and caller by their numbers. */
interface Calls {
  readonly seconds: Float64Array;
  readonly regions: Uint32Array;
  readonly callers: Uint32Array;
}

/** The calls of one actor by time. */
export interface ActorCalls extends Calls {
  readonly actor: string;
}

/** The rule's calls of a trail, of which a backtest keeps nothing else: in 16 bytes each, a year's fit into memory. */
export class CallLog {
  length = 0;
  /** UTC epoch seconds of the first and last call; infinite where there is none */
  first = Number.POSITIVE_INFINITY;
  last = Number.NEGATIVE_INFINITY;
  private readonly callers = new Names();
  private readonly regions = new Names();
  private calls = room(1024);

  /** @param caller as `callerOf` gives it */
  add(caller: string, region: string, second: number): void {
    if (this.length === this.calls.seconds.length) this.grow();
    this.calls.callers[this.length] = this.callers.indexOf(caller);
    this.calls.regions[this.length] = this.regions.indexOf(region);
    this.calls.seconds[this.length] = second;
    this.length += 1;
    this.first = Math.min(this.first, second);
    this.last = Math.max(this.last, second);
  }

  private grow(): void {
    const { seconds, regions, callers } = this.calls;
    this.calls = room(2 * this.length);
    this.calls.seconds.set(seconds);
    this.calls.regions.set(regions);
    this.calls.callers.set(callers);
  }

  async history(turn: Turn): Promise<CallHistory> {
    const records: TrailRecord[] = [];
    for (const caller of this.callers.all) {
      records.push(recordOf(caller));
      await turn();
    }
    return new CallHistory(picked(this.calls, await this.byTime(turn)), records, this.regions.all);
  }

  /** Hour by hour: all at once they would take long. */
  private async byTime(turn: Turn): Promise<Uint32Array> {
    const { seconds } = this.calls;
    const hours = new Map<number, number[]>();
    for (let row = 0; row < this.length; row++) {
      getOrInsert(hours, Math.floor(seconds[row]! / 3600), () => []).push(row);
      if (row % PIECE === 0) await turn();
    }
    const order = new Uint32Array(this.length);
    let length = 0;
    for (const [, rows] of [...hours].sort(([a], [b]) => a - b)) {
      rows.sort((a, b) => seconds[a]! - seconds[b]!);
      order.set(rows, length);
      length += rows.length;
      await turn();
    }
    return order;
  }
}

export class CallHistory {
  /** @param records of the callers, and `regions` the names of the regions, each by its number */
  constructor(
    private readonly calls: Calls,
    readonly records: readonly TrailRecord[],
    readonly regions: readonly string[],
  ) {}

  async matching(matches: (record: TrailRecord) => boolean, turn: Turn): Promise<boolean[]> {
    const matched: boolean[] = [];
    for (const record of this.records) {
      matched.push(matches(record));
      await turn();
    }
    return matched;
  }

  counts(): Uint32Array {
    const counts = new Uint32Array(this.records.length);
    for (const caller of this.calls.callers) counts[caller]! += 1;
    return counts;
  }

  /** The calls of each actor in enough regions, as far as the calls of a caller count. */
  async *byActor(
    { groupBy, minRegions }: Pick<RuleParameters, 'groupBy' | 'minRegions'>,
    isCounted: (caller: number) => boolean,
    turn: Turn,
  ): AsyncIterable<ActorCalls> {
    const { callers } = this.calls;
    const actors = new Names();
    const actorOf = Int32Array.from(this.records, ({ userIdentity }, caller) => {
      const name = isCounted(caller) ? actorNameOf(userIdentity, { groupBy }) : undefined;
      return name === undefined ? -1 : actors.indexOf(name);
    });
    const lengths = new Uint32Array(actors.all.length);
    for (let row = 0; row < callers.length; row++) {
      const actor = actorOf[callers[row]!]!;
      if (actor >= 0) lengths[actor]! += 1;
      if (row % PIECE === 0) await turn();
    }
    const rowsOf = Array.from(lengths, (length) => new Uint32Array(length));
    for (let row = callers.length - 1; row >= 0; row--) {
      const actor = actorOf[callers[row]!]!;
      if (actor >= 0) rowsOf[actor]![--lengths[actor]!] = row;
      if (row % PIECE === 0) await turn();
    }
    for (const [index, rows] of rowsOf.entries()) {
      await turn();
      const own = picked(this.calls, rows);
      if (new Set(own.regions).size >= minRegions) yield { actor: actors.all[index]!, ...own };
    }
  }
}

export function withoutCallers(calls: ActorCalls, isExcepted: (caller: number) => boolean): ActorCalls {
  const kept: number[] = [];
  for (let call = 0; call < calls.callers.length; call++) if (!isExcepted(calls.callers[call]!)) kept.push(call);
  return { actor: calls.actor, ...picked(calls, kept) };
}

function room(length: number): Calls {
  return { seconds: new Float64Array(length), regions: new Uint32Array(length), callers: new Uint32Array(length) };
}

function picked({ seconds, regions, callers }: Calls, rows: ArrayLike<number>): Calls {
  const own = room(rows.length);
  for (let index = 0; index < rows.length; index++) {
    const row = rows[index]!;
    own.seconds[index] = seconds[row]!;
    own.regions[index] = regions[row]!;
    own.callers[index] = callers[row]!;
  }
  return own;
}
