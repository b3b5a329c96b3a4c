import { gunzipSync, type ZlibOptions } from 'node:zlib';
import type { InflateEngine } from '../ports';
import { GATHERED_MOST, gather, join, rejoin } from '../trail/gathered';
import { claimedSize } from './inflate-claim';
import { codeOf, emptyObject, outputTooLarge, zlibFault } from './inflate-faults';
import { PIECE_MOST } from './inflate-limits';
import type { ReusedGunzip } from './inflate-reused-gunzip';
import { trustedGunzip } from './inflate-trusted-gunzip';
import { inflateStreaming, requireZeros } from './inflate-zlib-stream';

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
    inflateWhole: (gzip, name, limit, take, area) => {
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

function giveAtOnce(
  gzip: Uint8Array,
  name: string,
  limit: number,
  take: (piece: Uint8Array) => void,
): boolean {
  const output = inflateAtOnce(Buffer.from(gzip.buffer, gzip.byteOffset, gzip.length), name, limit);
  if (typeof output === 'string') return false;
  if (output.length > 0) take(output);
  return true;
}

async function* inflate(
  stored: AsyncIterable<Uint8Array>,
  name: string,
  limit: number,
): AsyncGenerator<Uint8Array> {
  const head = await gather(stored, GATHERED_MOST);
  if (head.size === 0) {
    throw emptyObject(name);
  }
  if (!head.whole) {
    yield* inflateStreaming(rejoin(head), name, limit);
    return;
  }
  const gzip = join(head);
  const output = inflateAtOnce(gzip, name, limit);
  if (output === 'large') {
    yield* inflateStreaming(rejoin(head), name, limit);
  } else if (output === 'faulty') {
    // A stream finds the fault again, and gives what comes before it.
    yield* inflateStreaming(rejoin(head), name, limit, CHUNK_BEFORE_FAULT);
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
  if (claimedSize(gzip) > PIECE_MOST) return 'large';
  const most = Math.min(limit, PIECE_MOST);
  const chunkSize = Math.min(Math.max(claimedSize(gzip) + 1, CHUNK_LEAST), PIECE_MOST + 1);
  let output: Buffer;
  let consumed: number;
  try {
    const options = { chunkSize, maxOutputLength: Math.max(most, 1), info: true as const };
    const { buffer, engine } = gunzipInfo(gzip, options);
    output = buffer;
    consumed = engine.bytesWritten;
  } catch (error) {
    if (codeOf(error) !== 'ERR_BUFFER_TOO_LARGE') return 'faulty';
    if (limit <= PIECE_MOST) throw outputTooLarge(name, limit);
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
