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
  private readonly known = new Map<string, Folder>();
  private size = 0;

  async folders(_bucket: string, prefix: string, limit: number): Promise<string[]> {
    const folders = this.at(prefix).names.filter(isFolder);
    return folders.slice(0, limit).map((name) => name.slice(0, -1));
  }

  async keys(_bucket: string, prefix: string, { after, limit, isPast }: ListOptions): Promise<ListedKey[]> {
    const keys: ListedKey[] = [];
    this.forEachAfter(prefix, after, (file) => {
      keys.push(file);
      return keys.length < limit && isPast?.(file.key) !== true;
    });
    return keys;
  }

  /**
   * Gives the files under a folder, whose path ends in `/`, to any depth, that come after `after`, by path.
   * @param take returns whether it wants more
   * @returns the same
   */
  private forEachAfter(path: string, after: string, take: (file: ListedFile) => boolean): boolean {
    const isInside = after.startsWith(path);
    if (!isInside && compareUtf8(after, path) > 0) return true;
    const folder = this.at(path);
    const { names } = folder;
    for (let i = isInside ? firstAfter(names, after.slice(path.length)) : 0; i < names.length; i++) {
      const name = names[i]!;
      if (!(isFolder(name) ? this.forEachAfter(path + name, after, take) : take(folder.fileAt(i)))) return false;
    }
    return true;
  }

  private at(path: string): Folder {
    const known = this.known.get(path);
    if (known !== undefined) return known;
    const folder = new Folder(path);
    this.size += folder.names.length;
    if (this.size > MAX_ENTRIES) {
      this.known.clear();
      this.size = folder.names.length;
    }
    this.known.set(path, folder);
    return folder;
  }
}

/** What is directly in a folder, whose path ends in `/`. */
class Folder {
  /** in their order, those of folders with a slash */
  readonly names: readonly string[];
  /** most are listed for several alerts, or for none */
  private readonly files: ListedFile[];

  constructor(private readonly path: string) {
    this.names = namesIn(path);
    this.files = new Array(this.names.length);
  }

  fileAt(index: number): ListedFile {
    this.files[index] ??= new ListedFile(this.path + this.names[index]!);
    return this.files[index];
  }
}

function isFolder(name: string): boolean {
  return name.endsWith('/');
}

/** With the slash `a-b`, and all that is in it, comes before what is in `a`. */
function namesIn(folder: string): string[] {
  try {
    const entries = readdirSync(folder, { withFileTypes: true });
    const names = entries.flatMap((entry) =>
      entry.isFile() ? entry.name : entry.isDirectory() ? `${entry.name}/` : [],
    );
    return names.sort(compareUtf8);
  } catch (cause) {
    throw new ObjectReadError(`${folder}: cannot be listed: ${reasonOf(cause)}`, { cause });
  }
}

/** The first name that comes after `after`, or whose folder holds what does. */
function firstAfter(names: readonly string[], after: string): number {
  let [first, end] = [0, names.length];
  while (first < end) {
    const middle = (first + end) >>> 1;
    if (compareUtf8(names[middle]!, after) > 0) end = middle;
    else first = middle + 1;
  }
  const before = names[first - 1];
  return before !== undefined && isFolder(before) && after.startsWith(before) ? first - 1 : first;
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
