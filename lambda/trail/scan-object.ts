import { CALL_LITERAL } from '../detection/classify';
import { DefectError, ObjectReadError, RegionsweepError, reasonOf } from '../errors';
import { type ObjectRef, objectName } from '../ports';
import { type InflateOptions, inflateObject } from './object-bytes';
import { type RecordSink, scanRecords, takeBack } from './scanner/record-scanner';
import { skimmerFor } from './scanner/simd/simd-skipper';

/** An instance is kept as long as the process lives; other needles than the rule's are texts of anybody's. */
const SKIMMED = [CALL_LITERAL];

/**
 * Goes through one object to its end or to its first fault. Nothing that the object holds, nor its absence, makes it
 * throw.
 * @param needles as `scanRecords` takes them
 * @returns all top-level records, the inflated bytes, and why the rest could not be read
 */
export async function scanObject(
  object: ObjectRef,
  inflating: InflateOptions,
  literals: readonly string[],
  sink: RecordSink,
): Promise<{ records: number; bytes: number; error: RegionsweepError | undefined }> {
  const skimmer = skimmerFor(SKIMMED);
  const scanner = scanRecords(objectName(object), literals, sink, skimmer);
  let bytes = 0;
  let error: RegionsweepError | undefined;
  const take = (piece: Uint8Array) => {
    bytes += piece.length;
    scanner.push(piece);
  };
  try {
    // What is inflated where it is skimmed need not be copied there.
    await inflateObject(object, inflating, take, skimmer?.area);
    scanner.end();
  } catch (caught) {
    error = caught instanceof RegionsweepError ? caught : defect(objectName(object), caught);
  }
  return { records: scanner.records, bytes, error };
}

/** Whatever a record does to the code that reads it, other objects must not suffer. */
function defect(name: string, cause: unknown): DefectError {
  const reason = reasonOf(cause);
  return new DefectError(`${name}: a fault of regionsweep's own (${reason}); report it with the object`, {
    cause,
  });
}

/** Hands on records of an object though a later `Records` key may take them back, and holds few of them for it. */

/** What is wanted of an object's records. */
export interface Taking<T> {
  /** as `scanRecords` takes them: a record without one of them is not looked at */
  readonly literals: readonly string[];
  /** @returns undefined for a record that is not wanted */
  take(record: Record<string, unknown>, text: () => string): T | undefined;
  /** Is given what was taken, in the records' order, and nothing that the document takes back. */
  hand(item: T): void;
}

export interface Taken {
  /** inflated */
  readonly bytes: number;
  /** why the rest could not be read; what came before it was handed on */
  readonly error: RegionsweepError | undefined;
  /** whether the document takes nothing back, whatever is looked for in it */
  readonly isSteady: boolean;
}

/** Characters of the records held for one object. */
const MAX_HELD = 8 * 2 ** 20;

/** Places that records are taken back to, one after the other, that are remembered. */
export const MAX_RUNS = 10_000;

/** A record counts for so many at least: what is kept of a small one is larger than its text. */
const MIN_HELD = 1024;

/**
 * Takes records of an object. What is taken is held until it is sure to stay. An object with more of it than may be held
 * is read to its end for nothing but what it takes back, and then once more.
 * @param isSteady whether an earlier reading has found the object to be so: then nothing is held
 */
export async function takeRecords<T>(
  object: ObjectRef,
  reading: InflateOptions,
  taking: Taking<T>,
  isSteady = false,
  most = MAX_HELD,
): Promise<Taken> {
  if (isSteady) return handAtOnce(object, reading, taking, new Restarts());
  const restarts = new Restarts();
  let held: { readonly index: number; readonly item: T }[] | undefined = [];
  let size = 0;
  const { bytes, error } = await scanObject(object, reading, taking.literals, {
    record: (record, { index }, text) => {
      if (held === undefined) return;
      const item = taking.take(record, text);
      if (item === undefined) return;
      held.push({ index, item });
      size += Math.max(text().length, MIN_HELD);
      if (size > most) held = undefined;
    },
    fault: () => undefined,
    restart: (from) => {
      if (held !== undefined) takeBack(held, from, ({ index }) => index);
      restarts.add(from);
      if (restarts.tooMany) {
        throw new ObjectReadError(`${objectName(object)}: takes its records back too often to be followed`);
      }
    },
  });
  const isSteadyNow = error === undefined && restarts.none;
  // Where not all of them are known, none of it is sure to stay.
  if (held === undefined && restarts.tooMany) return { bytes, error, isSteady: false };
  if (held === undefined) {
    const again = await handAtOnce(object, reading, taking, restarts);
    return { bytes, error: error ?? again.error, isSteady: isSteadyNow };
  }
  for (const { item } of held) taking.hand(item);
  return { bytes, error, isSteady: isSteadyNow };
}

/** @param restarts all that the object has, by an earlier scan for the same needles */
async function handAtOnce<T>(
  object: ObjectRef,
  reading: InflateOptions,
  { literals, take, hand }: Taking<T>,
  restarts: Restarts,
): Promise<Taken> {
  const coming = restarts.inOrder();
  let next = coming.next();
  const { bytes, error } = await scanObject(object, reading, literals, {
    record: (record, { index }, text) => {
      // Of the restarts to come the next one reaches back furthest.
      if (next.done !== true && index >= next.value) return;
      const item = take(record, text);
      if (item !== undefined) hand(item);
    },
    fault: () => undefined,
    restart: (from) => {
      if (next.done === true || next.value !== from) {
        throw new ObjectReadError(`${objectName(object)}: has changed since it was first read`);
      }
      next = coming.next();
    },
  });
  return { bytes, error, isSteady: restarts.none };
}

/** The indices from which a document takes its records back, in their order; many in a row take no more memory than one. */
class Restarts {
  private readonly runs: { readonly from: number; times: number }[] = [];

  get none(): boolean {
    return this.runs.length === 0;
  }

  /** There are more than can be remembered: nobody but an attacker writes two. */
  get tooMany(): boolean {
    return this.runs.length > MAX_RUNS;
  }

  add(from: number): void {
    const last = this.runs.at(-1);
    if (last?.from === from) last.times += 1;
    else this.runs.push({ from, times: 1 });
  }

  *inOrder(): Generator<number, undefined> {
    for (const { from, times } of this.runs) {
      for (let time = 0; time < times; time++) yield from;
    }
  }
}
