import { rmSync, statSync } from 'node:fs';
import { filesystemListing } from '../../lambda/adapters/filesystem-listing';
import { ObjectReadError } from '../../lambda/errors';
import { memoryListing } from '../support/memory-listing';
import { objectOf } from '../support/replay';
import { useTempFolder } from '../support/temp-folder';

jest.mock('node:fs', () => {
  const actual = jest.requireActual<typeof import('node:fs')>('node:fs');
  return { ...actual, statSync: jest.fn(actual.statSync) };
});

const temp = useTempFolder();
/** Among them names whose order is another one with a slash behind them, or in UTF-16. */
const NAMES = ['a', 'a-b', 'a.b', 'a0', 'b', '\u{1f600}', '\uff5e'].flatMap((folder) => [
  `${folder}/x`,
  `${folder}/deeper/y`,
  `${folder}-file`,
]);
const ROOT = `${temp.path('trail')}/`;
const KEYS = NAMES.map((name) => temp.write(`trail/${name}`, name));
const expected = memoryListing(KEYS.map((key) => objectOf(key, key.slice(ROOT.length))));

it('lists files in the order of a store, from any key on', async () => {
  const all = await expected.keys('', ROOT, '', 100);
  expect(all).toHaveLength(NAMES.length);
  expect(await filesystemListing.keys('', ROOT, '', 100)).toEqual(all);
  for (const [index, { key }] of all.entries()) {
    expect(await filesystemListing.keys('', ROOT, key, 100)).toEqual(all.slice(index + 1));
    expect(await filesystemListing.keys('', ROOT, `${key}/`, 2)).toEqual(all.slice(index + 1, index + 3));
  }
});

it('lists folders in the order of a store', async () => {
  const all = await expected.folders('', ROOT, 100);
  expect(await filesystemListing.folders('', ROOT, 100)).toEqual(all);
  expect(await filesystemListing.folders('', ROOT, 2)).toEqual(all.slice(0, 2));
});

it('says which file went while it was listed', async () => {
  const file = temp.write('going/file.json', '{}');
  jest.mocked(statSync).mockImplementationOnce((path) => {
    rmSync(file);
    return statSync(path);
  });
  const listing = filesystemListing.keys('', `${temp.path('going')}/`, '', 10);
  await expect(listing).rejects.toThrow(ObjectReadError);
  await expect(listing).rejects.toThrow(/going\/file\.json: cannot be listed: ENOENT/);
});

it('says why a folder cannot be listed', async () => {
  const listing = filesystemListing.folders('', `${temp.path('nowhere')}/`, 10);
  await expect(listing).rejects.toThrow(/nowhere\/: cannot be listed: ENOENT/);
});
