import { ALERT_REQUESTS, stateUse, tallyBytes } from '../../bin/cost/model';
import { handleNotices, loadObject, noticeOf, sourceOf } from '../support/detector-load';
import { measureStore, perObject, withCharges } from '../support/measure-store';
import { ACCOUNT, document, REGIONS, sweep, T0 } from '../support/records';
import { itemBytes, readUnits, writeUnits } from '../support/store-units';

describe('what an object costs the state store', () => {
  it.each([
    ...[1, 5, 50, 200].map((actors) => ({ actors, objects: 17, perBatch: 1 })),
    ...[1, 50, 200].map((actors) => ({ actors, objects: 51, perBatch: 17 })),
    { actors: 1, objects: 51, perBatch: 1 },
  ])('is within the model, and near it: %j', async (one) => {
    const { actors, objects, perBatch } = one;
    const charges = await measureStore(one);
    const measured = perObject(charges, objects);
    const model = stateUse({
      actors,
      buckets: 1,
      objectsPerBucket: objects,
      objectsPerEvaluation: perBatch,
    });
    for (const key of ['writes', 'writeUnits', 'queries', 'readUnits'] as const) {
      expect([key, measured[key] <= model[key]]).toEqual([key, true]);
      expect([key, measured[key] >= 0.7 * model[key]]).toEqual([key, true]);
    }
    expect(measured.writes).toBe(1);
    expect(charges.gets.requests).toBe(0);
    expect(charges.writes.units).toBe(charges.writes.consumed);
    // The emulator rounds otherwise where a page ends.
    expect(Math.abs(charges.queries.units - charges.queries.consumed)).toBeLessThan(
      0.001 * charges.queries.units + 0.5,
    );
  });

  it('is nothing without a matched call', async () => {
    const { writes, queries, gets } = await measureStore({ actors: 0, objects: 17, perBatch: 1 });
    expect([writes, queries, gets].map(({ requests }) => requests)).toEqual([0, 0, 0]);
  });

  it('is one put and one query for each bucket it has calls in', async () => {
    const [first, second] = [T0 + 290, T0 + 310].map((at) => sweep({ regions: 1, at })[0]!);
    const object = {
      ...loadObject({ account: ACCOUNT, index: 0, region: REGIONS[0]!, actors: 1 }),
      body: Buffer.from(document([first, second])),
    };
    const charges = await withCharges(async (store, now) => {
      await handleNotices([noticeOf(object)], { store, now, source: sourceOf([object]) });
    });
    expect([charges.writes.requests, charges.queries.requests]).toEqual([2, 2]);
  });
});

it('an alert costs the state store what the model says', async () => {
  const objects = sweep({ regions: 10 }).map((call, index) => ({
    ...loadObject({ account: ACCOUNT, index, region: REGIONS[index]!, actors: 1 }),
    body: Buffer.from(document([call])),
  }));
  const { writes, queries, gets } = await withCharges(async (store, now) => {
    const failed = await handleNotices(objects.map(noticeOf), { store, now, source: sourceOf(objects) });
    expect(failed.size).toBe(0);
  });
  expect(writes.requests - objects.length).toBeLessThanOrEqual(ALERT_REQUESTS.writes);
  expect(writes.units - objects.length).toBeLessThanOrEqual(ALERT_REQUESTS.writeUnits);
  expect(queries.requests - 1 + gets.requests).toBeLessThanOrEqual(ALERT_REQUESTS.reads);
  expect(gets.units).toBeLessThanOrEqual(ALERT_REQUESTS.readUnits);
});

describe('units by the published rules', () => {
  it.each([
    [8, { pk: { S: 'äb' }, n: { N: '5' } }],
    [6, { n: { N: '1795492800' } }],
    [4, { n: { N: '-12.50' } }],
  ])('%i bytes', (bytes, item) => expect(itemBytes(item)).toBe(bytes));

  it('a write is charged by the KB begun, a query by 4 KB of all items together', () => {
    const item = (bytes: number) => ({ a: { S: 'x'.repeat(bytes - 1) } });
    expect([1, 1024, 1025].map((bytes) => writeUnits(item(bytes)))).toEqual([1, 1, 2]);
    expect(readUnits([])).toBe(1);
    expect(readUnits([item(2048), item(2048)])).toBe(1);
    expect(readUnits([item(2048), item(2049)])).toBe(2);
  });

  it('the model’s tally grows by the actor', () =>
    expect(tallyBytes(3) - tallyBytes(2)).toBe(tallyBytes(2) - tallyBytes(1)));
});
