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
import { compareText } from '../../util/values';

const PIECE_BYTES = 1024 * 1024;

/** Larger files are streamed: inflating one of this size takes about a tenth of a second, in which nothing else is done. */
const MAX_WHOLE_BYTES = 8 * 1024 * 1024;

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
  readSync({ key }: ObjectRef): Uint8Array | undefined {
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
  if (!stats.isFile() || size > MAX_WHOLE_BYTES) return undefined;
  if (room.length <= size) {
    room = Buffer.allocUnsafeSlow(Math.min(Math.max(2 * size, USUAL_BYTES), MAX_WHOLE_BYTES) + 1);
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

/**
 * Local files as a store's keys: paths below a folder, in their order. Nothing is waited for, which would take several
 * times as long: a trail has folders for each day and region, and thousands of files beside those of an alert.
 */
export const filesystemListing: ObjectListing = {
  async folders(_bucket, prefix, limit) {
    const items = itemsBehind(prefix, '');
    return items.flatMap(({ item }) => (item.isDirectory() ? [item.name] : [])).slice(0, limit);
  },

  async keys(_bucket, prefix, { after, limit, isPast }) {
    const found: ListedKey[] = [];
    visit(prefix, after, (path) => {
      found.push(new ListedFile(path));
      return found.length < limit && isPast?.(path) !== true;
    });
    return found;
  },
};

/** Its size is asked for only where somebody wants it: of thousands of files beside those of an alert a few are opened. */
class ListedFile implements ListedKey {
  constructor(readonly key: string) {}

  get bytes(): number {
    return sizeOf(this.key);
  }
}

/**
 * Visits the files under a folder that come behind `after`, to any depth, by path.
 * @param folder ends in `/`
 * @param file says whether to go on
 * @returns the same
 */
function visit(folder: string, after: string, file: (path: string) => boolean): boolean {
  for (const { item, path } of itemsBehind(folder, after)) {
    if (item.isDirectory()) {
      if (!visit(path, after, file)) return false;
    } else if (item.isFile() && !file(path)) {
      return false;
    }
  }
  return true;
}

interface Item {
  readonly item: Dirent;
  /** of a folder with a slash at its end: `a-b` and all of it comes before what is in `a` */
  readonly path: string;
}

/** What lies right in a folder and is behind `after`, or may hold what is, in the order of the paths that come of it. */
function itemsBehind(folder: string, after: string): Item[] {
  const items: Item[] = [];
  for (const item of listed(folder)) {
    const path = `${folder}${item.name}${item.isDirectory() ? '/' : ''}`;
    const mayHold = item.isDirectory() && after.startsWith(path);
    if (mayHold || compareBytes(path, after) > 0) items.push({ item, path });
  }
  return items.sort((a, b) => compareBytes(a.path, b.path));
}

function listed(folder: string): Dirent[] {
  try {
    return readdirSync(folder, { withFileTypes: true });
  } catch (cause) {
    throw new ObjectReadError(`${folder}: cannot be listed: ${reasonOf(cause)}`, { cause });
  }
}

/** From here on UTF-16 has another order than UTF-8. */
const SURROGATES = /[\ud800-\uffff]/;

/** By the bytes of UTF-8, as a store orders its keys. */
function compareBytes(a: string, b: string): number {
  if (SURROGATES.test(a) && SURROGATES.test(b)) return Buffer.compare(Buffer.from(a), Buffer.from(b));
  return compareText(a, b);
}

function sizeOf(path: string): number {
  try {
    return statSync(path).size;
  } catch (cause) {
    throw new ObjectReadError(`${path}: cannot be listed: ${reasonOf(cause)}`, { cause });
  }
}
