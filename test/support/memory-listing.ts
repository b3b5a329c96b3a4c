import type { ObjectListing } from '../../lambda/ports';
import type { MemoryObject } from './replay';

/** Lists objects in memory as S3 lists keys, and counts how often it was asked. */
export function memoryListing(objects: readonly MemoryObject[]): ObjectListing & { readonly asked: () => number } {
  const sorted = [...objects].sort((a, b) => Buffer.compare(Buffer.from(a.key), Buffer.from(b.key)));
  let asked = 0;
  return {
    asked: () => asked,
    folders: async (_bucket, prefix, limit) => {
      asked += 1;
      const below = sorted.filter(({ key }) => key.startsWith(prefix)).map(({ key }) => key.slice(prefix.length));
      return [...new Set(below.flatMap((rest) => (rest.includes('/') ? [rest.split('/', 1)[0]!] : [])))].slice(
        0,
        limit,
      );
    },
    keys: async (_bucket, prefix, { after, limit, isPast = () => false }) => {
      asked += 1;
      const listed = sorted.filter(({ key }) => key.startsWith(prefix) && key > after).slice(0, limit);
      const last = listed.findIndex(({ key }) => isPast(key));
      return listed
        .slice(0, last < 0 ? limit : last + 1)
        .map(({ key, pieces }) => ({ key, bytes: pieces.reduce((sum, { length }) => sum + length, 0) }));
    },
  };
}
