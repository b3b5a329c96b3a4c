import { CachedSource } from '../../lambda/alert/evidence/cached-source';
import { gatherEvidence } from '../../lambda/alert/evidence/gather';
import type { TrailRecord } from '../../lambda/detection/classify';
import type { ObjectRef } from '../../lambda/ports';
import { document, iamUser, MALLORY, REGIONS, record, roleSession, sweep, T0 } from '../support/records';
import { type MemoryObject, memorySource, objectsOf, readingOf, replayed } from '../support/replay';

/** What tells of a hit is read twice: for its calls, and for what lies around them. */

const around = (index: number): TrailRecord => {
  const fields = { eventName: ['ListUsers', 'CreateAccessKey', 'GetCallerIdentity'][index % 3]! };
  const identity = [undefined, iamUser('alice'), roleSession('deploy', 'mallory')][index % 4];
  return record({ at: T0 + index, id: `around ${index}`, fields, ...(identity && { identity }) });
};

async function evidenceIn(objects: readonly MemoryObject[]) {
  const { alerts } = await replayed(objects);
  expect(alerts).toHaveLength(1);
  return alerts[0]!.evidence;
}

it('whom it is about is found by its name alone, however JSON spells that', async () => {
  const elsewhere = (index: number) => {
    const { accessKeyId: _, ...identity } = iamUser('mallory');
    const { eventName } = around(index);
    return record({
      ...{ at: T0 + index, id: `elsewhere ${index}`, identity },
      fields: { eventName, sourceIPAddress: '203.0.113.9' },
    });
  };
  const plain = document([...sweep({ regions: 10 }), ...[0, 1, 2].map(elsewhere)]);
  const expected = await evidenceIn(objectsOf(plain));
  expect(expected.otherCalls).toHaveLength(3);
  for (const spelt of [
    plain.replaceAll('/', '\\/'),
    plain.replaceAll('mallory', 'm\\u0061llory'),
    // As Python writes every letter beyond ASCII.
    plain.replaceAll('mallory', '\\u043c\\u0430\\u0448\\u0430'),
    plain.replaceAll('mallory', 'маша'),
  ]) {
    expect((await evidenceIn(objectsOf(spelt))).otherCalls).toEqual(expected.otherCalls);
  }
});

it('says what else was not read in time', async () => {
  const objects = sweep({ regions: 10 }).map((one) => document([one]));
  const all = objectsOf(...objects);
  const detection = {
    ...{ actor: MALLORY, start: T0, end: T0 + 30, decidedAt: T0 + 9 },
    regions: REGIONS.slice(0, 10).map((region) => ({ region, first: T0, last: T0 })),
    objects: all.map(({ key }) => ({ bucket: '', key })),
  };
  let asked = 0;
  const evidence = (
    await gatherEvidence([detection], { reading: readingOf(all), concurrency: 1, isTimeUp: () => ++asked > 17 })
  ).get(detection)!;
  expect(evidence).toMatchObject({ calls: 10, gaps: [], search: { named: 10, read: 10 } });
  expect(evidence.search.notSearched[0]).toBe(
    'other calls in 3 files that have calls of the alert: not all objects could be opened in time',
  );
});

describe('what was downloaded', () => {
  const bytesOf = async (source: CachedSource, key: string) => {
    const pieces: Uint8Array[] = [];
    for await (const piece of source.read({ bucket: 'b', key })) pieces.push(piece);
    return Buffer.concat(pieces).toString();
  };
  const counting = (objects: readonly MemoryObject[]) => {
    const asked: string[] = [];
    const source = memorySource(objects);
    return {
      asked,
      source: new CachedSource({
        read(ref: ObjectRef) {
          asked.push(ref.key);
          return source.read(ref);
        },
      }),
    };
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

  it('is not remembered where it is large, or much', async () => {
    const large = { key: 'large', pieces: [Buffer.alloc(2 ** 19), Buffer.alloc(2 ** 19 + 1)] };
    const many = Array.from({ length: 20 }, (_, index) => ({
      key: `${index}`,
      pieces: [Buffer.alloc(2 ** 20)],
    }));
    const { asked, source } = counting([large, ...many]);
    for (let time = 0; time < 2; time++) {
      for (const { key, pieces } of [large, ...many]) {
        expect((await bytesOf(source, key)).length).toBe(Buffer.concat(pieces).length);
      }
    }
    expect(asked.slice(21)).toEqual(['large', '16', '17', '18', '19']);
  });

  it('is not remembered when it broke off', async () => {
    const { asked, source } = counting([{ key: 'k', pieces: ['one', 'two'].map((text) => Buffer.from(text)) }]);
    for await (const piece of source.read({ bucket: 'b', key: 'k' })) {
      expect(`${piece}`).toBe('one');
      break;
    }
    expect(await bytesOf(source, 'k')).toBe('onetwo');
    expect(asked).toEqual(['k', 'k']);
  });
});
