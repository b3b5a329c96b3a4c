import { closeSync, constants, createReadStream, fstatSync, openSync, readSync } from 'node:fs';
import { ObjectReadError, reasonOf } from '../errors';
import type { ObjectRef, ObjectSource } from '../ports';

const PIECE_BYTES = 1024 * 1024;

/** Larger files are streamed: inflating one of this size takes about a tenth of a second, in which nothing else is done. */
const WHOLE_MOST = 8 * 1024 * 1024;

/** Room that suffices for nearly all files. */
const USUAL_BYTES = 64 * 1024;

/** Local files as objects. */
export const filesystemSource = {
  async *read({ key }: ObjectRef): AsyncIterable<Uint8Array> {
    try {
      yield* createReadStream(key, { highWaterMark: PIECE_BYTES });
    } catch (cause) {
      throw readError(key, cause);
    }
  },
  readWhole({ key }: ObjectRef): Uint8Array | undefined {
    try {
      // To open a pipe is else to wait for whoever writes into it.
      const file = openSync(key, constants.O_RDONLY | constants.O_NONBLOCK);
      try {
        return readFile(file);
      } finally {
        closeSync(file);
      }
    } catch (cause) {
      throw readError(key, cause);
    }
  },
} satisfies ObjectSource;

/** One for all files: to allocate it takes longer than to read a small file. */
let room = Buffer.alloc(0);

/** @returns undefined for what is no file, or a large one, or has grown since its size was asked for */
function readFile(file: number): Uint8Array | undefined {
  const stats = fstatSync(file);
  const { size } = stats;
  if (!stats.isFile() || size > WHOLE_MOST) return undefined;
  if (room.length <= size) {
    room = Buffer.allocUnsafeSlow(Math.min(Math.max(2 * size, USUAL_BYTES), WHOLE_MOST) + 1);
  }
  for (let length = 0; length <= size; ) {
    // One byte more than it has, by which it would show that it has grown.
    const count = readSync(file, room, length, size + 1 - length, null);
    length += count;
    if (count === 0 || length === size) return room.subarray(0, length);
  }
  return undefined;
}

function readError(path: string, cause: unknown): ObjectReadError {
  return new ObjectReadError(`${path}: cannot be read: ${reasonOf(cause)}`, { cause });
}
