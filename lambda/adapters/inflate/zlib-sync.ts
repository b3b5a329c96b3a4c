import { createRequire } from 'node:module';
import { crc32 } from 'node:zlib';
import { reasonOf } from '../../errors';
import type { InflateEngine } from '../../ports';
import { MAX_PEEKED_BYTES } from '../../trail/object-bytes';
import { claimedSize, HELD_BEYOND_LIMIT, MAX_DEFLATE_RATIO, MAX_PIECE_BYTES, MIB } from './bounds';
import { zlibEngine } from './node-zlib';

/** The part of the `zlib-sync` addon that we use; types of an optional dependency cannot be imported. */
export interface ZlibSyncAddon {
  readonly Inflate: new (options: {
    chunkSize: number;
    windowBits: number;
  }) => {
    push(stored: Buffer, finish: boolean): void;
    readonly err: number;
    /** A copy of the output; null after an error. */
    readonly result: Buffer | string | null;
  };
}

export type AddonLoad =
  | { readonly loaded: true; readonly addon: ZlibSyncAddon }
  | { readonly loaded: false; readonly reason: string };

/** Loads the addon, which is absent if it could not be compiled. Never throws; the reason is one line. */
export function loadZlibSync(load: () => unknown = installed): AddonLoad {
  try {
    const addon = load();
    return isAddon(addon) ? { loaded: true, addon } : { loaded: false, reason: 'it exports no Inflate' };
  } catch (error) {
    return { loaded: false, reason: reasonOf(error).split('\n', 1).join('') };
  }
}

function installed(): unknown {
  // Resolved from this file, whether that is a CommonJS module or, bundled, an ES module, which has no `require`.
  return createRequire(__filename)('zlib-sync');
}

function isAddon(value: unknown): value is ZlibSyncAddon {
  return typeof value === 'object' && value !== null && 'Inflate' in value && typeof value.Inflate === 'function';
}

/** zlib's Z_STREAM_END, and 15 bits of window + 16 for a gzip header and trailer. */
const STREAM_END = 1;
const GZIP_WINDOW_BITS = 31;

const MEMBER_START = Buffer.from([0x1f, 0x8b, 0x08]);

/** A gzip header without options, an empty deflate stream and the trailer: nothing shorter is gzip. */
const MIN_MEMBER_BYTES = 20;
const TRAILER_BYTES = 8;

/** Bytes that the addon leaks per object, measured: it never calls inflateEnd. */
const LEAK_BYTES = 12 * 1024;
const MAX_LEAKED_BYTES = 64 * MIB;

/** Most times that the addon's buffer may grow; old and new one coexist while it copies. */
const GROWTH_COPIES = 3;

/**
 * Engine on the `zlib-sync` addon, for objects that it handles safely. All others, and every doubtful result, go to the
 * node:zlib engine, which finds the output or the error.
 *
 * The addon overflows the heap when it is pushed pieces, has no output limit and stops silently after one member. So only a
 * complete object of one member, at most 4 MiB inflated, is pushed, once and with a buffer that its output does not fill.
 * If the member's claimed size is false, the buffer grows, and a later garbage collection that does not know its size frees
 * it. The possible cost of false claims so far counts against `limit` + 64 MiB, and an object that could exceed the rest is
 * not pushed. The addon also leaks per object: after 64 MiB, some five thousand objects, everything goes to node:zlib.
 */
export function zlibSyncEngine(addon: ZlibSyncAddon): InflateEngine {
  let lied = 0;
  let leaked = 0;

  /** @returns the complete output, or undefined if in doubt */
  function inflateOnce(gzip: Buffer, limit: number): Buffer | undefined {
    const claimed = claimedSize(gzip);
    const worst = MAX_DEFLATE_RATIO * gzip.length;
    const room = limit + HELD_BEYOND_LIMIT - 2 * MAX_PIECE_BYTES - lied;
    const isTrusted =
      gzip.length <= MAX_PEEKED_BYTES &&
      claimed <= Math.min(MAX_PIECE_BYTES, limit, worst) &&
      GROWTH_COPIES * worst <= room &&
      leaked + LEAK_BYTES <= MAX_LEAKED_BYTES &&
      isOneMember(gzip);
    if (!isTrusted) return undefined;
    leaked += LEAK_BYTES;
    // At least the input's length: otherwise a claim of a few bytes would make the buffer grow in millions of steps.
    const chunkSize = Math.max(claimed + 1, gzip.length);
    const inflate = new addon.Inflate({ chunkSize, windowBits: GZIP_WINDOW_BITS });
    inflate.push(gzip, true);
    const { err, result } = inflate;
    const isRight =
      err === STREAM_END &&
      Buffer.isBuffer(result) &&
      result.length === claimed &&
      crc32(result) === gzip.readUInt32LE(gzip.length - TRAILER_BYTES);
    if (isRight) return result;
    lied += worst;
    return undefined;
  }

  return {
    name: 'zlib-sync',
    // Streamed objects are too large for the addon.
    inflate: zlibEngine.inflate,
    inflateSync(gzip, limit, take) {
      const inflated = inflateOnce(Buffer.from(gzip.buffer, gzip.byteOffset, gzip.length), limit);
      if (inflated === undefined) return zlibEngine.inflateSync(gzip, limit, take);
      if (inflated.length > 0) take(inflated);
      return true;
    },
  };
}

/**
 * A cheap test before the push: whether the bytes hold the start of another member, or the trailer twice. With one trailer,
 * at the very end, and a result that matches it, the member reaches to the end. A false alarm only costs speed.
 */
function isOneMember(gzip: Buffer): boolean {
  return (
    gzip.length >= MIN_MEMBER_BYTES &&
    gzip.indexOf(MEMBER_START) === 0 &&
    gzip.indexOf(MEMBER_START, 1) === -1 &&
    gzip.indexOf(gzip.subarray(-TRAILER_BYTES)) === gzip.length - TRAILER_BYTES
  );
}
