import { InflateError } from '../errors';
import { type InflateEngine, type ObjectRef, type ObjectSource, objectName } from '../ports';

export interface InflateOptions {
  readonly source: ObjectSource;
  readonly inflate: InflateEngine;
  /** most bytes that an object may inflate to */
  readonly limit: number;
}

/**
 * Streams an object's text, with gzip inflated, even twice, and UTF-16 as UTF-8. The first bytes decide, not the name:
 * copies of a trail are often unpacked, and downloads unpacked or compressed again.
 * @param take called with the text in pieces, each valid until it returns; what it throws is rethrown
 * @throws ObjectReadError, InflateError, after the text before the fault
 */
export async function inflateObject(
  object: ObjectRef,
  { source, inflate, limit }: InflateOptions,
  take: (piece: Uint8Array) => void,
): Promise<void> {
  const name = objectName(object);
  const inflateOnce = (stored: Uint8Array): boolean => {
    let isFirst = true;
    const takeText = (piece: Uint8Array) => {
      if (isFirst && (isGzip(piece) || utf16Of(piece) !== undefined)) throw NO_TEXT_YET;
      isFirst = false;
      take(piece);
    };
    try {
      return inflate.inflateSync(stored, limit, takeText);
    } catch (error) {
      if (error === NO_TEXT_YET) return false;
      throw error;
    }
  };
  const takeSync = (stored: Uint8Array): boolean => {
    if (isGzip(stored)) return inflateOnce(stored);
    if (utf16Of(stored) !== undefined) return false;
    if (stored.length > limit) throw overLimit(name, limit);
    take(stored);
    return true;
  };
  const head = await peek(source.read(object), MAX_PEEKED_BYTES);
  if (head.isComplete && takeSync(head.bytes)) return;
  const rest = unpeek(head);
  const text = isGzip(head.bytes) ? inflate.inflate(rest, name, limit) : limited(rest, name, limit);
  for await (const piece of decoded(text, inflate, name, limit)) take(piece);
}

/** The same as a generator. @throws as `inflateObject` */
export function textOf(object: ObjectRef, { source, inflate, limit }: InflateOptions): AsyncGenerator<Uint8Array> {
  const name = objectName(object);
  return decoded(limited(source.read(object), name, limit), inflate, name, limit);
}

/** Stops inflating, because the result must be inflated or decoded again. */
const NO_TEXT_YET = new Error('gzip or UTF-16 within gzip');

const MAX_LAYERS = 3;

async function* decoded(
  bytes: AsyncIterable<Uint8Array>,
  inflate: InflateEngine,
  name: string,
  limit: number,
  layers = 1,
): AsyncGenerator<Uint8Array> {
  const head = await peek(bytes, 2);
  const encoding = utf16Of(head.bytes);
  if (isGzip(head.bytes) && layers < MAX_LAYERS) {
    yield* decoded(inflate.inflate(unpeek(head), name, limit), inflate, name, limit, layers + 1);
  } else if (encoding === undefined) {
    yield* unpeek(head);
  } else {
    const decoder = new TextDecoder(encoding);
    for await (const piece of unpeek(head)) yield Buffer.from(decoder.decode(piece, { stream: true }));
    yield Buffer.from(decoder.decode());
  }
}

/** The kind of UTF-16, by its byte order mark or how JSON begins in it. PowerShell redirects output in UTF-16. */
function utf16Of([first, second]: Uint8Array): 'utf-16le' | 'utf-16be' | undefined {
  if (first === 0xff && second === 0xfe) return 'utf-16le';
  if (first === 0xfe && second === 0xff) return 'utf-16be';
  if (second === 0 && mayBegin(first)) return 'utf-16le';
  return first === 0 && mayBegin(second) ? 'utf-16be' : undefined;
}

function mayBegin(byte: number | undefined): boolean {
  return byte !== undefined && byte > 0 && '{["\n\r\t '.includes(String.fromCharCode(byte));
}

/** RFC 1952: every gzip member starts with 1f 8b. JSON never does. */
export const isGzip = (bytes: Uint8Array) => bytes[0] === 0x1f && bytes[1] === 0x8b;

async function* limited(stored: AsyncIterable<Uint8Array>, name: string, limit: number): AsyncGenerator<Uint8Array> {
  let size = 0;
  for await (const piece of stored) {
    size += piece.length;
    if (size > limit) throw overLimit(name, limit);
    yield piece;
  }
}

function overLimit(name: string, limit: number): InflateError {
  return new InflateError(`${name}: larger than the limit of ${limit} bytes; raise the limit to read it`);
}

/** Stored bytes above which an object is streamed. */
export const MAX_PEEKED_BYTES = 1024 * 1024;

/** The first stored bytes of an object, and the source of the others. */
export interface Head {
  readonly bytes: Buffer;
  readonly isComplete: boolean;
  readonly rest: AsyncIterator<Uint8Array>;
}

/** Reads until the object ends or breaks off, or `limit` bytes are exceeded (by at most one piece). */
export async function peek(stored: AsyncIterable<Uint8Array>, limit: number): Promise<Head> {
  const rest = stored[Symbol.asyncIterator]();
  const pieces: Uint8Array[] = [];
  let size = 0;
  try {
    while (size <= limit) {
      const next = await rest.next();
      if (next.done === true) return { bytes: joined(pieces, size), isComplete: true, rest };
      // The next piece may reuse the memory.
      pieces.push(size + next.value.length > limit ? next.value : Buffer.from(next.value));
      size += next.value.length;
    }
  } catch (error) {
    if (size === 0) throw error;
    // Thrown after the bytes before it, which still count.
    return { bytes: joined(pieces, size), isComplete: false, rest: { next: () => Promise.reject(error) } };
  }
  return { bytes: joined(pieces, size), isComplete: false, rest };
}

/** Copied only when there are several pieces. */
function joined(pieces: readonly Uint8Array[], size: number): Buffer {
  const [first] = pieces;
  if (first === undefined || pieces.length > 1) return Buffer.concat(pieces, size);
  return Buffer.from(first.buffer, first.byteOffset, first.length);
}

/** The complete object. Leaving early releases the input; what the input throws is rethrown. */
export async function* unpeek({ bytes, isComplete, rest }: Head): AsyncGenerator<Uint8Array> {
  let isOver = isComplete;
  try {
    if (bytes.length > 0) yield bytes;
    while (!isOver) {
      // An iterator that has thrown needs no release.
      isOver = true;
      const next = await rest.next();
      if (next.done === true) return;
      isOver = false;
      if (next.value.length > 0) yield next.value;
    }
  } finally {
    if (!isOver) await rest.return?.();
  }
}
