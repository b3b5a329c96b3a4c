import { type Dirent, statSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { ObjectReadError, reasonOf } from '../errors';
import type { ListedKey, ObjectListing } from '../ports';

/** Local files as a store's keys: paths below a folder, in their order. */
export const filesystemListing: ObjectListing = {
  async folders(_bucket, prefix, most) {
    const items = await itemsOf(prefix);
    return items
      .filter((item) => item.isDirectory())
      .map(({ name }) => name)
      .slice(0, most);
  },

  async keys(_bucket, prefix, after, most) {
    const found: ListedKey[] = [];
    for await (const path of filesBehind(prefix, Buffer.from(after))) {
      found.push(new ListedFile(path));
      if (found.length === most) break;
    }
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

/** The files under a folder, to any depth, by path; what comes at or before `after` is not gone into. */
async function* filesBehind(folder: string, after: Buffer): AsyncIterable<string> {
  for (const item of await itemsOf(folder)) {
    const path = join(folder, item.name);
    if (item.isDirectory()) {
      const start = Buffer.from(`${path}/`);
      const holdsAfter = start.equals(after.subarray(0, start.length));
      if (holdsAfter || start.compare(after) > 0) yield* filesBehind(path, after);
    } else if (item.isFile() && Buffer.from(path).compare(after) > 0) {
      yield path;
    }
  }
}

/** What lies right in a folder, in the order of the paths that come of it: `a-b` and all of it before what is in `a`. */
async function itemsOf(folder: string): Promise<Dirent[]> {
  try {
    const items = await readdir(folder, { withFileTypes: true });
    return items
      .map((item) => ({ item, start: Buffer.from(item.isDirectory() ? `${item.name}/` : item.name) }))
      .sort((a, b) => a.start.compare(b.start))
      .map(({ item }) => item);
  } catch (cause) {
    throw new ObjectReadError(`${folder}: cannot be listed: ${reasonOf(cause)}`, { cause });
  }
}

/** Without waiting, which would take ten times as long: thousands of files may lie beside those of an alert. */
function sizeOf(path: string): number {
  try {
    return statSync(path).size;
  } catch (cause) {
    throw new ObjectReadError(`${path}: cannot be listed: ${reasonOf(cause)}`, { cause });
  }
}
