import { compareText, entry } from '../collections';
import { hashShort } from '../hash';
import type { ObjectRef } from '../ports';
import { countsCalls, type RuleParameters } from '../rule/rule';
import type { Sighting } from '../trail/sighting';
import { type Bucket, bucketOf } from './partition';

/** The calls of one actor in one region and second, as one object told them. */
export interface Cell {
  readonly region: string;
  /** UTC epoch second */
  readonly second: number;
  /** records seen; a hint where objects overlap */
  readonly calls: number;
  /** the smallest hashes of the calls' eventIDs, `minCalls` at most; empty while the regions alone decide */
  readonly callHashes: readonly string[];
}

/** What one object says of one bucket. Tallies are only ever added, and any set of them can be merged in any order. */
export interface Tally {
  readonly object: ObjectRef;
  readonly bucket: Bucket;
  /** cells by actor; actors, and each one's cells by second and region, in ascending order */
  readonly actors: readonly ActorCells[];
}

export interface ActorCells {
  readonly actor: string;
  readonly cells: readonly Cell[];
}

/** Sorts one object's sightings into a tally per bucket. The same sightings in any order give the same tallies. */
export function tallySightings(
  object: ObjectRef,
  sightings: Iterable<Sighting>,
  rule: RuleParameters,
): Tally[] {
  const buckets = new Map<string, { bucket: Bucket; actors: Map<string, CellSightings> }>();
  for (const sighting of sightings) {
    const bucket = bucketOf(sighting.actor, sighting.second, rule);
    const { actors } = entry(buckets, `${bucket.partition}/${bucket.start}`, () => ({
      bucket,
      actors: new Map<string, CellSightings>(),
    }));
    const cells = entry(actors, sighting.actor, (): CellSightings => new Map());
    entry(cells, `${sighting.second}/${sighting.region}`, (): Sighting[] => []).push(sighting);
  }
  return [...buckets.values()].map(({ bucket, actors }) => ({
    object,
    bucket,
    actors: [...actors]
      .map(([actor, cells]) => ({
        actor,
        cells: [...cells.values()].map((of) => cellOf(of, rule)).sort(byTime),
      }))
      .sort((a, b) => compareText(a.actor, b.actor)),
  }));
}

/** by second and region */
type CellSightings = Map<string, Sighting[]>;

function cellOf(sightings: readonly Sighting[], rule: RuleParameters): Cell {
  const { region, second } = sightings[0]!;
  return { region, second, calls: sightings.length, callHashes: smallestHashes(sightings, rule) };
}

/**
 * Enough to tell exactly whether a window holds `minCalls` distinct calls: a cell that has more than these has
 * `minCalls` of them already, whatever the other objects add.
 */
function smallestHashes(sightings: readonly Sighting[], rule: RuleParameters): string[] {
  if (!countsCalls(rule)) return [];
  const hashes = new Set(sightings.map(({ callId }) => hashShort(8, callId)));
  return [...hashes].sort(compareText).slice(0, rule.minCalls);
}

function byTime(a: Cell, b: Cell): number {
  return a.second - b.second || compareText(a.region, b.region);
}
