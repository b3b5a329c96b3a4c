import { gunzipSync, type ZlibOptions } from 'node:zlib';
import type { InflateEngine } from '../ports';
import { codeOf, emptyObject, outputTooLarge, zlibFault } from './inflate-faults';
import { claimedSize, gather, join, rejoin } from './inflate-gather';
import { GATHERED_MOST, PIECE_MOST } from './inflate-limits';
import { inflateStreaming, requireZeros } from './inflate-zlib-stream';

/** Node's own default size of an output buffer: smaller ones save nothing. */
const CHUNK_LEAST = 16 * 1024;

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
  const output = head.whole ? inflateAtOnce(join(head), name, limit) : undefined;
  if (output === undefined) {
    yield* inflateStreaming(rejoin(head), name, limit);
  } else if (output.length > 0) {
    yield output;
  }
}

/**
 * @param gzip the whole object
 * @param limit bytes of output
 * @returns the whole output, or undefined when it is larger than one piece may be
 * @throws InflateError as in `InflateEngine.inflate`
 */
function inflateAtOnce(gzip: Buffer, name: string, limit: number): Buffer | undefined {
  if (claimedSize(gzip) > PIECE_MOST) {
    return undefined;
  }
  const { output, consumed } = gunzipWhole(gzip, name, Math.min(limit, PIECE_MOST));
  if (output === undefined && limit > PIECE_MOST) {
    // The claim was of the last of several members, or a lie: a stream finds out which.
    return undefined;
  }
  if (output === undefined || output.length > limit) {
    throw outputTooLarge(name, limit);
  }
  requireZeros(gzip, consumed, 0, name);
  return output;
}

interface Gunzipped {
  /** undefined: more than was allowed */
  readonly output: Buffer | undefined;
  /** stored bytes that were parts of members */
  readonly consumed: number;
}

/** One call of zlib. The claimed size only sets the size of its buffers. */
function gunzipWhole(gzip: Buffer, name: string, most: number): Gunzipped {
  const chunkSize = Math.min(Math.max(claimedSize(gzip) + 1, CHUNK_LEAST), PIECE_MOST + 1);
  try {
    const { buffer, engine } = gunzipInfo(gzip, {
      chunkSize,
      maxOutputLength: Math.max(most, 1),
      info: true,
    });
    return { output: buffer, consumed: engine.bytesWritten };
  } catch (error) {
    if (codeOf(error) === 'ERR_BUFFER_TOO_LARGE') {
      return { output: undefined, consumed: 0 };
    }
    throw zlibFault(name, error);
  }
}

/** `gunzipSync` as it is documented for `info: true`; the published types leave that form out. */
const gunzipInfo = gunzipSync as unknown as (
  gzip: Buffer,
  options: ZlibOptions & { info: true },
) => { buffer: Buffer; engine: { bytesWritten: number } };
