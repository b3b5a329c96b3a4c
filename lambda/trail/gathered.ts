/** Stored bytes gathered before an object is taken for a large one, which is streamed. */
export const GATHERED_MOST = 1024 * 1024;

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
export async function gather(stored: AsyncIterable<Uint8Array>, most: number): Promise<Head> {
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
export async function* rejoin(head: Head): AsyncGenerator<Uint8Array> {
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
