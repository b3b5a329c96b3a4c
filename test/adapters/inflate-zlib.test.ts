import { createGunzip, gzipSync } from 'node:zlib';
import { zlibEngine } from '../../lambda/adapters/inflate-zlib';
import { InflateError } from '../../lambda/errors';
import { inflateContract } from '../contracts/inflate.contract';
import { LIMIT, NAME, noise, stored } from '../contracts/inflate-samples';

describe('the node:zlib engine', () => {
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
