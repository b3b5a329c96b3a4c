/**
 * What objects cost in the state store: the requests to DynamoDB under the detector's own core, beside the design's model
 * and beside one counter an actor and window. `npx tsx bench/store-units.ts`
 */

import { stateUse } from '../bin/cost/model';
import { measureStore, perObject, type StoreCase } from '../test/support/measure-store';

const ACTORS = [1, 5, 50, 200];

const OBJECTS = [17, 102];

const BATCHES = [1, 17, 50];

const COLUMNS = [
  'actors an object',
  'objects a bucket',
  'objects a batch',
  'writes',
  'write units',
  'model',
  'queries',
  'read units',
  'model',
  'write units of counters',
];

async function main(): Promise<void> {
  print(COLUMNS);
  print(COLUMNS.map(() => '---'));
  for (const objects of OBJECTS) {
    for (const actors of ACTORS) {
      for (const perBatch of BATCHES.filter((most) => most <= objects)) await row({ actors, objects, perBatch });
    }
  }
}

async function row(one: StoreCase): Promise<void> {
  const { actors, objects, perBatch } = one;
  const charges = await measureStore(one);
  for (const { units, consumed } of [charges.writes, charges.queries]) {
    // The emulator rounds otherwise where a page ends.
    if (Math.abs(units - consumed) > 0.001 * units) {
      throw new Error(`${units} units by the rules, ${consumed} by the server`);
    }
  }
  const measured = perObject(charges, objects);
  const model = stateUse({ actors, buckets: 1, objectsPerBucket: objects, objectsPerEvaluation: perBatch });
  print([
    ...[actors, objects, perBatch],
    ...[figure(measured.writes), figure(measured.writeUnits), figure(model.writeUnits)],
    ...[figure(measured.queries), figure(measured.readUnits), figure(model.readUnits)],
    actors,
  ]);
}

function figure(value: number): string {
  return value >= 100 ? value.toFixed(0) : String(Number(value.toFixed(2)));
}

function print(cells: readonly (string | number)[]): void {
  console.log(`| ${cells.join(' | ')} |`);
}

void main();
