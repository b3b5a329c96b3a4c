import { crc32, gzipSync } from 'node:zlib';
import { MAX_PIECE_BYTES, MIB } from '../../lambda/adapters/inflate/bounds';
import { loadZlibSync, zlibSyncEngine } from '../../lambda/adapters/inflate/zlib-sync';
import { inflateBombContract, inflateContract } from '../contracts/inflate.contract';
import { LIMIT, lying, noise, syncOutput } from '../contracts/inflate-samples';

const load = loadZlibSync();

if (load.loaded) {
  describe('the zlib-sync engine', () => {
    inflateContract('zlib-sync', () => zlibSyncEngine(load.addon));
    inflateBombContract('zlib-sync');
  });
} else {
  console.warn(`zlib-sync: its tests are skipped, since it did not load: ${load.reason}`);
}

/** An addon that records what it is given and gives this answer, right or wrong. */
function fakeAddon(answer: { err?: number; result?: Buffer | string | null }) {
  const pushes: { size: number; chunkSize: number; finish: boolean }[] = [];
  class Inflate {
    readonly err = answer.err ?? 1;
    readonly result = answer.result ?? null;
    constructor(readonly options: { chunkSize: number; windowBits: number }) {
      expect(options.windowBits).toBe(31);
    }
    push(bytes: Buffer, finish: boolean): void {
      pushes.push({ size: bytes.length, chunkSize: this.options.chunkSize, finish });
    }
  }
  return { engine: zlibSyncEngine({ Inflate }), pushes };
}

describe('what the zlib-sync engine trusts its addon with', () => {
  const text = Buffer.from('{"Records":[]}');
  const gzip = gzipSync(text);

  it('pushes a small single member once, entirely, with a buffer larger than its output', () => {
    const { engine, pushes } = fakeAddon({ result: text });
    expect(syncOutput(engine, gzip).pieces).toEqual([text]);
    expect(pushes).toEqual([{ size: gzip.length, chunkSize: gzip.length, finish: true }]);
  });

  it.each([
    ['several members', Buffer.concat([gzip, gzip]), LIMIT],
    ['a trailer that occurs twice', Buffer.concat([gzip, gzip.subarray(-8)]), LIMIT],
    ['more than 4 MiB of output', gzipSync(Buffer.alloc(MAX_PIECE_BYTES + 1)), LIMIT],
    ['output above the limit', gzip, text.length - 1],
    ['a worst case above the limit', gzipSync(noise(100_000)), LIMIT],
    ['more input than is gathered', gzipSync(noise(2 * MIB)), 1024 * MIB],
    ['no gzip header', text, LIMIT],
    ['less than a complete member', gzip.subarray(0, 19), LIMIT],
    ['nothing', Buffer.alloc(0), LIMIT],
  ])('never pushes %s', (_, object, limit) => {
    const { engine, pushes } = fakeAddon({ result: text });
    syncOutput(engine, object, limit);
    expect(pushes).toEqual([]);
  });

  it('stops pushing before the addon has leaked 64 MiB', () => {
    const { engine, pushes } = fakeAddon({ result: text });
    let right = 0;
    for (let object = 0; object < 6000; object += 1) {
      if (Buffer.concat(syncOutput(engine, gzip).pieces).equals(text)) right += 1;
    }
    expect(right).toBe(6000);
    expect(pushes.length).toBe(Math.floor((64 * MIB) / (12 * 1024)));
  });

  it.each([
    ['an error', { err: -5 }],
    ['an unfinished stream', { err: 0, result: text }],
    ['no output', { result: null }],
    ['a string', { result: text.toString() }],
    ['output too short', { result: text.subarray(1) }],
    ['other bytes of the same length', { result: Buffer.alloc(text.length, 'x') }],
  ])('lets node:zlib decide when the addon answers with %s', (_, answer) => {
    const { engine, pushes } = fakeAddon(answer);
    expect(syncOutput(engine, gzip).pieces).toEqual([text]);
    expect(pushes).toHaveLength(1);
  });

  it('pushes nothing more once failed objects could have taken all the room', () => {
    const { engine, pushes } = fakeAddon({ err: -3 });
    const object = lying(noise(20_000), 30_000);
    for (let i = 0; i < 10; i++) {
      syncOutput(engine, object, 0.1 * MIB);
    }
    expect(pushes.length).toBeLessThan(3);
  });

  it('checks with the same CRC that gzip writes', () => {
    expect(crc32(text)).toBe(gzip.readUInt32LE(gzip.length - 8));
  });
});

describe('loading zlib-sync', () => {
  it('says in one line why it is absent', () => {
    const missing = loadZlibSync(() => require('zlib-sync-that-is-not-there'));
    expect(missing).toEqual({
      loaded: false,
      reason: expect.stringMatching(/^.*Cannot find module [^\n]*$/),
    });
  });

  it('refuses a module that is something else', () => {
    expect(loadZlibSync(() => ({}))).toEqual({ loaded: false, reason: 'it exports no Inflate' });
  });
});
