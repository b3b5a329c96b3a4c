import type { ObjectRef } from '../ports';
import type { Turn } from '../util/concurrency';
import { getOrInsert } from '../util/values';
import type { MatchedCall } from './classify';
import { countsCalls, crossesBuckets, type RuleParameters } from './rule';
import { bucketSeconds } from './store-keys';
import { type Activity, addSpan, byTime, inOrder, type ObjectSpan, type Tally } from './tally';
import { shortestWindow } from './windows';

/** Calls after which others are given a turn. */
export const PIECE = 0x1000;

/** Calls in columns: of each its UTC epoch second, and by their numbers its region, actor, object and id. */
export interface Calls {
  readonly seconds: Float64Array;
  readonly regions: Uint32Array;
  readonly actors: Uint32Array;
  readonly objects: Uint32Array;
  readonly callIds: Uint32Array;
}

const COLUMNS = ['seconds', 'regions', 'actors', 'objects', 'callIds'] as const;

/** The calls of one actor, or of what several are grouped as, by time. */
export interface ActorCalls extends Calls {
  readonly actor: string;
}

/** A table in the form in which threads exchange it. */
export type TableContent = CallTable['content'];

/** The matched calls of many objects in 24 bytes each, since nearly all turn out to be part of no detection. */
export class CallTable {
  length = 0;
  /** UTC epoch seconds of the first and last call; infinite without calls */
  first = Number.POSITIVE_INFINITY;
  last = Number.NEGATIVE_INFINITY;
  private calls = room(256);
  private readonly names = { actors: new Names(), regions: new Names() };
  private readonly objects: ObjectRef[] = [];
  /** where they matter to the rule; no `Names`, since nearly each is another, and a map holds 16 million */
  private readonly callIds: string[] = [];

  constructor(private readonly rule: RuleParameters) {}

  /** Names of actors and regions by their numbers. */
  get actors(): readonly string[] {
    return this.names.actors.all;
  }

  get regions(): readonly string[] {
    return this.names.regions.all;
  }

  add(object: ObjectRef, calls: readonly MatchedCall[]): void {
    if (calls.length === 0) return;
    const index = this.objects.push(object) - 1;
    for (const { actor, region, second, callId } of calls) this.addCall(actor, region, second, callId, index);
  }

  /** Adds what a tally says of the calls. A table of both would not know calls that are in both: ids are hashed here. */
  addTally({ object, actors }: Tally): void {
    const index = this.objects.push(object) - 1;
    for (const { actor, cells } of actors) {
      for (const { region, second, calls, callHashes } of cells) {
        const ids = countsCalls(this.rule) ? callHashes : new Array<string>(calls).fill('');
        for (const id of ids) this.addCall(actor, region, second, id, index);
      }
    }
  }

  get content() {
    const { length, first, last, actors, regions, objects, callIds } = this;
    const calls = copied(this.calls, length, room(length), 0);
    return { calls, first, last, actors, regions, objects, callIds };
  }

  /** By columns: V8 takes longer to compile a loop over rows than to run it. */
  merge({ calls, first, last, actors, regions, objects, callIds }: TableContent): void {
    const [firstObject, firstId] = [this.objects.length, this.callIds.length];
    for (const object of objects) this.objects.push(object);
    for (const callId of callIds) this.callIds.push(callId);
    const own = {
      seconds: calls.seconds,
      regions: renamed(calls.regions, regions, this.names.regions),
      actors: renamed(calls.actors, actors, this.names.actors),
      objects: calls.objects.map((object) => firstObject + object),
      callIds: calls.callIds.map((callId) => firstId + callId),
    };
    const { length } = calls.seconds;
    this.makeRoom(length);
    copied(own, length, this.calls, this.length);
    this.length += length;
    this.first = Math.min(this.first, first);
    this.last = Math.max(this.last, last);
  }

  /** How many calls each actor made. */
  counts(): Uint32Array {
    const counts = new Uint32Array(this.actors.length);
    for (let row = 0; row < this.length; row++) counts[this.calls.actors[row]!]! += 1;
    return counts;
  }

  /**
   * The calls of each group of actors in enough regions.
   * @param groupOf the name of an actor's group; without one its calls are left out
   */
  async *groups(
    groupOf: (actor: string, number: number) => string | undefined,
    minRegions: number,
    turn: Turn,
  ): AsyncIterable<ActorCalls> {
    const { regions } = this.calls;
    const groups = new Names();
    const numbers = this.actors.map((actor, number) => {
      const group = groupOf(actor, number);
      return group === undefined ? undefined : groups.indexOf(group);
    });
    const without = groups.all.length;
    const keys = this.calls.actors.subarray(0, this.length).map((actor) => numbers[actor] ?? without);
    const { sorted, ends } = await sortedBy(this.rows(), keys, without + 1, turn);
    for (const [group, actor] of groups.all.entries()) {
      await turn();
      const rows = sorted.subarray(ends[group - 1] ?? 0, ends[group]);
      const called = new Set<number>();
      for (const row of rows) called.add(regions[row]!);
      if (called.size < minRegions) continue;
      await sortByTime(rows, this.calls, turn);
      yield { actor, ...picked(this.calls, rows) };
    }
  }

  /** What the actors did that may have a detection: bucket by bucket, unless the rule's windows cross those. */
  async *activities(turn: Turn): AsyncIterable<Activity> {
    const { minRegions, windowSeconds, slowWindowSeconds } = this.rule;
    const length = crossesBuckets(this.rule) ? Number.POSITIVE_INFINITY : bucketSeconds(this.rule);
    for await (const calls of this.groups((actor) => actor, minRegions, turn)) {
      const { seconds } = calls;
      if (shortestWindow(calls, minRegions, Math.max(windowSeconds, slowWindowSeconds)) === undefined) continue;
      for (let from = 0, to = 0; from < seconds.length; from = to) {
        const end = (Math.floor(seconds[from]! / length) + 1) * length;
        while (to < seconds.length && seconds[to]! < end) to += 1;
        await turn();
        yield this.activityOf(calls, from, to);
      }
    }
  }

  private activityOf({ actor, seconds, regions, objects, callIds }: ActorCalls, from: number, to: number): Activity {
    const cells: { region: string; second: number; calls: number; callHashes: string[] }[] = [];
    const spans = new Map<number, { first: number; last: number }>();
    for (let call = from; call < to; call++) {
      const [region, second] = [this.regions[regions[call]!]!, seconds[call]!];
      let cell = cells.at(-1);
      if (cell?.second !== second || cell.region !== region) {
        cell = { region, second, calls: 0, callHashes: [] };
        cells.push(cell);
      }
      cell.calls += 1;
      if (countsCalls(this.rule)) cell.callHashes.push(this.callIds[callIds[call]!]!);
      getOrInsert(spans, objects[call]!, () => ({ first: second, last: second })).last = second;
    }
    const named = new Map<string, ObjectSpan>();
    for (const [object, { first, last }] of spans) addSpan(named, { object: this.objects[object]!, first, last });
    return { actor, cells: cells.sort(byTime), objects: inOrder(named) };
  }

  private addCall(actor: string, region: string, second: number, callId: string, object: number): void {
    const { actors, regions } = this.names;
    const id = countsCalls(this.rule) ? this.callIds.push(callId) - 1 : 0;
    this.addRow(actors.indexOf(actor), regions.indexOf(region), second, id, object);
  }

  private addRow(actor: number, region: number, second: number, callId: number, object: number): void {
    this.makeRoom(1);
    const { length } = this;
    this.calls.seconds[length] = second;
    this.calls.regions[length] = region;
    this.calls.actors[length] = actor;
    this.calls.objects[length] = object;
    this.calls.callIds[length] = callId;
    this.length += 1;
    if (second < this.first) this.first = second;
    if (second > this.last) this.last = second;
  }

  private makeRoom(more: number): void {
    const { length, calls } = this;
    if (length + more > calls.seconds.length) this.calls = copied(calls, length, room(2 * (length + more)), 0);
  }

  private rows(): Uint32Array {
    return new Uint32Array(this.length).map((_, row) => row);
  }
}

/** Some of the calls. */
export function picked(calls: Calls, rows: ArrayLike<number>): Calls {
  const own = room(rows.length);
  for (const column of COLUMNS) {
    const [from, to] = [calls[column], own[column]];
    for (let index = 0; index < rows.length; index++) to[index] = from[rows[index]!]!;
  }
  return own;
}

/** Copies the first calls to others, from an index on. */
function copied(from: Calls, length: number, to: Calls, at: number): Calls {
  for (const column of COLUMNS) to[column].set(from[column].subarray(0, length), at);
  return to;
}

/** The numbers that others have for their names. */
function renamed(numbers: Uint32Array, names: readonly string[], others: Names): Uint32Array {
  const known = names.map((name) => others.indexOf(name));
  return numbers.map((number) => known[number]!);
}

function room(length: number): Calls {
  return {
    seconds: new Float64Array(length),
    regions: new Uint32Array(length),
    actors: new Uint32Array(length),
    objects: new Uint32Array(length),
    callIds: new Uint32Array(length),
  };
}

/** Sorts rows by time, then region: part by part, since all at once an actor's may take seconds. */
async function sortByTime(rows: Uint32Array, { seconds, regions }: Calls, turn: Turn): Promise<void> {
  let [first, last] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const row of rows) {
    first = Math.min(first, seconds[row]!);
    last = Math.max(last, seconds[row]!);
  }
  const parts = Math.ceil(rows.length / PIECE);
  const keys = rows.map((row) => Math.floor(((seconds[row]! - first) / (last - first + 1)) * parts));
  const { sorted, ends } = await sortedBy(rows, keys, parts, turn);
  rows.set(sorted);
  for (const [part, end] of ends.entries()) {
    await turn();
    rows.subarray(ends[part - 1] ?? 0, end).sort((a, b) => seconds[a]! - seconds[b]! || regions[a]! - regions[b]!);
  }
}

/** Sorts rows by their keys, which are below `end`; those of one key stay in order. @returns also where those of each end */
async function sortedBy(rows: Uint32Array, keys: Uint32Array, end: number, turn: Turn) {
  const ends = new Uint32Array(end);
  for (const key of keys) ends[key]! += 1;
  let length = 0;
  for (let key = 0; key < end; key++) {
    length += ends[key]!;
    ends[key] = length - ends[key]!;
  }
  const sorted = new Uint32Array(length);
  for (let from = 0; from < length; from += PIECE) {
    await turn();
    const to = Math.min(from + PIECE, length);
    for (let index = from; index < to; index++) sorted[ends[keys[index]!]!++] = rows[index]!;
  }
  return { sorted, ends };
}

/** Distinct texts, numbered in order of arrival. */
class Names {
  readonly all: string[] = [];
  private readonly indices = new Map<string, number>();

  indexOf(name: string): number {
    return getOrInsert(this.indices, name, () => this.all.push(name) - 1);
  }
}
