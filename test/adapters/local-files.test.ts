import { rmSync } from 'node:fs';
import { FileListing, filesystemSource } from '../../lambda/adapters/local/files';
import { ObjectReadError } from '../../lambda/errors';
import type { ListOptions } from '../../lambda/ports';
import { memoryListing } from '../support/memory-listing';
import { objectOf } from '../support/replay';
import { useTempFolder } from '../support/temp-folder';

const MIB = 1024 * 1024;

const temp = useTempFolder();

async function streamed(key: string): Promise<Buffer> {
  const pieces: Uint8Array[] = [];
  for await (const piece of filesystemSource.read({ bucket: '', key })) pieces.push(piece);
  return Buffer.concat(pieces);
}

describe('a file as an object', () => {
  it.each([0, 1, MIB, 3 * MIB + 1])('is streamed, with %i bytes', async (size) => {
    const content = Buffer.alloc(size, 'regionsweep ');
    expect((await streamed(temp.write('file', content))).equals(content)).toBe(true);
  });

  it('is named when it cannot be read', async () => {
    const missing = temp.path('missing');
    await expect(streamed(missing)).rejects.toThrow(ObjectReadError);
    await expect(streamed(missing)).rejects.toThrow(`${missing}: cannot be read: ENOENT`);
  });
});

/** With names whose order changes with a slash after them, or in UTF-16. */
const NAMES = ['a', 'a-b', 'a.b', 'a0', 'b', '\u{1f600}', '\uff5e'].flatMap((folder) => [
  `${folder}/x`,
  `${folder}/deeper/y`,
  `${folder}-file`,
]);

describe('a folder', () => {
  const root = `${temp.path('trail')}/`;
  const files = NAMES.map((name) => temp.write(`trail/${name}`, name));
  const listing = new FileListing();
  const expected = memoryListing(files.map((key) => objectOf(key, key.slice(root.length))));

  it('lists files in the order of a store, from any key on', async () => {
    const all = await expected.keys('', root, { after: '', limit: 100 });
    expect(all).toHaveLength(NAMES.length);
    const listed = async (options: ListOptions) =>
      (await listing.keys('', root, options)).map(({ key, bytes }) => ({ key, bytes }));
    expect(await listed({ after: '', limit: 100 })).toEqual(all);
    for (const [index, { key }] of all.entries()) {
      expect(await listed({ after: key, limit: 100 })).toEqual(all.slice(index + 1));
      expect(await listed({ after: `${key}/`, limit: 2 })).toEqual(all.slice(index + 1, index + 3));
      const isPast = (one: string) => one === key;
      expect(await listed({ after: '', limit: 100, isPast })).toEqual(all.slice(0, index + 1));
    }
  });

  it('lists folders in the order of a store', async () => {
    const all = await expected.folders('', root, 100);
    expect(await listing.folders('', root, 100)).toEqual(all);
    expect(await listing.folders('', root, 2)).toEqual(all.slice(0, 2));
  });

  it('names a file that was deleted before its size was read, and a folder that is not there', async () => {
    const file = temp.write('going/file.json', '{}');
    const [listed] = await listing.keys('', `${temp.path('going')}/`, { after: '', limit: 10 });
    rmSync(file);
    expect(() => listed!.bytes).toThrow(ObjectReadError);
    expect(() => listed!.bytes).toThrow(/going\/file\.json: cannot be listed: ENOENT/);
    const nowhere = listing.folders('', `${temp.path('nowhere')}/`, 10);
    await expect(nowhere).rejects.toThrow(/nowhere\/: cannot be listed: ENOENT/);
  });
});
