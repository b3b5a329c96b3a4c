import { createGunzip, gzipSync } from 'node:zlib';
import { Gunzip, makeGunzip } from '../../lambda/adapters/inflate/gunzip';
import { makeZlibEngine, zlibEngine } from '../../lambda/adapters/inflate/node-zlib';
import { InflateError } from '../../lambda/errors';
import { inflateContract, inflateSyncContract } from '../contracts/inflate.contract';
import { inflateBombContract } from '../contracts/inflate-bounds.contract';
import { asRead, LIMIT, NAME, noise, stored, TEXT } from '../contracts/inflate-samples';

describe('the node:zlib engine, streaming', () => {
  inflateContract('zlib', () => zlibEngine);

  it.each([
    ['a consumer who left', LIMIT],
    ['an output past its limit', 10],
  ])('frees zlib after %s', async (_, limit) => {
    const destroyed = jest.spyOn(Object.getPrototypeOf(createGunzip()), 'destroy');
    try {
      for await (const _ of zlibEngine.inflate(stored(gzipSync(noise(2_000_000)), [50_000]), NAME, limit)) {
        expect(destroyed).not.toHaveBeenCalled();
        break;
      }
    } catch (error) {
      expect(error).toBeInstanceOf(InflateError);
    }
    expect(destroyed).toHaveBeenCalledTimes(1);
    destroyed.mockRestore();
  });
});

it.each([
  ['text', (gzip: Buffer) => Buffer.concat([gzip, Buffer.from('appended')])],
  ['one byte', (gzip: Buffer) => Buffer.concat([gzip, Buffer.from('x')])],
  ['a wrong checksum', (gzip: Buffer) => Buffer.concat([gzip.subarray(0, -8), Buffer.alloc(8, 1)])],
])('the node:zlib engine gives all that comes before %s', async (_, damage) => {
  for (const content of [TEXT, noise(100_000), Buffer.alloc(100_000, 'x')]) {
    const pieces: Uint8Array[] = [];
    const reading = (async () => {
      for await (const piece of zlibEngine.inflate(stored(damage(gzipSync(content))), NAME, LIMIT))
        pieces.push(Buffer.from(piece));
    })();
    await expect(reading).rejects.toThrow(InflateError);
    expect(Buffer.concat(pieces).equals(content)).toBe(true);
  }
});

describe.each([
  ['with one inflater', zlibEngine],
  ['with an inflater for each', makeZlibEngine(() => ({ reason: 'not tried' }))],
])('the node:zlib engine, as objects are read, %s', (_, engine) => {
  inflateContract('zlib', () => asRead(engine));
  inflateSyncContract(() => engine);
});

describe('the node:zlib engine, as objects are read', () => {
  inflateBombContract('zlib');
});

describe('whether the inflater can be reused', () => {
  class Forgetful extends Gunzip {
    override inflate(...args: Parameters<Gunzip['inflate']>): boolean {
      const isInflated = super.inflate(...args);
      this.outputLeft += 1;
      return isInflated;
    }
  }
  class Forgiving extends Gunzip {
    override inflate(...args: Parameters<Gunzip['inflate']>): boolean {
      super.inflate(...args);
      return true;
    }
  }
  class Nameless extends Gunzip {
    override inflate(...args: Parameters<Gunzip['inflate']>): boolean {
      const isInflated = super.inflate(...args);
      if (!isInflated) this.failure = new Error('no code');
      return isInflated;
    }
  }

  it.each(['20.19.0', '22.4.1', '24.11.0'])('is found out by a trial on Node %s', (version) => {
    expect(makeGunzip(version)).toBeInstanceOf(Gunzip);
  });

  it.each([
    ['it loses output', '20.19.0', () => new Forgetful(), 'sample 0 of its trial failed'],
    ['it skips faults', '20.19.0', () => new Forgiving(), 'sample 2 of its trial failed'],
    ['it names no fault', '20.19.0', () => new Nameless(), 'sample 2 of its trial failed'],
    ['there is no such handle', '20.19.0', () => new Gunzip({}), 'the internals of its streams differ'],
    ['nobody knows the version', '25.0.0', () => new Gunzip(), 'not tried on Node 25.0.0'],
  ])('is not used when %s', (_, version, make, reason) => {
    expect(makeGunzip(version, make)).toEqual({ reason });
  });
});
