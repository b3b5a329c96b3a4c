import fc from 'fast-check';
import { renderEcs } from '../../lambda/alert/render/ecs';
import { layoutsOf, someRecords } from '../support/layouts';
import { holds } from '../support/properties';
import { document } from '../support/records';
import { type MemoryObject, objectsOf, type Replayed, replayed } from '../support/replay';

const parameters = fc.record({
  minRegions: fc.integer({ min: 2, max: 4 }),
  minCalls: fc.integer({ min: 1, max: 9 }),
  windowSeconds: fc.constantFrom(10, 30),
  windowing: fc.constantFrom('tumbling', 'sliding'),
  groupBy: fc.constantFrom('arn', 'issuer'),
});

/** What is found around the calls depends on which other records lie in the same objects. */
const AROUND = [
  'objects',
  'other_calls',
  'sign_ins',
  'neighbours',
  'sibling_sessions',
  'distinct_counts',
  'search',
  'facts',
  'outside_window',
  'reopened_regions',
  'signals',
  'verdict',
  'verdict_reasons',
  'guide',
];

/** The alerts, but for the names of the objects and for what was found around the calls. */
function alertsOf({ alerts }: Replayed): string {
  const rendered = alerts.map((alert) => {
    const { regionsweep, ...ecs } = renderEcs(alert);
    const own = Object.entries(regionsweep).filter(([field]) => !AROUND.includes(field));
    return { ...ecs, regionsweep: Object.fromEntries(own) };
  });
  return JSON.stringify(rendered, null, 1);
}

it('gives the same alerts for the same records, however they are delivered', async () => {
  let alerting = 0;
  const world = someRecords.chain((records) => fc.tuple(fc.constant(records), layoutsOf(records)));
  const property = fc.asyncProperty(world, parameters, async ([records, layout], rule) => {
    const settings = { parameters: rule };
    const at = async (objects: readonly MemoryObject[]) => replayed(objects, settings);
    const plain = await at(objectsOf(document(records)));
    const delivered = await at(layout);
    expect(alertsOf(delivered)).toBe(alertsOf(plain));
    expect(delivered.totals.failedObjects).toBe(0);
    if (plain.alerts.length > 0) alerting += 1;
  });
  await holds(200, property);
  expect(alerting).toBeGreaterThan(50);
});
