import { compareText, entry } from '../collections';
import { type ObjectRef, objectName } from '../ports';
import type { Cell, Tally } from './tally';

/** All that is known of one actor: a pure function of a set of tallies, whatever their order. */
export interface Activity {
  readonly actor: string;
  /** by second, then region, ascending; one a (second, region) */
  readonly cells: readonly Cell[];
  readonly objects: readonly ObjectSpan[];
}

/** An object that tells of the actor, and from when to when (UTC epoch seconds, both included). */
export interface ObjectSpan {
  readonly object: ObjectRef;
  readonly first: number;
  readonly last: number;
}

/** Merges tallies into one activity an actor, actors in ascending order. */
export function mergeTallies(tallies: Iterable<Tally>): Activity[] {
  const actors = new Map<string, { cells: Map<string, Cell>; spans: Map<string, ObjectSpan> }>();
  for (const { object, actors: told } of tallies) {
    for (const { actor, cells } of told) {
      const known = entry(actors, actor, () => ({ cells: new Map(), spans: new Map() }));
      for (const cell of cells) addCell(known.cells, cell);
      addSpan(known.spans, object, cells);
    }
  }
  return [...actors]
    .map(([actor, { cells, spans }]) => ({
      actor,
      cells: [...cells.values()].sort((a, b) => a.second - b.second || compareText(a.region, b.region)),
      objects: [...spans].sort(([a], [b]) => compareText(a, b)).map(([, span]) => span),
    }))
    .sort((a, b) => compareText(a.actor, b.actor));
}

function addCell(cells: Map<string, Cell>, cell: Cell): void {
  const key = `${cell.second}/${cell.region}`;
  const known = cells.get(key);
  if (known === undefined) {
    cells.set(key, cell);
    return;
  }
  const hashes = cell.callHashes.length === 0 ? known.callHashes : union(known.callHashes, cell.callHashes);
  cells.set(key, { ...cell, calls: known.calls + cell.calls, callHashes: hashes });
}

function union(a: readonly string[], b: readonly string[]): string[] {
  return [...new Set([...a, ...b])];
}

function addSpan(spans: Map<string, ObjectSpan>, object: ObjectRef, cells: readonly Cell[]): void {
  const name = objectName(object);
  let { first, last } = spans.get(name) ?? {
    first: Number.POSITIVE_INFINITY,
    last: Number.NEGATIVE_INFINITY,
  };
  for (const { second } of cells) {
    first = Math.min(first, second);
    last = Math.max(last, second);
  }
  spans.set(name, { object, first, last });
}
