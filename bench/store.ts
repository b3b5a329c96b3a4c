/** The most units of the state store that an object takes, beside what its design allows; bench/store-units.ts has them all. */

import { stateUse } from '../bin/cost/model';
import { measureStore, perObject } from '../test/support/measure-store';
import type { Figure } from './targets';

const ACTORS = [1, 5, 50, 200];

const OBJECTS = [17, 102];

export async function storeFigure(): Promise<Figure> {
  const ratios: number[] = [];
  for (const objects of OBJECTS) {
    for (const actors of ACTORS) {
      const measured = perObject(await measureStore({ actors, objects, perBatch: 1 }), objects);
      const model = stateUse({ actors, buckets: 1, objectsPerBucket: objects, objectsPerEvaluation: 1 });
      ratios.push(measured.writeUnits / model.writeUnits, measured.readUnits / model.readUnits);
    }
  }
  return {
    name: 'store',
    value: Math.max(...ratios),
    note: `${ACTORS.join(', ')} actors an object, ${OBJECTS.join(' and ')} objects a bucket`,
  };
}
