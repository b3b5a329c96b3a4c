import { rmSync } from 'node:fs';
import { filesystemListing } from '../../lambda/adapters/local/files';
import { ObjectReadError } from '../../lambda/errors';
import { memoryListing } from '../support/memory-listing';
import { objectOf } from '../support/replay';
import { useTempFolder } from '../support/temp-folder';

const temp = useTempFolder();

/** With names whose order changes with a slash after them, or in UTF-16. */
const NAMES = ['a', 'a-b', 'a.b', 'a0', 'b', '\u{1f600}', '\uff5e'].flatMap((folder) => [
  `${folder}/x`,
  `${folder}/deeper/y`,
  `${folder}-file`,
]);

const ROOT = `${temp.path('trail')}/`;

const KEYS = NAMES.map((name) => temp.write(`trail/${name}`, name));

const expected = memoryListing(KEYS.map((key) => objectOf(key, key.slice(ROOT.length))));

it('lists files in the order of a store, from any key on', async () => {
  const all = await expected.keys('', ROOT, { after: '', limit: 100 });
  expect(all).toHaveLength(NAMES.length);
  const listed = async (after: string, limit: number) =>
    (await filesystemListing.keys('', ROOT, { after, limit })).map(({ key, bytes }) => ({ key, bytes }));
  expect(await listed('', 100)).toEqual(all);
  for (const [index, { key }] of all.entries()) {
    expect(await listed(key, 100)).toEqual(all.slice(index + 1));
    expect(await listed(`${key}/`, 2)).toEqual(all.slice(index + 1, index + 3));
  }
});

it('lists folders in the order of a store', async () => {
  const all = await expected.folders('', ROOT, 100);
  expect(await filesystemListing.folders('', ROOT, 100)).toEqual(all);
  expect(await filesystemListing.folders('', ROOT, 2)).toEqual(all.slice(0, 2));
});

it('names a file that was deleted before its size was read', async () => {
  const file = temp.write('going/file.json', '{}');
  const [listed] = await filesystemListing.keys('', `${temp.path('going')}/`, { after: '', limit: 10 });
  rmSync(file);
  expect(() => listed!.bytes).toThrow(ObjectReadError);
  expect(() => listed!.bytes).toThrow(/going\/file\.json: cannot be listed: ENOENT/);
});

it('says why a folder cannot be listed', async () => {
  const listing = filesystemListing.folders('', `${temp.path('nowhere')}/`, 10);
  await expect(listing).rejects.toThrow(/nowhere\/: cannot be listed: ENOENT/);
});
