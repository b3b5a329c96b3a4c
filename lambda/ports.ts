import type { TallyPart } from './window/tally-encoding';

/** What the core asks of the world. Adapters implement these; the core never reaches round them. */

/** One stored object. A local file has the bucket `''` and its path as key. */
export interface ObjectRef {
  readonly bucket: string;
  readonly key: string;
}

/** How messages and alerts name an object: `s3://bucket/key`, or the path of a local file. */
export function objectName(ref: ObjectRef): string {
  return ref.bucket === '' ? ref.key : `s3://${ref.bucket}/${ref.key}`;
}

export interface ObjectSource {
  /**
   * The object's stored bytes in order, in pieces of any size.
   * @throws ObjectReadError when it cannot be had
   */
  read(ref: ObjectRef): AsyncIterable<Uint8Array>;
}

export interface InflateEngine {
  readonly name: 'zlib' | 'zlib-sync';
  /**
   * Inflates one gzip object of one or more members.
   * @param name how an error names the object
   * @param limit most bytes of output
   * @returns the output in pieces of 1 byte to 4 MiB; a piece is valid only until the next one is asked for
   * @throws InflateError when the stream is cut, corrupt, followed by anything but zero bytes, or larger than `limit`
   */
  inflate(stored: AsyncIterable<Uint8Array>, name: string, limit: number): AsyncIterable<Uint8Array>;
}

/** Keeps tallies. Two implementations, one contract: memory for local replay, DynamoDB for the deployed detector. */
export interface Ledger {
  /** Adds one part; adding it again changes nothing. `key` is `bucketKey` of the part's bucket. */
  putTally(key: string, part: TallyPart): Promise<void>;
  /** Every part put under the key by anybody before this call, in no order. */
  talliesUnder(key: string): Promise<TallyPart[]>;
}
