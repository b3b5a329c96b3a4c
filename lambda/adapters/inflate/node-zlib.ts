import { constants, createGunzip, gunzipSync, type ZlibOptions } from 'node:zlib';
import type { InflateEngine } from '../../ports';
import { MAX_PEEKED_BYTES, peek, unpeek } from '../../trail/object-bytes';
import { claimedSize, MAX_PIECE_BYTES, MIB, outputTooLarge, requireZeros, textBehind, zlibFault } from './bounds';
import { Gunzip, makeGunzip } from './gunzip';

/**
 * The default engine. Most objects are 1.5 KB. To make an inflater for one of them takes longer than to inflate it, and a
 * stream ten times as long: so small objects share one inflater, and larger ones are streamed.
 * @param make for tests
 */
export function makeZlibEngine(make = makeGunzip): InflateEngine {
  let gunzip: ReturnType<typeof makeGunzip> | undefined;
  let room: Buffer | undefined;

  /**
   * What an object claims of its size decides only whether it is small: the last of several members claims for itself
   * alone, and a claim may be a lie. A faulty object is streamed: that finds the fault again, and gives what comes before.
   */
  function inflateSync(stored: Uint8Array, limit: number, take: (piece: Uint8Array) => void): boolean {
    const gzip = Buffer.from(stored.buffer, stored.byteOffset, stored.length);
    if (claimedSize(gzip) > MAX_PIECE_BYTES) return false;
    gunzip ??= make();
    const most = Math.min(limit, MAX_PIECE_BYTES);
    // One byte more shows what is larger. Whoever takes a piece may have another object inflated.
    const output = room ?? Buffer.allocUnsafeSlow(MAX_PIECE_BYTES + 1);
    room = undefined;
    try {
      const text = gunzip instanceof Gunzip ? inflateInto(output, gunzip, gzip, most) : inflateApart(gzip, most);
      if (text === undefined) return false;
      if (text.length > 0) take(text);
      return true;
    } finally {
      room = output;
    }
  }

  return { name: 'zlib', inflate, inflateSync };
}

export const zlibEngine = makeZlibEngine();

/** @returns undefined for a large object and a faulty one, as does `inflateApart` */
function inflateInto(output: Buffer, inflater: Gunzip, gzip: Buffer, most: number): Buffer | undefined {
  inflater.begin();
  const isIntact = inflater.inflate(gzip, 0, gzip.length, true, output, 0, most + 1);
  const { inputLeft, outputLeft } = inflater;
  if (!isIntact || outputLeft === 0 || isFollowed(gzip, gzip.length - inputLeft)) return undefined;
  return output.subarray(0, most + 1 - outputLeft);
}

/** `gunzipSync` with `info: true`, a documented form that the published types lack. */
const gunzipInfo = gunzipSync as unknown as (
  gzip: Buffer,
  options: ZlibOptions & { info: true },
) => { buffer: Buffer; engine: { bytesWritten: number } };

function inflateApart(gzip: Buffer, most: number): Buffer | undefined {
  try {
    const chunkSize = Math.max(claimedSize(gzip) + 1, 16 * 1024);
    const { buffer, engine } = gunzipInfo(gzip, { chunkSize, maxOutputLength: most || 1, info: true });
    return buffer.length > most || isFollowed(gzip, engine.bytesWritten) ? undefined : buffer;
  } catch {
    return undefined;
  }
}

const isFollowed = (gzip: Buffer, end: number) => gzip.subarray(end).some((byte) => byte !== 0);

/**
 * Inflates an object of any size in constant memory by writing, then taking the output. It never reads ahead, so leaving
 * early leaves no read pending, and errors of the input do not mix with those of zlib.
 */
async function* inflate(stored: AsyncIterable<Uint8Array>, name: string, limit: number): AsyncGenerator<Uint8Array> {
  const head = await peek(stored, MAX_PEEKED_BYTES);
  // At a fault zlib loses its pending output, and small objects that come here are faulty. Smaller steps would make a false
  // size expensive: each is a hop between threads.
  const gunzip = createGunzip({ chunkSize: head.isComplete ? Math.max(head.bytes.length >> 4, 16 * 1024) : MIB });
  let failure: Error | undefined;
  let wake = () => {};
  gunzip.on('readable', () => wake());
  gunzip.on('error', (error) => {
    failure ??= error;
    wake();
  });
  let given = 0;
  function* ended(fault: Error): Generator<Uint8Array, never> {
    // This inflates at once; a false size must not make that large.
    const again = head.isComplete && given <= MAX_PIECE_BYTES ? head.bytes : EMPTY;
    const most = Math.min(given + MIB, limit);
    const lost = lostBefore(again, given, most);
    if (lost.length > 0) yield lost;
    if (hasStrayByte(again, most)) throw textBehind(name, fault);
    throw zlibFault(name, fault, given + lost.length > 0);
  }
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
      // zlib stops at a zero byte after a member, and ignores what follows.
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

/** Whether a single stray byte follows the last member, which zlib takes for a cut member. */
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
 * The output that zlib lost at a fault: finds the longest prefix that still inflates. A step and the pending output are far
 * less than a megabyte.
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
