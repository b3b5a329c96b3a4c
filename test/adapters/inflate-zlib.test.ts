import { Gunzip, makeGunzip } from '../../lambda/adapters/inflate/gunzip';
import { makeZlibEngine, zlibEngine } from '../../lambda/adapters/inflate/node-zlib';
import { inflateBombContract, inflateContract } from '../contracts/inflate.contract';

describe.each([
  ['with one inflater', () => zlibEngine],
  ['with an inflater for each', () => makeZlibEngine(() => ({ reason: 'not tried' }))],
])('the node:zlib engine %s', (_, make) => inflateContract('zlib', make));

describe('the node:zlib engine', () => inflateBombContract('zlib'));

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
