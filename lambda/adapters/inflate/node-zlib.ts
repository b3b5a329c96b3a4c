import { constants, createGunzip, gunzipSync, type ZlibOptions } from 'node:zlib';
import type { InflateEngine } from '../../ports';
import { MAX_PEEKED_BYTES, peek, unpeek } from '../../trail/object-bytes';
import { claimedSize, MAX_PIECE_BYTES, MIB, outputTooLarge, requireZeros, textBehind, zlibFault } from './bounds';

/**
 * The default engine. Most objects are 1.5 KB, and a stream costs more than ten times what inflating one of them does; so
 * a small object is inflated by one call, and larger ones are streamed.
 */
export const zlibEngine: InflateEngine = { name: 'zlib', inflate, inflateSync };

/** `gunzipSync` as it is documented for `info: true`; the published types leave that form out. */
const gunzipInfo = gunzipSync as unknown as (
  gzip: Buffer,
  options: ZlibOptions & { info: true },
) => { buffer: Buffer; engine: { bytesWritten: number } };

/**
 * Inflates an object in one call of zlib. The claimed size only sets the size of its buffers: the last of several members
 * claims for itself alone, and a claim may be a lie.
 * @returns false for a large object and a faulty one: a stream finds the fault again, and gives what comes before it
 */
function inflateSync(stored: Uint8Array, limit: number, take: (piece: Uint8Array) => void): boolean {
  const gzip = Buffer.from(stored.buffer, stored.byteOffset, stored.length);
  // Node's own default size of a buffer; smaller ones save nothing.
  const chunkSize = Math.max(claimedSize(gzip) + 1, 16 * 1024);
  if (chunkSize > MAX_PIECE_BYTES + 1) return false;
  let inflated: ReturnType<typeof gunzipInfo>;
  try {
    inflated = gunzipInfo(gzip, { chunkSize, maxOutputLength: Math.min(limit, MAX_PIECE_BYTES) || 1, info: true });
  } catch {
    return false;
  }
  const { buffer, engine } = inflated;
  if (buffer.length > limit || gzip.subarray(engine.bytesWritten).some((byte) => byte !== 0)) return false;
  if (buffer.length > 0) take(buffer);
  return true;
}

/**
 * Inflates an object of any size in constant memory, by one caller that writes, then takes what comes: nothing is read
 * ahead from the input, so leaving early leaves no read pending, and errors of the input never mix with
 * those of zlib.
 */
async function* inflate(stored: AsyncIterable<Uint8Array>, name: string, limit: number): AsyncGenerator<Uint8Array> {
  const head = await peek(stored, MAX_PEEKED_BYTES);
  // What zlib was about to give when it met a fault is lost, and small objects are not intact if they come here. Smaller
  // steps than these would make a lying size expensive: each is a hop between threads.
  const gunzip = createGunzip({ chunkSize: head.isComplete ? Math.max(head.bytes.length >> 4, 16 * 1024) : MIB });
  let failure: Error | undefined;
  let wake = () => {};
  gunzip.on('readable', () => wake());
  gunzip.on('error', (error) => {
    failure ??= error;
    wake();
  });
  let given = 0;
  /** What is left to give before the fault is thrown. */
  function* ended(fault: Error): Generator<Uint8Array, never> {
    // To look again inflates at once, which a lying size must not make large.
    const again = head.isComplete && given <= MAX_PIECE_BYTES ? head.bytes : EMPTY;
    const most = Math.min(given + MIB, limit);
    const lost = lostBefore(again, given, most);
    if (lost.length > 0) yield lost;
    if (hasStrayByte(again, most)) throw textBehind(name, fault);
    throw zlibFault(name, fault, given + lost.length > 0);
  }
  /** What comes of a step until it is over. */
  async function* output(step: (over: (error?: Error | null) => void) => void): AsyncGenerator<Uint8Array> {
    let isOver = false;
    step((error) => {
      failure ??= error ?? undefined;
      isOver = true;
      wake();
    });
    for (;;) {
      if (failure !== undefined) yield* ended(failure);
      const piece: Buffer | null = gunzip.read();
      if (piece !== null) {
        given += piece.length;
        if (given > limit) throw outputTooLarge(name, limit);
        yield piece;
      } else if (isOver) {
        return;
      } else {
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
    }
  }
  try {
    let written = 0;
    for await (const bytes of unpeek(head)) {
      // zlib stops by itself only at a zero byte after a member, and would not notice what follows it.
      if (gunzip.bytesWritten === written) yield* output((over) => gunzip.write(bytes, over));
      requireZeros(bytes, gunzip.bytesWritten - written, written, name);
      written += bytes.length;
    }
    if (gunzip.bytesWritten === written) yield* output((over) => gunzip.once('end', over).end());
  } finally {
    gunzip.destroy();
  }
}

const EMPTY = Buffer.alloc(0);

/** Whether one byte follows the last member that begins no other: to zlib it looks like a member that is cut. */
function hasStrayByte(gzip: Buffer, maxOutputLength: number): boolean {
  if (gzip.at(-1) === 0x1f) return false;
  try {
    gunzipSync(gzip.subarray(0, -1), { maxOutputLength });
    return true;
  } catch {
    return false;
  }
}

/**
 * What zlib was about to give when it met a fault: a prefix inflates up to the fault, and no longer one does. A step, and
 * what waits to be read, are far less than a megabyte.
 */
function lostBefore(gzip: Buffer, given: number, maxOutputLength: number): Buffer {
  let text = EMPTY;
  let [fits, exceeds] = [0, gzip.length + 1];
  while (exceeds - fits > 1) {
    const middle = (fits + exceeds) >>> 1;
    try {
      text = gunzipSync(gzip.subarray(0, middle), { finishFlush: constants.Z_SYNC_FLUSH, maxOutputLength });
      fits = middle;
    } catch {
      exceeds = middle;
    }
  }
  return text.subarray(given);
}
