/** What bounds the inflating of one object, in bytes, and the errors of an object that cannot be inflated. */
import { InflateError, reasonOf } from '../../errors';

export const MIB = 1024 * 1024;

/** Most output of one object in the command line, where memory is the user's own. */
export const CLI_OUTPUT_LIMIT = 1024 * MIB;

/** Largest piece that an engine gives, and the largest output that is inflated in one call. */
export const MAX_PIECE_BYTES = 4 * MIB;

/** What an engine may hold beyond the caller's limit: gathered input, pieces, the inflater's own state. */
export const HELD_BEYOND_LIMIT = 64 * MIB;

/** Deflate's maximum: one stored byte cannot become more output than this. */
export const MAX_DEFLATE_RATIO = 1032;

/** ISIZE: the last member's output length modulo 2^32, as the object itself claims it. */
export function claimedSize(gzip: Buffer): number {
  return gzip.length < 4 ? 0 : gzip.readUInt32LE(gzip.length - 4);
}

const REPLACE = 'replace it with an intact copy, or leave it out';

/**
 * @param from offset in `bytes` after the last member; negative when an earlier piece already held its end
 * @param before stored bytes in front of `bytes`
 * @throws InflateError when a byte from there on is not zero
 */
export function requireZeros(bytes: Uint8Array, from: number, before: number, name: string): void {
  for (let at = Math.max(from, 0); at < bytes.length; at += 1) {
    if (bytes[at] === 0) continue;
    throw new InflateError(
      `${name} continues after its last gzip member, at stored byte ${before + at}, with bytes that are not zero; ${REPLACE}`,
    );
  }
}

/** @param limit bytes of output */
export function outputTooLarge(name: string, limit: number): InflateError {
  return new InflateError(
    `${name} inflates to more than ${limit} bytes and was stopped there; raise the output limit if the object is genuine, else leave it out`,
  );
}

/** Text that was appended, or a second download in the same file. */
export function textBehind(name: string, cause: unknown): InflateError {
  const what = 'continues after its last gzip member with text or other bytes that are no gzip';
  return new InflateError(`${name} ${what}; ${REPLACE}`, { cause });
}

/**
 * What zlib reports. A single stray byte after the last member looks to it like a cut member, and more like another one.
 * @param hasOutput whether it gave anything before
 */
export function zlibFault(name: string, cause: unknown, hasOutput: boolean): InflateError {
  if (hasOutput && reasonOf(cause) === 'incorrect header check') return textBehind(name, cause);
  const what: Readonly<Record<string, string>> = {
    Z_BUF_ERROR: `is cut short inside a gzip member (${reasonOf(cause)}); ${REPLACE}`,
    Z_DATA_ERROR: `is corrupt or no gzip (${reasonOf(cause)}); ${REPLACE}`,
  };
  const other = `could not be inflated (${reasonOf(cause)}); try it again`;
  return new InflateError(`${name} ${what[String(codeOf(cause))] ?? other}`, { cause });
}

/** The `code` that Node puts on its errors. */
export function codeOf(error: unknown): unknown {
  return typeof error === 'object' && error !== null && 'code' in error ? error.code : undefined;
}
