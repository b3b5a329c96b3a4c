import { gunzipSync, type ZlibOptions } from 'node:zlib';
import type { InflateEngine } from '../ports';
import { codeOf, emptyObject, outputTooLarge } from './inflate-faults';
import { claimedSize, gather, join, rejoin } from './inflate-gather';
import { GATHERED_MOST, PIECE_MOST } from './inflate-limits';
import { inflateStreaming } from './inflate-zlib-stream';

/** Node's own default size of an output buffer: smaller ones save nothing. */
const CHUNK_LEAST = 16 * 1024;

/** What zlib was about to give when it met a fault is lost, so a faulty object is inflated in small steps. */
const CHUNK_BEFORE_FAULT = 1024;

/**
 * The default engine. Most objects are 1.5 KB, and a stream costs more than ten times what one call on the whole
 * object does; so small objects are gathered and inflated in one call, and only larger ones are streamed.
 */
export const zlibEngine: InflateEngine = { name: 'zlib', inflate };

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
