import { METRICS } from '../../lambda/metric-names';
import { iamUser } from '../support/records';
import { burst } from './bursts';
import { World } from './world';

const actors = ['eve', 'oscar', 'trudy'].map((name) => iamUser(name));

/** Three hits of one account under a cap that lets one through. */
async function threeHits(replayId?: string): Promise<World> {
  const world = new World({ most: 2 });
  for (const actor of actors) world.deliver(burst(0, actor), replayId);
  await world.run();
  expect(world.told('alert')).toHaveLength(1);
  return world;
}

it('counts objects read and alerts held back, for the alarms', async () => {
  const { counts } = await threeHits();
  expect(counts.get(METRICS.objectsRead)).toBe(3);
  expect(counts.get(METRICS.alertsHeldBack)).toBe(2);
});

it('counts neither of a replay: it must not pass for a living trail, nor for a flood of alerts', async () => {
  const { counts, logged } = await threeHits('r-1');
  expect(counts.get(METRICS.objectsRead)).toBeUndefined();
  expect(counts.get(METRICS.alertsHeldBack)).toBeUndefined();
  expect(counts.get(METRICS.recordsRead)).toBe(30);
  const read = logged.filter(({ message }) => message === 'object read').map(({ fields }) => fields.replayId);
  expect(read).toEqual(['r-1', 'r-1', 'r-1']);
});
