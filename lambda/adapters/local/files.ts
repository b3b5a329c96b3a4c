import { createReadStream, readdirSync, statSync } from 'node:fs';
import { ObjectReadError, reasonOf } from '../../errors';
import type { ListedKey, ListOptions, ObjectListing, ObjectRef, ObjectSource } from '../../ports';
import { compareUtf8 } from '../../util/values';

const PIECE_BYTES = 1024 * 1024;

/** Local files as objects. */
export const filesystemSource = {
  async *read({ key }: ObjectRef): AsyncIterable<Uint8Array> {
    try {
      yield* createReadStream(key, { highWaterMark: PIECE_BYTES });
    } catch (cause) {
      throw new ObjectReadError(`${key}: cannot be read: ${reasonOf(cause)}`, { cause });
    }
  },
} satisfies ObjectSource;

/** Entries of folders that are remembered. */
const MAX_ENTRIES = 200_000;

/**
 * Local files as a store's keys: paths below a folder, in their order. Without waiting, which would take several times as
 * long: a trail has folders for each day and region, and thousands of files near those of an alert. Each folder is listed
 * once, since alerts are near each other.
 */
export class FileListing implements ObjectListing {
  private readonly known = new Map<string, readonly Entry[]>();
  private size = 0;

  async folders(_bucket: string, prefix: string, limit: number): Promise<string[]> {
    const folders = this.entries(prefix).filter(({ isFolder }) => isFolder);
    return folders.slice(0, limit).map(({ path }) => path.slice(prefix.length, -1));
  }

  async keys(_bucket: string, prefix: string, { after, limit, isPast }: ListOptions): Promise<ListedKey[]> {
    const keys: ListedKey[] = [];
    for (const path of this.filesAfter(prefix, after)) {
      keys.push(new ListedFile(path));
      if (keys.length === limit || isPast?.(path)) break;
    }
    return keys;
  }

  /** The files under a folder, which ends in `/`, to any depth, that come after `after`, by path. */
  private *filesAfter(folder: string, after: string): Iterable<string> {
    const entries = this.entries(folder);
    for (let i = firstAfter(entries, after); i < entries.length; i++) {
      const { path, isFolder } = entries[i]!;
      if (isFolder) yield* this.filesAfter(path, after);
      else yield path;
    }
  }

  /** The files and folders directly in a folder, by path. */
  private entries(folder: string): readonly Entry[] {
    const known = this.known.get(folder);
    if (known !== undefined) return known;
    const entries = listed(folder);
    this.size += entries.length;
    if (this.size > MAX_ENTRIES) {
      this.known.clear();
      this.size = entries.length;
    }
    this.known.set(folder, entries);
    return entries;
  }
}

interface Entry {
  /** of a folder with a slash at its end: `a-b` and all of it comes before what is in `a` */
  readonly path: string;
  readonly isFolder: boolean;
}

function listed(folder: string): Entry[] {
  try {
    return readdirSync(folder, { withFileTypes: true })
      .filter((entry) => entry.isFile() || entry.isDirectory())
      .map((entry) => ({ path: folder + entry.name + (entry.isFile() ? '' : '/'), isFolder: !entry.isFile() }))
      .sort((a, b) => compareUtf8(a.path, b.path));
  } catch (cause) {
    throw new ObjectReadError(`${folder}: cannot be listed: ${reasonOf(cause)}`, { cause });
  }
}

/** The first that comes after `after`, or that holds what does. */
function firstAfter(entries: readonly Entry[], after: string): number {
  let [first, end] = [0, entries.length];
  while (first < end) {
    const middle = (first + end) >>> 1;
    if (compareUtf8(entries[middle]!.path, after) > 0) end = middle;
    else first = middle + 1;
  }
  const before = entries[first - 1];
  return before?.isFolder === true && after.startsWith(before.path) ? first - 1 : first;
}

/** Its size is looked up only where it is needed: of thousands of files near those of an alert a few are opened. */
class ListedFile implements ListedKey {
  constructor(readonly key: string) {}

  get bytes(): number {
    try {
      return statSync(this.key).size;
    } catch (cause) {
      throw new ObjectReadError(`${this.key}: cannot be listed: ${reasonOf(cause)}`, { cause });
    }
  }
}
