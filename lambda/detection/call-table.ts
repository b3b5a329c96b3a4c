import type { ObjectRef } from '../ports';
import { getOrInsert } from '../util/values';
import type { MatchedCall } from './classify';
import { countsCalls, type RuleParameters } from './rule';
import { type Tally, tallyCalls } from './tally';

/* The columns of a row. */
const [ACTOR, REGION, SECOND, OBJECT, COLUMNS] = [0, 1, 2, 3, 4];

/** A table as one thread gives it to another. */
export interface TableContent {
  readonly rows: Float64Array;
  readonly actors: readonly string[];
  readonly regions: readonly string[];
  readonly objects: readonly ObjectRef[];
  readonly callIds: readonly string[];
}

/** The matched calls of many objects, 32 bytes each: nearly all of them will turn out to be part of no detection. */
export class CallTable {
  private rows = new Float64Array(256 * COLUMNS);
  private length = 0;
  private readonly actors = new Names();
  private readonly regions = new Names();
  private readonly objects: ObjectRef[] = [];
  /** a row's, where they matter to the rule */
  private readonly callIds: string[] = [];

  constructor(private readonly rule: RuleParameters) {}

  add(object: ObjectRef, calls: readonly MatchedCall[]): void {
    if (calls.length === 0) return;
    const index = this.objects.push(object) - 1;
    for (const { actor, region, second, callId } of calls) {
      this.addRow(this.actors.indexOf(actor), this.regions.indexOf(region), second, index);
      if (countsCalls(this.rule)) this.callIds.push(callId);
    }
  }

  get content(): TableContent {
    const { actors, regions, objects, callIds } = this;
    const rows = this.rows.slice(0, this.length);
    return { rows, actors: actors.all, regions: regions.all, objects, callIds };
  }

  /** Adds the rows of another table. */
  merge({ rows, actors, regions, objects, callIds }: TableContent): void {
    const firstObject = this.objects.length;
    const actorIndex = actors.map((actor) => this.actors.indexOf(actor));
    const regionIndex = regions.map((region) => this.regions.indexOf(region));
    for (let row = 0; row < rows.length; row += COLUMNS) {
      const [actor, region] = [actorIndex[rows[row + ACTOR]!]!, regionIndex[rows[row + REGION]!]!];
      this.addRow(actor, region, rows[row + SECOND]!, firstObject + rows[row + OBJECT]!);
    }
    for (const object of objects) this.objects.push(object);
    for (const callId of callIds) this.callIds.push(callId);
  }

  /** Calls for each call: its actor, region and UTC epoch second. */
  forEach(take: (actor: string, region: string, second: number) => void): void {
    const [actors, regions] = [this.actors.all, this.regions.all];
    for (let row = 0; row < this.length; row += COLUMNS) {
      take(actors[this.rows[row + ACTOR]!]!, regions[this.rows[row + REGION]!]!, this.rows[row + SECOND]!);
    }
  }

  /** of the earliest call, Infinity where there is none */
  get firstSecond(): number {
    let first = Number.POSITIVE_INFINITY;
    for (let row = 0; row < this.length; row += COLUMNS) first = Math.min(first, this.rows[row + SECOND]!);
    return first;
  }

  /** Tallies of all calls by actors that may have a detection: the calls of the others make none. */
  tallies(): Tally[] {
    const byObject = new Map<ObjectRef, MatchedCall[]>();
    for (const rows of this.byActor()) {
      if (!this.mayBeDetected(rows)) continue;
      for (const row of rows) {
        const call = {
          actor: this.actors.all[this.rows[row + ACTOR]!]!,
          region: this.regions.all[this.rows[row + REGION]!]!,
          second: this.rows[row + SECOND]!,
          // Where it is not kept, nobody asks for it.
          callId: this.callIds[row / COLUMNS] ?? '',
        };
        getOrInsert(byObject, this.objects[this.rows[row + OBJECT]!]!, () => []).push(call);
      }
    }
    return [...byObject].flatMap(([object, calls]) => tallyCalls(object, calls, this.rule));
  }

  private addRow(...row: readonly [actor: number, region: number, second: number, object: number]): void {
    if (this.length === this.rows.length) {
      const wider = new Float64Array(2 * this.length);
      wider.set(this.rows);
      this.rows = wider;
    }
    this.rows.set(row, this.length);
    this.length += COLUMNS;
  }

  /** The rows of each actor, by time. */
  private byActor(): Uint32Array[] {
    const counts = new Uint32Array(this.actors.all.length);
    for (let row = 0; row < this.length; row += COLUMNS) counts[this.rows[row + ACTOR]!]! += 1;
    const lists = Array.from(counts, (count) => new Uint32Array(count));
    for (let row = this.length - COLUMNS; row >= 0; row -= COLUMNS) {
      const actor = this.rows[row + ACTOR]!;
      counts[actor]! -= 1;
      lists[actor]![counts[actor]!] = row;
    }
    for (const list of lists) list.sort((a, b) => this.rows[a + SECOND]! - this.rows[b + SECOND]!);
    return lists;
  }

  /** Whether any window of the rule's lengths has enough regions, be it aligned to the epoch or not. */
  private mayBeDetected(rows: Uint32Array): boolean {
    const { minRegions, windowSeconds, slowWindowSeconds } = this.rule;
    const longest = Math.max(windowSeconds, slowWindowSeconds);
    const calls = new Map<number, number>();
    let oldest = 0;
    for (const row of rows) {
      const region = this.rows[row + REGION]!;
      calls.set(region, (calls.get(region) ?? 0) + 1);
      for (; this.rows[rows[oldest]! + SECOND]! <= this.rows[row + SECOND]! - longest; oldest++) {
        const left = this.rows[rows[oldest]! + REGION]!;
        const count = calls.get(left)! - 1;
        if (count > 0) calls.set(left, count);
        else calls.delete(left);
      }
      if (calls.size >= minRegions) return true;
    }
    return false;
  }
}

/** Texts, each once, by numbers in the order in which they came. */
class Names {
  readonly all: string[] = [];
  private readonly indices = new Map<string, number>();

  indexOf(name: string): number {
    return getOrInsert(this.indices, name, () => this.all.push(name) - 1);
  }
}
