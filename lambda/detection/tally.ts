import { type ObjectRef, objectName } from '../ports';
import { compareText, getOrInsert, hashHex, hashShort, maxOf, minOf } from '../util/values';
import type { MatchedCall } from './classify';
import { countsCalls, type RuleParameters } from './rule';
import { type Bucket, bucketOf } from './store-keys';

/** One object's calls of one actor in one region and second. */
export interface Cell {
  readonly region: string;
  /** UTC epoch second */
  readonly second: number;
  /** number of records; only a hint if objects overlap */
  readonly calls: number;
  /** the smallest hashes of the calls' eventIDs, `minCalls` at most; empty if the rule counts regions only */
  readonly callHashes: readonly string[];
}

/** One object's calls of one bucket. Tallies are only ever added, and any set of them can be merged in any order. */
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

/** Sorts one object's calls into a tally a bucket. The same calls in any order give the same tallies. */
export function tallyCalls(object: ObjectRef, matchedCalls: Iterable<MatchedCall>, rule: RuleParameters): Tally[] {
  const buckets = new Map<string, { bucket: Bucket; actors: Map<string, CallsByCell> }>();
  for (const matchedCall of matchedCalls) {
    const bucket = bucketOf(matchedCall.actor, matchedCall.second, rule);
    const fresh = { bucket, actors: new Map<string, CallsByCell>() };
    const { actors } = getOrInsert(buckets, `${bucket.partition}/${bucket.start}`, () => fresh);
    const cells = getOrInsert(actors, matchedCall.actor, (): CallsByCell => new Map());
    getOrInsert(cells, `${matchedCall.second}/${matchedCall.region}`, () => []).push(matchedCall);
  }
  return [...buckets.values()].map(({ bucket, actors }) => ({
    object,
    bucket,
    actors: [...actors]
      .map(([actor, cells]) => ({ actor, cells: [...cells.values()].map((of) => cellOf(of, rule)).sort(byTime) }))
      .sort((a, b) => compareText(a.actor, b.actor)),
  }));
}

type CallsByCell = Map<string, MatchedCall[]>;

function cellOf(matchedCalls: readonly MatchedCall[], rule: RuleParameters): Cell {
  const { region, second } = matchedCalls[0]!;
  return { region, second, calls: matchedCalls.length, callHashes: smallestHashes(matchedCalls, rule) };
}

/** Enough to tell exactly whether a window holds `minCalls` calls: a cell with more reaches that by itself. */
function smallestHashes(matchedCalls: readonly MatchedCall[], rule: RuleParameters): string[] {
  if (!countsCalls(rule)) return [];
  const hashes = new Set(matchedCalls.map(({ callId }) => hashShort(8, callId)));
  return [...hashes].sort(compareText).slice(0, rule.minCalls);
}

export const byTime = (a: Cell, b: Cell) => a.second - b.second || compareText(a.region, b.region);

/** Everything a set of tallies says about one actor, whatever their order. */
export interface Activity {
  readonly actor: string;
  /** by second, then region, ascending; one per second and region */
  readonly cells: readonly Cell[];
  readonly objects: readonly ObjectSpan[];
}

/** An object with calls of the actor, and the UTC epoch seconds of the first and the last. */
export interface ObjectSpan {
  readonly object: ObjectRef;
  readonly first: number;
  readonly last: number;
}

/** Merges tallies into one activity an actor, actors in ascending order. */
export function mergeTallies(tallies: Iterable<Tally>): Activity[] {
  const actors = new Map<string, { cells: Map<string, Cell>; spans: Map<string, ObjectSpan> }>();
  for (const { object, actors: actorCells } of tallies) {
    for (const { actor, cells } of actorCells) {
      const known = getOrInsert(actors, actor, () => ({ cells: new Map(), spans: new Map() }));
      for (const cell of cells) addCell(known.cells, cell);
      const seconds = cells.map(({ second }) => second);
      addSpan(known.spans, { object, first: minOf(seconds), last: maxOf(seconds) });
    }
  }
  return [...actors]
    .map(([actor, { cells, spans }]) => ({
      actor,
      cells: [...cells.values()].sort(byTime),
      objects: inOrder(spans),
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
  const callHashes = [...new Set([...known.callHashes, ...cell.callHashes])];
  cells.set(key, { ...cell, calls: known.calls + cell.calls, callHashes });
}

/** @param spans by the names of the objects */
export function addSpan(spans: Map<string, ObjectSpan>, { object, first, last }: ObjectSpan): void {
  const name = objectName(object);
  const known = spans.get(name) ?? { first, last };
  spans.set(name, { object, first: Math.min(known.first, first), last: Math.max(known.last, last) });
}

export function inOrder(spans: ReadonlyMap<string, ObjectSpan>): ObjectSpan[] {
  return [...spans].sort(([a], [b]) => compareText(a, b)).map(([, span]) => span);
}

/** Most bytes of one encoded part: DynamoDB's 400 KB an item, less room for the keys and the object's name. */
export const MAX_PART_BYTES = 390_000;

/** One stored item of a tally. A part can be read alone, so a half-written tally is merely a smaller one. */
export interface TallyPart {
  readonly object: ObjectRef;
  readonly bucket: Bucket;
  /** derived from object, content and part, so that writing it twice equals writing it once */
  readonly sortKey: string;
  readonly encoded: string;
}

/** `[actor, [region, [second - bucket start, calls, ...hashes][]][]]`: arrays, since an actor may be named `__proto__`. */
type EncodedCell = readonly [offset: number, calls: number, ...hashes: string[]];
type EncodedRegion = readonly [region: string, cells: EncodedCell[]];
type EncodedActor = readonly [actor: string, regions: EncodedRegion[]];

/** Encodes a tally, split where it is larger than `maxBytes`. Equal tallies give equal parts. */
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

function encodedParts({ actors, bucket }: Pick<Tally, 'actors' | 'bucket'>, maxBytes: number): string[] {
  const encoded = JSON.stringify(actors.map((actor) => encodeActor(actor, bucket.start)));
  const isOneCell = actors.length === 1 && actors[0]!.cells.length === 1;
  if (isOneCell || Buffer.byteLength(encoded) <= maxBytes) return [encoded];
  return halvesOf(actors).flatMap((half) => encodedParts({ actors: half, bucket }, maxBytes));
}

/** Splits between two actors, or between two cells of the only one. */
function halvesOf(actors: readonly ActorCells[]): (readonly ActorCells[])[] {
  const halves = <T>(list: readonly T[]) => [list.slice(0, list.length >> 1), list.slice(list.length >> 1)];
  const { actor, cells } = actors[0]!;
  return actors.length > 1 ? halves(actors) : halves(cells).map((half) => [{ actor, cells: half }]);
}

function encodeActor({ actor, cells }: ActorCells, bucketStart: number): EncodedActor {
  const regions = new Map<string, EncodedCell[]>();
  for (const { region, second, calls, callHashes } of cells) {
    getOrInsert(regions, region, () => []).push([second - bucketStart, calls, ...callHashes]);
  }
  return [actor, [...regions]];
}
