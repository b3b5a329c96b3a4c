import { CachedSource } from '../../lambda/alert/evidence/search';
import type { ObjectRef } from '../../lambda/ports';
import { type MemoryObject, memorySource } from '../support/replay';

/** Evidence reads an object twice: for the calls, and for what lies around them. */

async function read(source: CachedSource, key: string): Promise<string> {
  const pieces: Uint8Array[] = [];
  for await (const piece of source.read({ bucket: 'b', key })) pieces.push(piece);
  return Buffer.concat(pieces).toString();
}

function counting(objects: readonly MemoryObject[]) {
  const asked: string[] = [];
  const source = memorySource(objects);
  const reads = (ref: ObjectRef) => {
    asked.push(ref.key);
    return source.read(ref);
  };
  return { asked, source: new CachedSource({ read: reads }) };
}

const IN_PIECES = { key: 'k', pieces: ['one', 'two'].map((text) => Buffer.from(text)) };

it('downloads an object once, until it is cleared', async () => {
  const { asked, source } = counting([IN_PIECES]);
  expect([await read(source, 'k'), await read(source, 'k')]).toEqual(['onetwo', 'onetwo']);
  expect(asked).toEqual(['k']);
  source.clear();
  expect([await read(source, 'k'), await read(source, 'k')]).toEqual(['onetwo', 'onetwo']);
  expect(asked).toEqual(['k', 'k', 'k']);
});

it('keeps no object that is large, nor more than fits', async () => {
  const large = { key: 'large', pieces: [Buffer.alloc(2 ** 19), Buffer.alloc(2 ** 19 + 1)] };
  const many = Array.from({ length: 20 }, (_, index) => ({ key: `${index}`, pieces: [Buffer.alloc(2 ** 20)] }));
  const { asked, source } = counting([large, ...many]);
  for (const { key, pieces } of [large, ...many, large, ...many]) {
    expect((await read(source, key)).length).toBe(Buffer.concat(pieces).length);
  }
  expect(asked.slice(21)).toEqual(['large', '16', '17', '18', '19']);
});

it('does not cache an object whose reading stopped early', async () => {
  const { asked, source } = counting([IN_PIECES]);
  for await (const piece of source.read({ bucket: 'b', key: 'k' })) {
    expect(`${piece}`).toBe('one');
    break;
  }
  expect(await read(source, 'k')).toBe('onetwo');
  expect(asked).toEqual(['k', 'k']);
});
