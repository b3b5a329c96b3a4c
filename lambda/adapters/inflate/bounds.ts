import { InflateError, reasonOf } from '../../errors';

/** Sizes in bytes that bound what inflating one object may take. */

export const MIB = 1024 * 1024;

/** Most output of one object in the command line, where memory is the user's own. */
export const CLI_OUTPUT_LIMIT = 1024 * MIB;

/** Largest piece that an engine gives out, and the largest output that is inflated in one call. */
export const MAX_PIECE_BYTES = 4 * MIB;

/** What an engine may hold beyond the caller's limit: gathered input, pieces, the inflater's own state. */
export const HELD_BEYOND_LIMIT = 64 * MIB;

/** Deflate's maximum: one stored byte cannot become more output than this. */
export const MAX_DEFLATE_RATIO = 1032;

/** The ways in which inflating fails, each as the error a reader of the log can act on. */

const REPLACE = 'put a whole copy in its place, or leave it out';

export function emptyObject(name: string): InflateError {
  return new InflateError(`${name} is empty, not even a gzip header; ${REPLACE}`);
}

/** @param at offset in the stored bytes, from 0 */
export function trailingBytes(name: string, at: number): InflateError {
  return new InflateError(
    `${name} goes on after its last gzip member, at stored byte ${at}, with bytes that are not zero; ${REPLACE}`,
  );
}

/** @param limit bytes of output */
export function outputTooLarge(name: string, limit: number): InflateError {
  return new InflateError(
    `${name} inflates to more than ${limit} bytes and was stopped there; ` +
      'raise the output limit if the object is genuine, else leave it out',
  );
}

/** What node:zlib threw. A single stray byte after the last member looks to zlib like a cut member. */
export function zlibFault(name: string, error: unknown): InflateError {
  const options = { cause: error };
  const reason = reasonOf(error);
  if (codeOf(error) === 'Z_BUF_ERROR') {
    return new InflateError(`${name} is cut short inside a gzip member (${reason}); ${REPLACE}`, options);
  }
  if (codeOf(error) === 'Z_DATA_ERROR') {
    return new InflateError(`${name} is corrupt or no gzip (${reason}); ${REPLACE}`, options);
  }
  return new InflateError(`${name} could not be inflated (${reason}); try it again`, options);
}

/** The `code` that Node puts on its errors. */
export function codeOf(error: unknown): unknown {
  return typeof error === 'object' && error !== null && 'code' in error ? error.code : undefined;
}

/** ISIZE: the last member's output length modulo 2^32, as the object itself claims it. */
export function claimedSize(gzip: Buffer): number {
  return gzip.length < 4 ? 0 : gzip.readUInt32LE(gzip.length - 4);
}
