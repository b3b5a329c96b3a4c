import { InflateError } from '../errors';
import { type InflateEngine, type ObjectRef, type ObjectSource, objectName } from '../ports';

/** Where bytes come from and how they are inflated. */
export interface InflateOptions {
  readonly source: ObjectSource;
  readonly inflate: InflateEngine;
  /** most inflated bytes of one object */
  readonly limit: number;
}

/**
 * Gives an object's text, inflated where it is gzip. What it is shows in its first bytes, not in its name: a copy of a
 * trail is often unpacked, and a download may have been unpacked on the way.
 * @param take is given the text piece by piece; a piece is valid until it returns. What it throws passes through
 * @param area memory in which `take` would like to find the pieces
 * @throws ObjectReadError, InflateError, behind what comes before the fault
 */
export async function inflateObject(
  object: ObjectRef,
  { source, inflate, limit }: InflateOptions,
  take: (piece: Uint8Array) => void,
  area?: Uint8Array,
): Promise<void> {
  const name = objectName(object);
  const whole = source.readWhole?.(object);
  if (whole !== undefined && giveWhole(whole, inflate, name, limit, take, area)) return;
  const pieces = source.read(object)[Symbol.asyncIterator]();
  try {
    const head = await firstBytes(pieces);
    const stored = continued(head, pieces);
    if (!isGzip(head)) {
      await giveLimited(stored, name, limit, take);
      return;
    }
    const peeked = await peek(stored, MAX_PEEKED_BYTES);
    if (peeked.whole && inflate.inflateWhole(join(peeked), name, limit, take, area)) return;
    for await (const piece of inflate.inflate(unpeek(peeked), name, limit)) take(piece);
  } finally {
    await pieces.return?.();
  }
}

/** @returns false when it gave nothing and the object is to be streamed */
function giveWhole(
  stored: Uint8Array,
  inflate: InflateEngine,
  name: string,
  limit: number,
  take: (piece: Uint8Array) => void,
  area: Uint8Array | undefined,
): boolean {
  if (isGzip(stored)) return inflate.inflateWhole(stored, name, limit, take, area);
  if (stored.length > limit) throw overLimit(name, limit);
  take(stored);
  return true;
}

/** Two bytes or more, unless the object has fewer. */
async function firstBytes(pieces: AsyncIterator<Uint8Array>): Promise<Uint8Array> {
  let head: Uint8Array = new Uint8Array(0);
  while (head.length < 2) {
    const next = await pieces.next();
    if (next.done === true) break;
    head = head.length === 0 ? next.value : Buffer.concat([head, next.value]);
  }
  return head;
}

/** RFC 1952: every gzip member starts with 1f 8b. JSON never does. */
export function isGzip(head: Uint8Array): boolean {
  return head[0] === 0x1f && head[1] === 0x8b;
}

async function* continued(head: Uint8Array, rest: AsyncIterator<Uint8Array>): AsyncIterable<Uint8Array> {
  if (head.length > 0) yield head;
  for (let next = await rest.next(); next.done !== true; next = await rest.next()) yield next.value;
}

async function giveLimited(
  stored: AsyncIterable<Uint8Array>,
  name: string,
  limit: number,
  take: (piece: Uint8Array) => void,
): Promise<void> {
  let length = 0;
  for await (const piece of stored) {
    length += piece.length;
    if (length > limit) throw overLimit(name, limit);
    take(piece);
  }
}

function overLimit(name: string, limit: number): InflateError {
  return new InflateError(`${name}: larger than the limit of ${limit} bytes; raise the limit to read it`);
}

/** Stored bytes gathered before an object is taken for a large one, which is streamed. */
export const MAX_PEEKED_BYTES = 1024 * 1024;

/** The first stored bytes of an object, and where the remaining ones come from. */
export interface Head {
  readonly pieces: readonly Uint8Array[];
  /** bytes in `pieces` */
  readonly size: number;
  /** `pieces` is the whole object */
  readonly whole: boolean;
  readonly rest: AsyncIterator<Uint8Array>;
}

/**
 * Reads until the object ends or more than `most` bytes are there (by at most one piece).
 * Whatever the input throws passes through.
 */
export async function peek(stored: AsyncIterable<Uint8Array>, most: number): Promise<Head> {
  const rest = stored[Symbol.asyncIterator]();
  const pieces: Uint8Array[] = [];
  let size = 0;
  while (size <= most) {
    const next = await rest.next();
    if (next.done === true) {
      return { pieces, size, whole: true, rest };
    }
    if (next.value.length > 0) {
      pieces.push(next.value);
      size += next.value.length;
    }
  }
  return { pieces, size, whole: false, rest };
}

/** The gathered bytes as one buffer, copied only when there are several pieces. */
export function join(head: Head): Buffer {
  const [first] = head.pieces;
  if (first === undefined || head.pieces.length > 1) {
    return Buffer.concat(head.pieces, head.size);
  }
  return Buffer.from(first.buffer, first.byteOffset, first.length);
}

/** The whole object again. Leaving early releases the input behind it. */
export async function* unpeek(head: Head): AsyncGenerator<Uint8Array> {
  let done = head.whole;
  try {
    yield* head.pieces;
    while (!done) {
      const next = await head.rest.next();
      if (next.done === true) {
        done = true;
      } else if (next.value.length > 0) {
        yield next.value;
      }
    }
  } catch (error) {
    // An iterator that threw is over: there is nothing left to release.
    done = true;
    throw error;
  } finally {
    if (!done) {
      await head.rest.return?.();
    }
  }
}
