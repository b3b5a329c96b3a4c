import { readdir, stat } from 'node:fs/promises';
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
      .sort()
      .slice(0, most);
  },

  async keys(_bucket, prefix, after, most) {
    const found: ListedKey[] = [];
    for await (const path of filesBehind(prefix, after)) {
      found.push({ key: path, bytes: (await stat(path)).size });
      if (found.length === most) break;
    }
    return found;
  },
};

/** The files under a folder, to any depth, by path; what comes at or before `after` is not gone into. */
async function* filesBehind(folder: string, after: string): AsyncIterable<string> {
  const items = await itemsOf(folder);
  for (const item of items.sort((a, b) => (a.name < b.name ? -1 : 1))) {
    const path = join(folder, item.name);
    if (item.isDirectory()) {
      if (`${path}/` > after || after.startsWith(`${path}/`)) yield* filesBehind(path, after);
    } else if (item.isFile() && path > after) {
      yield path;
    }
  }
}

async function itemsOf(folder: string) {
  try {
    return await readdir(folder, { withFileTypes: true });
  } catch (cause) {
    throw new ObjectReadError(`${folder}: cannot be listed: ${reasonOf(cause)}`, { cause });
  }
}
