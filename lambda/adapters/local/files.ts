import {
  closeSync,
  constants,
  createReadStream,
  type Dirent,
  fstatSync,
  openSync,
  readdirSync,
  readSync,
  statSync,
} from 'node:fs';
import { ObjectReadError, reasonOf } from '../../errors';
import type { ListedKey, ObjectListing, ObjectRef, ObjectSource } from '../../ports';
import { compareUtf8 } from '../../util/values';

const PIECE_BYTES = 1024 * 1024;

/** Larger files are streamed: inflating one of this size blocks the process for about a tenth of a second. */
const MAX_SYNC_BYTES = 8 * 1024 * 1024;

/** Enough for nearly all files. */
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
  readSync({ key }: ObjectRef): Uint8Array | undefined {
    try {
      // Else opening a pipe waits for its writer.
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

/** One for all files: allocating it takes longer than reading a small file. */
let buffer = Buffer.alloc(0);

/** @returns undefined for what is no file, or a large one, or has grown since its size was looked up */
function readFile(file: number): Uint8Array | undefined {
  const stats = fstatSync(file);
  const { size } = stats;
  if (!stats.isFile() || size > MAX_SYNC_BYTES) return undefined;
  if (buffer.length <= size) {
    buffer = Buffer.allocUnsafeSlow(Math.min(Math.max(2 * size, USUAL_BYTES), MAX_SYNC_BYTES) + 1);
  }
  for (let length = 0; length <= size; ) {
    // One byte more than it has: then it would show that it has grown.
    const count = readSync(file, buffer, length, size + 1 - length, null);
    length += count;
    if (count === 0 || length === size) return buffer.subarray(0, length);
  }
  return undefined;
}

function readError(path: string, cause: unknown): ObjectReadError {
  return new ObjectReadError(`${path}: cannot be read: ${reasonOf(cause)}`, { cause });
}

/**
 * Local files as a store's keys: paths below a folder, in their order. Without waiting, which would take several times as
 * long: a trail has folders for each day and region, and thousands of files near those of an alert.
 */
export const filesystemListing: ObjectListing = {
  async folders(_bucket, prefix, limit) {
    const items = itemsAfter(prefix, '');
    return items.flatMap(({ item }) => (item.isDirectory() ? [item.name] : [])).slice(0, limit);
  },

  async keys(_bucket, prefix, { after, limit, isPast }) {
    const keys: ListedKey[] = [];
    for (const path of filesAfter(prefix, after)) {
      keys.push(new ListedFile(path));
      if (keys.length === limit || isPast?.(path)) break;
    }
    return keys;
  },
};

/** Its size is looked up only where it is needed: of thousands of files near those of an alert a few are opened. */
class ListedFile implements ListedKey {
  constructor(readonly key: string) {}

  get bytes(): number {
    try {
      return statSync(this.key).size;
    } catch (cause) {
      throw listError(this.key, cause);
    }
  }
}

/** The files under a folder, which ends in `/`, to any depth, that come after `after`, by path. */
function* filesAfter(folder: string, after: string): Iterable<string> {
  for (const { item, path } of itemsAfter(folder, after)) {
    if (item.isDirectory()) yield* filesAfter(path, after);
    else if (item.isFile()) yield path;
  }
}

interface Item {
  readonly item: Dirent;
  /** of a folder with a slash at its end: `a-b` and all of it comes before what is in `a` */
  readonly path: string;
}

/** What is directly in a folder and comes after `after`, or may hold what does, by path. */
function itemsAfter(folder: string, after: string): Item[] {
  const items: Item[] = [];
  for (const item of listed(folder)) {
    const path = `${folder}${item.name}${item.isDirectory() ? '/' : ''}`;
    const mayHold = item.isDirectory() && after.startsWith(path);
    if (mayHold || compareUtf8(path, after) > 0) items.push({ item, path });
  }
  return items.sort((a, b) => compareUtf8(a.path, b.path));
}

function listed(folder: string): Dirent[] {
  try {
    return readdirSync(folder, { withFileTypes: true });
  } catch (cause) {
    throw listError(folder, cause);
  }
}

function listError(path: string, cause: unknown): ObjectReadError {
  return new ObjectReadError(`${path}: cannot be listed: ${reasonOf(cause)}`, { cause });
}
