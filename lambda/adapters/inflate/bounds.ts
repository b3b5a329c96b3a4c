/** Bounds of inflating one object, in bytes, and the errors for objects that cannot be inflated. */
import { InflateError, reasonOf } from '../../errors';

export const MIB = 1024 * 1024;

/** Most output of one object on the command line. */
export const CLI_OUTPUT_LIMIT = 1024 * MIB;

/** Largest piece that an engine yields, and the largest output inflated in one call. */
export const MAX_PIECE_BYTES = 4 * MIB;

/** What an engine may hold beyond the caller's limit: input, pieces and the inflater's state. */
export const HELD_BEYOND_LIMIT = 64 * MIB;

/** Deflate's maximum ratio of output to stored bytes. */
export const MAX_DEFLATE_RATIO = 1032;

/** ISIZE: the last member's output length modulo 2^32, as the object claims it. */
export function claimedSize(gzip: Buffer): number {
  return gzip.length < 4 ? 0 : gzip.readUInt32LE(gzip.length - 4);
}

const REPLACE = 'replace it with an intact copy, or leave it out';

/**
 * @param from offset in `bytes` after the last member; negative if that ended in an earlier piece
 * @param before number of stored bytes before `bytes`
 * @throws InflateError if any byte from there on is not zero
 */
export function requireZeros(bytes: Uint8Array, from: number, before: number, name: string): void {
  for (let at = Math.max(from, 0); at < bytes.length; at += 1) {
    if (bytes[at] === 0) continue;
    throw new InflateError(
      `${name} continues after its last gzip member, at stored byte ${before + at}, with bytes that are not zero; ${REPLACE}`,
    );
  }
}

export function outputTooLarge(name: string, limit: number): InflateError {
  return new InflateError(
    `${name} inflates to more than ${limit} bytes and was stopped there; raise the output limit if the object is genuine, else leave it out`,
  );
}

/** Appended text, or a second download in the same file. */
export function textBehind(name: string, cause: unknown): InflateError {
  const what = 'continues after its last gzip member with text or other bytes that are not gzip';
  return new InflateError(`${name} ${what}; ${REPLACE}`, { cause });
}

/** Maps zlib's error: it takes one stray byte after the last member for a cut member, and several for a broken one. */
export function zlibFault(name: string, cause: unknown, hasOutput: boolean): InflateError {
  if (hasOutput && reasonOf(cause) === 'incorrect header check') return textBehind(name, cause);
  const what: Readonly<Record<string, string>> = {
    Z_BUF_ERROR: `is cut short inside a gzip member (${reasonOf(cause)}); ${REPLACE}`,
    Z_DATA_ERROR: `is corrupt or not gzip (${reasonOf(cause)}); ${REPLACE}`,
  };
  const other = `could not be inflated (${reasonOf(cause)}); try it again`;
  return new InflateError(`${name} ${what[String(codeOf(cause))] ?? other}`, { cause });
}

export function codeOf(error: unknown): unknown {
  return typeof error === 'object' && error !== null && 'code' in error ? error.code : undefined;
}
