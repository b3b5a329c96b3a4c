import type { stateUse } from '../../bin/cost/model';
import { DynamoDbStore } from '../../lambda/adapters/aws/dynamodb';
import { handleNotices, loadObject, noticeOf, sourceOf } from './detector-load';
import { startTable } from './dynalite';
import { ACCOUNT, REGIONS, T0 } from './records';
import { countCharges, type StoreCharges } from './store-units';

/** A bucket filled up by objects of one account. */
export interface StoreCase {
  readonly actors: number;
  readonly objects: number;
  readonly perBatch: number;
}

/** What the objects of one bucket cost the real store, by actors of each and objects of a batch. */
export async function measureStore({ actors, objects, perBatch }: StoreCase): Promise<StoreCharges> {
  const all = Array.from({ length: objects }, (_, index) =>
    loadObject({ account: ACCOUNT, index, region: REGIONS[index % 17]!, actors }),
  );
  return withCharges(async (store, now) => {
    const settings = { store, now, source: sourceOf(all) };
    for (let begun = 0; begun < objects; begun += perBatch) {
      const failed = await handleNotices(all.slice(begun, begun + perBatch).map(noticeOf), settings);
      if (failed.size > 0) throw new Error([...failed.values()][0]);
    }
  });
}

/** What some work asks of a store in a table of its own. */
export async function withCharges(
  work: (store: DynamoDbStore, now: () => number) => Promise<void>,
): Promise<StoreCharges> {
  const table = await startTable();
  try {
    const now = () => T0 + 400;
    const charges = countCharges(table.client);
    await work(new DynamoDbStore(table.client, table.tableName, now), now);
    return charges;
  } finally {
    await table.close();
  }
}

/** For each object, as the model says it. */
export function perObject(
  { writes, queries }: StoreCharges,
  objects: number,
): Omit<ReturnType<typeof stateUse>, 'storedBytes'> {
  return {
    writes: writes.requests / objects,
    writeUnits: writes.units / objects,
    queries: queries.requests / objects,
    readUnits: queries.units / objects,
  };
}
