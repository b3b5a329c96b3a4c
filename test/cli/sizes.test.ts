import { rmSync } from 'node:fs';
import { measure, withSizes } from '../../bin/objects/objects';
import { findUnder } from '../../lambda/adapters/filesystem-walk';
import { useTempFolder } from '../support/temp-folder';

const temp = useTempFolder();

/** The files, but that one is gone as soon as it was found. */
async function* foundWithout(gone: string) {
  for await (const found of findUnder(temp.path('trail'))) {
    if (found.kind === 'log' && found.object.key.endsWith(gone)) rmSync(found.object.key);
    yield found;
  }
}

beforeEach(() => {
  temp.write('trail/a.json', '{"Records":[]}');
  temp.write('trail/b.json', '12345');
});

it('are looked up when they are asked for, and a file that is gone by then is named', async () => {
  const told = [];
  for await (const found of withSizes(foundWithout('b.json'))) {
    told.push(found.kind === 'log' ? found.bytes : found);
  }
  expect(told).toHaveLength(2);
  expect(told).toContain(14);
  expect(told).toContainEqual({
    kind: 'failure',
    error: expect.objectContaining({
      name: 'ObjectReadError',
      message: expect.stringMatching(/b\.json: cannot be read: ENOENT/),
    }),
  });
});

it('of what is still there are summed up', async () => {
  expect(await measure(foundWithout('a.json'))).toEqual({ objects: 1, bytes: 5 });
});
