import { entry } from '../collections';
import { hashHex } from '../hash';
import type { ObjectRef } from '../ports';
import type { Bucket } from './partition';
import type { ActorCells, Cell, Tally } from './tally';

/** Part of the ledger's keys: a new number starts fresh state instead of misreading the old. */
export const ENCODING_VERSION = 1;

/** Most bytes of one encoded part: DynamoDB's 400 KB an item, less room for the keys and the object's name. */
export const MOST_PART_BYTES = 390_000;

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
export function encodeTally(tally: Tally, mostBytes = MOST_PART_BYTES): TallyPart[] {
  const texts = encodedParts(tally, mostBytes);
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

function encodedParts(tally: Tally, mostBytes: number): string[] {
  const whole = JSON.stringify(tally.actors.map((actor) => encodeActor(actor, tally.bucket.start)));
  if (Buffer.byteLength(whole) <= mostBytes) return [whole];
  const halves = halve(tally);
  return halves === undefined ? [whole] : halves.flatMap((half) => encodedParts(half, mostBytes));
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
    entry(regions, region, () => []).push([second - bucketStart, calls, ...callHashes]);
  }
  return [actor, [...regions]];
}
