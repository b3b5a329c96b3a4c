import { createReadStream } from 'node:fs';
import { ObjectReadError, reasonOf } from '../errors';
import type { ObjectRef, ObjectSource } from '../ports';

const PIECE_BYTES = 1024 * 1024;

/** Local files as objects. */
export const filesystemSource: ObjectSource = {
  async *read({ key }: ObjectRef): AsyncIterable<Uint8Array> {
    try {
      yield* createReadStream(key, { highWaterMark: PIECE_BYTES });
    } catch (cause) {
      throw new ObjectReadError(`${key}: cannot be read: ${reasonOf(cause)}`, { cause });
    }
  },
};
