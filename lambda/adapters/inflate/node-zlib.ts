import { createGunzip, gunzipSync, type ZlibOptions } from 'node:zlib';
import type { InflateEngine } from '../../ports';
import { MAX_PEEKED_BYTES, peek, unpeek } from '../../trail/object-bytes';
import {
  claimedSize,
  codeOf,
  emptyObject,
  MAX_PIECE_BYTES,
  MIB,
  outputTooLarge,
  trailingBytes,
  zlibFault,
} from './bounds';
import { type ReusedGunzip, trustedGunzip } from './reused-gunzip';

/** Node's own default size of an output buffer: smaller ones save nothing. */
const CHUNK_LEAST = 16 * 1024;

/** What zlib was about to give when it met a fault is lost, so a faulty object is inflated in small steps. */
const CHUNK_BEFORE_FAULT = 1024;

/**
 * The default engine. Most objects are 1.5 KB, and a stream costs more than ten times what inflating one of them does;
 * so a whole object is inflated by an inflater that is used again and again, where that can be trusted, and a small one
 * by one call otherwise. Only larger ones are streamed.
 */
export const zlibEngine = zlibEngineOn(() => trustedGunzip().gunzip);

/** @param reused the inflater to use again; without one, node:zlib by its public interface alone */
export function zlibEngineOn(reused: () => ReusedGunzip | undefined): InflateEngine {
  return {
    name: 'zlib',
    inflate,
    inflateSync: (gzip, name, limit, take, area) => {
      if (gzip.length === 0) throw emptyObject(name);
      const gunzip = reused();
      if (gunzip?.isFree !== true) return giveAtOnce(gzip, name, limit, take);
      inflateAgain(gunzip, gzip, name, limit, take, area);
      return true;
    },
  };
}

function inflateAgain(
  gunzip: ReusedGunzip,
  gzip: Uint8Array,
  name: string,
  limit: number,
  take: (piece: Uint8Array) => void,
  area: Uint8Array | undefined,
): void {
  let given = 0;
  const limited = (piece: Uint8Array) => {
    const room = limit - given;
    given += piece.length;
    if (piece.length <= room) {
      take(piece);
    } else {
      if (room > 0) take(piece.subarray(0, room));
      throw outputTooLarge(name, limit);
    }
  };
  const consumed = gunzip.inflate(gzip, limited, area);
  if (consumed instanceof Error) throw zlibFault(name, consumed);
  requireZeros(gzip, consumed, 0, name);
}

function giveAtOnce(gzip: Uint8Array, name: string, limit: number, take: (piece: Uint8Array) => void): boolean {
  const output = inflateAtOnce(Buffer.from(gzip.buffer, gzip.byteOffset, gzip.length), name, limit);
  if (typeof output === 'string') return false;
  if (output.length > 0) take(output);
  return true;
}

async function* inflate(stored: AsyncIterable<Uint8Array>, name: string, limit: number): AsyncGenerator<Uint8Array> {
  const head = await peek(stored, MAX_PEEKED_BYTES);
  if (head.bytes.length === 0) {
    throw emptyObject(name);
  }
  if (!head.isComplete) {
    yield* inflateStreaming(unpeek(head), name, limit);
    return;
  }
  const gzip = head.bytes;
  const output = inflateAtOnce(gzip, name, limit);
  if (output === 'large') {
    yield* inflateStreaming(unpeek(head), name, limit);
  } else if (output === 'faulty') {
    // A stream finds the fault again, and gives what comes before it.
    yield* inflateStreaming(unpeek(head), name, limit, CHUNK_BEFORE_FAULT);
  } else if (output.length > 0) {
    yield output;
  }
}

/**
 * Inflates a whole object in one call of zlib. The claimed size only sets the size of its buffers: the last of several
 * members claims for itself alone, and a claim may be a lie.
 * @returns the output, or why a stream must look: it is larger than one piece may be, or not sound
 */
function inflateAtOnce(gzip: Buffer, name: string, limit: number): Buffer | 'large' | 'faulty' {
  if (claimedSize(gzip) > MAX_PIECE_BYTES) return 'large';
  const most = Math.min(limit, MAX_PIECE_BYTES);
  const chunkSize = Math.min(Math.max(claimedSize(gzip) + 1, CHUNK_LEAST), MAX_PIECE_BYTES + 1);
  let output: Buffer;
  let consumed: number;
  try {
    const options = { chunkSize, maxOutputLength: Math.max(most, 1), info: true as const };
    const { buffer, engine } = gunzipInfo(gzip, options);
    output = buffer;
    consumed = engine.bytesWritten;
  } catch (error) {
    if (codeOf(error) !== 'ERR_BUFFER_TOO_LARGE') return 'faulty';
    if (limit <= MAX_PIECE_BYTES) throw outputTooLarge(name, limit);
    return 'large';
  }
  if (output.length > limit) throw outputTooLarge(name, limit);
  return gzip.subarray(consumed).every((byte) => byte === 0) ? output : 'faulty';
}

/** `gunzipSync` as it is documented for `info: true`; the published types leave that form out. */
const gunzipInfo = gunzipSync as unknown as (
  gzip: Buffer,
  options: ZlibOptions & { info: true },
) => { buffer: Buffer; engine: { bytesWritten: number } };

/** Bytes of output asked of zlib at a time: below 256 KiB the hops between threads cost more than inflating. */
const CHUNK = MIB;

/**
 * A gunzip stream driven by one caller that writes, then takes what comes. Nothing is read ahead from the input, so
 * a caller who leaves early leaves no pending read behind, and errors of the input never mix with those of zlib.
 */
class Gunzip {
  readonly #stream: ReturnType<typeof createGunzip>;
  #failure: Error | undefined;
  #ended = false;
  #wake = (): void => {};

  /** @param name how an error names the object */
  constructor(
    private readonly name: string,
    chunkSize: number,
  ) {
    this.#stream = createGunzip({ chunkSize });
    this.#stream.on('readable', () => this.#wake());
    this.#stream.on('end', () => {
      this.#ended = true;
      this.#wake();
    });
    this.#stream.on('error', (error) => this.#fail(error));
  }

  /** Stored bytes that zlib took as parts of gzip members. */
  get consumed(): number {
    return this.#stream.bytesWritten;
  }

  /** Inflates the next stored bytes. After it, a `consumed` short of them means that the last member is over. */
  async *write(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
    let taken = false;
    this.#stream.write(bytes, (error) => {
      taken = true;
      if (error) {
        this.#fail(error);
      }
      this.#wake();
    });
    yield* this.#take(() => taken);
  }

  /** Says that the input is over, and throws when a member is not. */
  async *end(): AsyncGenerator<Uint8Array> {
    this.#stream.end();
    yield* this.#take(() => this.#ended);
  }

  /** Frees zlib's memory; always to be called. */
  close(): void {
    this.#stream.destroy();
  }

  #fail(error: Error): void {
    this.#failure ??= error;
    this.#wake();
  }

  async *#take(isOver: () => boolean): AsyncGenerator<Uint8Array> {
    for (;;) {
      if (this.#failure !== undefined) {
        throw zlibFault(this.name, this.#failure);
      }
      const piece: Buffer | null = this.#stream.read();
      if (piece !== null) {
        yield piece;
      } else if (isOver()) {
        return;
      } else {
        await new Promise<void>((resolve) => {
          this.#wake = resolve;
        });
      }
    }
  }
}

/**
 * Inflates an object of any size in constant memory. Arguments and errors as in `InflateEngine.inflate`.
 * @param chunkSize bytes of output asked of zlib at a time; of what comes before a fault it may lose as many
 */
export async function* inflateStreaming(
  stored: AsyncIterable<Uint8Array>,
  name: string,
  limit: number,
  chunkSize = CHUNK,
): AsyncGenerator<Uint8Array> {
  const gunzip = new Gunzip(name, chunkSize);
  let given = 0;
  const bounded = async function* (pieces: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
    for await (const piece of pieces) {
      given += piece.length;
      if (given > limit) {
        throw outputTooLarge(name, limit);
      }
      yield piece;
    }
  };
  try {
    let written = 0;
    for await (const bytes of stored) {
      // zlib stops by itself only at a zero byte after a member, and would not notice what follows it.
      if (gunzip.consumed === written) {
        yield* bounded(gunzip.write(bytes));
      }
      requireZeros(bytes, gunzip.consumed - written, written, name);
      written += bytes.length;
    }
    if (gunzip.consumed === written) {
      yield* bounded(gunzip.end());
    }
  } finally {
    gunzip.close();
  }
}

/**
 * @param from offset in `bytes` behind the last member; negative when an earlier piece already held its end
 * @param before stored bytes in front of `bytes`
 * @throws InflateError when a byte from there on is not zero
 */
export function requireZeros(bytes: Uint8Array, from: number, before: number, name: string): void {
  for (let at = Math.max(from, 0); at < bytes.length; at++) {
    if (bytes[at] !== 0) {
      throw trailingBytes(name, before + at);
    }
  }
}
