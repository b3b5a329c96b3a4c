import { recordOf } from '../detection/caller';
import { actorNameOf } from '../detection/classify';
import type { GroupBy, RuleParameters } from '../detection/rule';
import { getOrInsert } from '../util/values';

/** The calls of one actor by time: of each its UTC epoch second, and its region and caller as the log numbers them. */
export interface ActorCalls {
  readonly actor: string;
  readonly seconds: Float64Array;
  readonly regions: Uint32Array;
  readonly callers: Uint32Array;
}

/**
 * The rule's calls of a trail: 16 bytes each, and each caller and region once. A backtest keeps nothing else of it, so the
 * calls of a year fit into memory.
 */
export class CallLog {
  readonly callers = new Names();
  readonly regions = new Names();
  length = 0;
  /** UTC epoch seconds of the first and last call; infinite where there is none */
  first = Number.POSITIVE_INFINITY;
  last = Number.NEGATIVE_INFINITY;
  private caller = new Uint32Array(1024);
  private region = new Uint32Array(1024);
  private second = new Float64Array(1024);

  /** @param caller as `callerOf` gives it */
  add(caller: string, region: string, second: number): void {
    if (this.length === this.second.length) this.grow();
    this.caller[this.length] = this.callers.numberOf(caller);
    this.region[this.length] = this.regions.numberOf(region);
    this.second[this.length] = second;
    this.length += 1;
    this.first = Math.min(this.first, second);
    this.last = Math.max(this.last, second);
  }

  private grow(): void {
    const wider = <A extends Uint32Array | Float64Array>(into: A, from: A): A => {
      into.set(from);
      return into;
    };
    const length = 2 * this.length;
    this.caller = wider(new Uint32Array(length), this.caller);
    this.region = wider(new Uint32Array(length), this.region);
    this.second = wider(new Float64Array(length), this.second);
  }

  /** How many calls each caller made. */
  counts(): Uint32Array {
    const counts = new Uint32Array(this.callers.all.length);
    for (let row = 0; row < this.length; row++) counts[this.caller[row]!]! += 1;
    return counts;
  }

  /** The calls by actor. @param isCounted whether the calls of a caller count */
  *byActor(groupBy: GroupBy, isCounted: (caller: number) => boolean): Iterable<ActorCalls> {
    const actors = new Names();
    const rule: Pick<RuleParameters, 'groupBy'> = { groupBy };
    const actorOf = Int32Array.from(this.callers.all, (caller, index) => {
      const name = isCounted(index) ? actorNameOf(recordOf(caller).userIdentity, rule) : undefined;
      return name === undefined ? -1 : actors.numberOf(name);
    });
    const lengths = new Uint32Array(actors.all.length);
    for (let row = 0; row < this.length; row++) {
      const actor = actorOf[this.caller[row]!]!;
      if (actor >= 0) lengths[actor]! += 1;
    }
    const rowsOf = Array.from(lengths, (length) => new Uint32Array(length));
    for (let row = 0; row < this.length; row++) {
      const actor = actorOf[this.caller[row]!]!;
      if (actor >= 0) rowsOf[actor]![--lengths[actor]!] = row;
    }
    for (const [actor, rows] of rowsOf.entries()) {
      rows.sort((a, b) => this.second[a]! - this.second[b]!);
      yield {
        actor: actors.all[actor]!,
        seconds: Float64Array.from(rows, (row) => this.second[row]!),
        regions: rows.map((row) => this.region[row]!),
        callers: rows.map((row) => this.caller[row]!),
      };
    }
  }
}

/** Texts, each once, numbered in the order in which they came. */
class Names {
  readonly all: string[] = [];
  private readonly numbers = new Map<string, number>();

  numberOf(name: string): number {
    return getOrInsert(this.numbers, name, () => this.all.push(name) - 1);
  }
}
