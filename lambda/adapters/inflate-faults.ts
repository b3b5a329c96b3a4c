import { InflateError, reasonOf } from '../errors';

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
