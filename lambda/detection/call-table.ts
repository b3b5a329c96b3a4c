import type { ObjectRef } from '../ports';
import type { Turn } from '../util/concurrency';
import { addTo, getOrInsert } from '../util/values';
import type { MatchedCall } from './classify';
import { countsCalls, type RuleParameters } from './rule';
import { type Tally, tallyCalls } from './tally';

/** Is given a call: its actor, its region, and its UTC epoch second. */
export type TakeCall = (actor: string, region: string, second: number) => void;

/** Calls of a piece, after which others are given a turn. */
export const PIECE = 0x1000;

const [ACTOR, REGION, SECOND, OBJECT, COLUMNS] = [0, 1, 2, 3, 4];

/** A table in the form in which threads exchange it. */
export type TableContent = CallTable['content'];

/** The matched calls of many objects in 32 bytes each, since nearly all turn out to be part of no detection. */
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

  get content() {
    const { actors, regions, objects, callIds } = this;
    const rows = this.rows.slice(0, this.length);
    return { rows, actors: actors.all, regions: regions.all, objects, callIds };
  }

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

  /** The calls in pieces: each calls for each of its calls with its actor, region and UTC epoch second. */
  *pieces(): Iterable<(take: TakeCall) => void> {
    const [actors, regions] = [this.actors.all, this.regions.all];
    for (let from = 0; from < this.length; from += PIECE * COLUMNS) {
      const end = Math.min(from + PIECE * COLUMNS, this.length);
      yield (take) => {
        for (let row = from; row < end; row += COLUMNS) {
          take(actors[this.rows[row + ACTOR]!]!, regions[this.rows[row + REGION]!]!, this.rows[row + SECOND]!);
        }
      };
    }
  }

  /** of the earliest call; Infinity without calls */
  get firstSecond(): number {
    let first = Number.POSITIVE_INFINITY;
    for (let row = 0; row < this.length; row += COLUMNS) first = Math.min(first, this.rows[row + SECOND]!);
    return first;
  }

  /** The tallies of the actors that may have a detection. */
  async tallies(turn?: Turn): Promise<Tally[]> {
    const byObject = new Map<ObjectRef, MatchedCall[]>();
    for (const rows of this.byActor()) {
      await turn?.();
      if (!this.mayBeDetected(rows)) continue;
      for (const row of rows) {
        const call = {
          actor: this.actors.all[this.rows[row + ACTOR]!]!,
          region: this.regions.all[this.rows[row + REGION]!]!,
          second: this.rows[row + SECOND]!,
          // Without a column of ids the rule does not use them.
          callId: this.callIds[row / COLUMNS] ?? '',
        };
        getOrInsert(byObject, this.objects[this.rows[row + OBJECT]!]!, () => []).push(call);
      }
    }
    const tallies: Tally[] = [];
    for (const [object, calls] of byObject) {
      await turn?.();
      for (const tally of tallyCalls(object, calls, this.rule)) tallies.push(tally);
    }
    return tallies;
  }

  private addRow(actor: number, region: number, second: number, object: number): void {
    if (this.length === this.rows.length) {
      const wider = new Float64Array(2 * this.length);
      wider.set(this.rows);
      this.rows = wider;
    }
    this.rows[this.length + ACTOR] = actor;
    this.rows[this.length + REGION] = region;
    this.rows[this.length + SECOND] = second;
    this.rows[this.length + OBJECT] = object;
    this.length += COLUMNS;
  }

  /** The rows of each actor in enough regions, by time. */
  private *byActor(): Iterable<Uint32Array> {
    const counts = new Uint32Array(this.actors.all.length);
    for (let row = 0; row < this.length; row += COLUMNS) counts[this.rows[row + ACTOR]!]! += 1;
    const lists = Array.from(counts, (count) => new Uint32Array(count));
    for (let row = this.length - COLUMNS; row >= 0; row -= COLUMNS) {
      const actor = this.rows[row + ACTOR]!;
      lists[actor]![--counts[actor]!] = row;
    }
    for (const list of lists) {
      const regions = new Set<number>();
      for (const row of list) regions.add(this.rows[row + REGION]!);
      if (regions.size >= this.rule.minRegions)
        yield list.sort((a, b) => this.rows[a + SECOND]! - this.rows[b + SECOND]!);
    }
  }

  /** Whether any interval as long as one of the rule's windows has enough regions. */
  private mayBeDetected(rows: Uint32Array): boolean {
    const { minRegions, windowSeconds, slowWindowSeconds } = this.rule;
    const longest = Math.max(windowSeconds, slowWindowSeconds);
    const calls = new Map<number, number>();
    let oldest = 0;
    for (const row of rows) {
      addTo(calls, this.rows[row + REGION]!);
      for (; this.rows[rows[oldest]! + SECOND]! <= this.rows[row + SECOND]! - longest; oldest++) {
        addTo(calls, this.rows[rows[oldest]! + REGION]!, -1);
      }
      if (calls.size >= minRegions) return true;
    }
    return false;
  }
}

/** Distinct texts, numbered in order of arrival. */
export class Names {
  readonly all: string[] = [];
  private readonly indices = new Map<string, number>();

  indexOf(name: string): number {
    return getOrInsert(this.indices, name, () => this.all.push(name) - 1);
  }
}
