import { createGunzip } from 'node:zlib';
import { outputTooLarge, trailingBytes, zlibFault } from './inflate-faults';
import { MIB } from './inflate-limits';

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
