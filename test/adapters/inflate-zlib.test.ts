import { constants, createGunzip, gunzipSync, gzipSync } from 'node:zlib';
import { Gunzip, makeGunzip } from '../../lambda/adapters/inflate/gunzip';
import { zlibEngine, zlibEngineOn } from '../../lambda/adapters/inflate/node-zlib';
import { ReusedGunzip } from '../../lambda/adapters/inflate/reused-gunzip';
import { InflateError } from '../../lambda/errors';
import { inflateContract, inflateSyncContract } from '../contracts/inflate.contract';
import { inflateBombContract } from '../contracts/inflate-bounds.contract';
import { asRead, expectNamed, LIMIT, NAME, noise, SMALL, stored, syncOutput, TEXT } from '../contracts/inflate-samples';

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

describe.each([
  ['zlib', zlibEngine],
  ['zlib, public', zlibEngineOn(() => undefined)],
])('the node:zlib engine as objects are read: %s', (name, engine) => {
  inflateContract('zlib', () => asRead(engine));
  inflateSyncContract(() => engine);
  inflateBombContract(name);
});

describe('the reused inflater', () => {
  const records = Array.from({ length: 40 }, (_, i) => `{"eventID":"${noise(9, i + 1).toString('hex')}"}`);
  const text = Buffer.from(`{"Records":[${records.join()}]}`);
  const gzip = gzipSync(text);
  /** With so small a buffer that an output of every length ends once at its border. */
  const small = () => new ReusedGunzip(new Gunzip(), 7);

  it.each([
    ['its own buffer', () => new ReusedGunzip(new Gunzip())],
    ['a small buffer', small],
  ])('has given all that zlib can make of an object cut at any byte: %s', (_, make) => {
    const gunzip = make();
    const engine = zlibEngineOn(() => gunzip);
    const object = Buffer.concat([SMALL, gzip]);
    for (let end = 1; end < object.length; end++) {
      const cut = object.subarray(0, end);
      const { error, pieces } = syncOutput(engine, cut);
      if (end === SMALL.length) expect(error).toBeUndefined();
      else expectNamed(error);
      const most = end < 19 ? Buffer.alloc(0) : gunzipSync(cut, { finishFlush: constants.Z_SYNC_FLUSH });
      expect(Buffer.concat(pieces).toString('latin1')).toBe(most.toString('latin1'));
    }
  });

  it('gives the members before one that is damaged at any byte, and no byte twice or that is not its own', () => {
    const gunzip = small();
    const engine = zlibEngineOn(() => gunzip);
    const intact = Buffer.concat([TEXT, text]);
    for (let at = SMALL.length; at < SMALL.length + gzip.length; at++) {
      const object = Buffer.concat([SMALL, gzip]);
      object[at] = (object[at] ?? 0) ^ 0x10;
      const { error, pieces } = syncOutput(engine, object);
      const output = Buffer.concat(pieces);
      expect(output.subarray(0, TEXT.length).equals(TEXT)).toBe(true);
      // Damaged codes may give other bytes before they show; a damaged check sum gives none.
      const isTrailer = at >= object.length - 8;
      if (error === undefined || isTrailer) expect(output.equals(intact)).toBe(true);
      else expectNamed(error);
    }
  });

  it('gives what comes before the limit', () => {
    for (const limit of [0, 1, 6, 7, 8, text.length - 1]) {
      const { error, pieces } = syncOutput(zlibEngineOn(small), gzip, limit);
      expectNamed(error);
      expect(Buffer.concat(pieces).equals(text.subarray(0, limit))).toBe(true);
    }
    expect(syncOutput(zlibEngineOn(small), gzip, text.length).error).toBeUndefined();
  });
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
    ['it loses output', '20.19.0', () => new Forgetful(), 'sample 0 of its trial came out wrong'],
    ['it skips faults', '20.19.0', () => new Forgiving(), 'sample 2 of its trial came out wrong'],
    ['it names no fault', '20.19.0', () => new Nameless(), 'sample 2 of its trial came out wrong'],
    ['there is no such handle', '20.19.0', () => new Gunzip({}), 'its streams are made otherwise'],
    ['nobody knows the version', '25.0.0', () => new Gunzip(), 'not tried on Node 25.0.0'],
  ])('is not used when %s', (_, version, make, reason) => {
    expect(makeGunzip(version, make)).toEqual({ reason });
  });
});
