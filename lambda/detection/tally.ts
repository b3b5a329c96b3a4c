import { type ObjectRef, objectName } from '../ports';
import { compareText, getOrInsert, hashHex, hashShort } from '../util/values';
import type { MatchedCall } from './classify';
import { type Bucket, bucketOf } from './keys';
import { countsCalls, type RuleParameters } from './rule';

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
export function tallyCalls(object: ObjectRef, matchedCalls: Iterable<MatchedCall>, rule: RuleParameters): Tally[] {
  const buckets = new Map<string, { bucket: Bucket; actors: Map<string, CallsByCell> }>();
  for (const matchedCall of matchedCalls) {
    const bucket = bucketOf(matchedCall.actor, matchedCall.second, rule);
    const { actors } = getOrInsert(buckets, `${bucket.partition}/${bucket.start}`, () => ({
      bucket,
      actors: new Map<string, CallsByCell>(),
    }));
    const cells = getOrInsert(actors, matchedCall.actor, (): CallsByCell => new Map());
    getOrInsert(cells, `${matchedCall.second}/${matchedCall.region}`, (): MatchedCall[] => []).push(matchedCall);
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
type CallsByCell = Map<string, MatchedCall[]>;

function cellOf(matchedCalls: readonly MatchedCall[], rule: RuleParameters): Cell {
  const { region, second } = matchedCalls[0]!;
  return { region, second, calls: matchedCalls.length, callHashes: smallestHashes(matchedCalls, rule) };
}

/**
 * Enough to tell exactly whether a window holds `minCalls` distinct calls: a cell that has more than these has
 * `minCalls` of them already, whatever the other objects add.
 */
function smallestHashes(matchedCalls: readonly MatchedCall[], rule: RuleParameters): string[] {
  if (!countsCalls(rule)) return [];
  const hashes = new Set(matchedCalls.map(({ callId }) => hashShort(8, callId)));
  return [...hashes].sort(compareText).slice(0, rule.minCalls);
}

function byTime(a: Cell, b: Cell): number {
  return a.second - b.second || compareText(a.region, b.region);
}

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
      const known = getOrInsert(actors, actor, () => ({ cells: new Map(), spans: new Map() }));
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

/** Most bytes of one encoded part: DynamoDB's 400 KB an item, less room for the keys and the object's name. */
export const MAX_PART_BYTES = 390_000;

/** One ledger item of a tally. A part can be read alone, so a half-written tally is merely a smaller one. */
export interface TallyPart {
  readonly object: ObjectRef;
  readonly bucket: Bucket;
  /** names this part of this content of this object: writing it twice is writing it once */
  readonly sortKey: string;
  readonly encoded: string;
}

/** `[actor, [region, [second - bucket start, calls, ...hashes][]][]]`: arrays, since an actor may be named `__proto__`. */
type EncodedCell = readonly [offset: number, calls: number, ...hashes: string[]];

type EncodedRegion = readonly [region: string, cells: EncodedCell[]];

type EncodedActor = readonly [actor: string, regions: EncodedRegion[]];

/** Encodes a tally, split where it is larger than `mostBytes`. Equal tallies give equal parts. */
export function encodeTally(tally: Tally, maxBytes = MAX_PART_BYTES): TallyPart[] {
  const texts = encodedParts(tally, maxBytes);
  const objectHash = hashHex(12, tally.object.bucket, tally.object.key);
  const contentHash = hashHex(12, ...texts);
  return texts.map((encoded, part) => ({
    object: tally.object,
    bucket: tally.bucket,
    sortKey: `tally/${objectHash}/${contentHash}/${part}`,
    encoded,
  }));
}

export function decodeTally(part: TallyPart): Tally {
  const actors = (JSON.parse(part.encoded) as EncodedActor[]).map(([actor, regions]): ActorCells => {
    const cells = regions.flatMap(([region, list]) =>
      list.map(([offset, calls, ...callHashes]): Cell => {
        return { region, second: part.bucket.start + offset, calls, callHashes };
      }),
    );
    return { actor, cells };
  });
  return { object: part.object, bucket: part.bucket, actors };
}

function encodedParts(tally: Tally, maxBytes: number): string[] {
  const whole = JSON.stringify(tally.actors.map((actor) => encodeActor(actor, tally.bucket.start)));
  if (Buffer.byteLength(whole) <= maxBytes) return [whole];
  const halves = halve(tally);
  return halves === undefined ? [whole] : halves.flatMap((half) => encodedParts(half, maxBytes));
}

/** Between two actors, or, where only one is left, between two of its cells. */
function halve(tally: Tally): [Tally, Tally] | undefined {
  const { actors } = tally;
  if (actors.length > 1) {
    const middle = actors.length >> 1;
    return [
      { ...tally, actors: actors.slice(0, middle) },
      { ...tally, actors: actors.slice(middle) },
    ];
  }
  const { actor, cells } = actors[0]!;
  if (cells.length < 2) return undefined;
  const middle = cells.length >> 1;
  return [
    { ...tally, actors: [{ actor, cells: cells.slice(0, middle) }] },
    { ...tally, actors: [{ actor, cells: cells.slice(middle) }] },
  ];
}

function encodeActor({ actor, cells }: ActorCells, bucketStart: number): EncodedActor {
  const regions = new Map<string, EncodedCell[]>();
  for (const { region, second, calls, callHashes } of cells) {
    getOrInsert(regions, region, () => []).push([second - bucketStart, calls, ...callHashes]);
  }
  return [actor, [...regions]];
}
