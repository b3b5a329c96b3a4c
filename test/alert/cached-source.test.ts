import { CachedSource } from '../../lambda/alert/evidence/cached-source';
import { type MemoryObject, memorySource } from '../support/replay';

describe('a downloaded object', () => {
  const bytesOf = async (source: CachedSource, key: string) => {
    const pieces: Uint8Array[] = [];
    for await (const piece of source.read({ bucket: 'b', key })) pieces.push(piece);
    return Buffer.concat(pieces).toString();
  };
  const counting = (objects: readonly MemoryObject[]) => {
    const asked: string[] = [];
    const { read } = memorySource(objects);
    const source = new CachedSource({
      read(ref) {
        asked.push(ref.key);
        return read(ref);
      },
    });
    return { asked, source };
  };

  it('is downloaded once', async () => {
    const { asked, source } = counting([{ key: 'k', pieces: ['one', 'two'].map((text) => Buffer.from(text)) }]);
    expect([await bytesOf(source, 'k'), await bytesOf(source, 'k')]).toEqual(['onetwo', 'onetwo']);
    expect(asked).toEqual(['k']);
    source.clear();
    expect(await bytesOf(source, 'k')).toBe('onetwo');
    await bytesOf(source, 'k');
    expect(asked).toEqual(['k', 'k', 'k']);
  });

  it('is not kept where it is large, or there are many', async () => {
    const large = { key: 'large', pieces: [Buffer.alloc(2 ** 19), Buffer.alloc(2 ** 19 + 1)] };
    const many = Array.from({ length: 20 }, (_, index) => ({ key: `${index}`, pieces: [Buffer.alloc(2 ** 20)] }));
    const { asked, source } = counting([large, ...many]);
    for (let time = 0; time < 2; time++) {
      for (const { key, pieces } of [large, ...many]) {
        expect((await bytesOf(source, key)).length).toBe(Buffer.concat(pieces).length);
      }
    }
    expect(asked.slice(21)).toEqual(['large', '16', '17', '18', '19']);
  });

  it('is not kept when it was left early', async () => {
    const { asked, source } = counting([{ key: 'k', pieces: ['one', 'two'].map((text) => Buffer.from(text)) }]);
    for await (const piece of source.read({ bucket: 'b', key: 'k' })) {
      expect(`${piece}`).toBe('one');
      break;
    }
    expect(await bytesOf(source, 'k')).toBe('onetwo');
    expect(asked).toEqual(['k', 'k']);
  });
});
