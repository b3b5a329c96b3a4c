import { StateStoreError } from '../../lambda/errors';
import { METRICS } from '../../lambda/ports';
import { burst } from '../support/bursts';
import { TIMEOUT, World } from '../support/detector-world';
import { iamUser } from '../support/records';

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

describe('objects that fail', () => {
  const failedOf = async (trouble: (world: World) => void) => {
    const world = new World();
    trouble(world);
    for (const actor of actors) world.deliver(burst(0, actor));
    await world.run(world.now + 1);
    return world.counts.get(METRICS.objectsFailed);
  };

  it('are none where all is well', async () => expect(await failedOf(() => undefined)).toBe(0));

  it('are counted when they are damaged', async () => {
    expect(await failedOf((world) => world.deliverText('{"Records":[{"a":'))).toBe(1);
  });

  it('are counted when the ledger refuses', async () => {
    const refuse = (world: World) =>
      void jest.spyOn(world.store, 'putTally').mockRejectedValueOnce(new StateStoreError('throttled'));
    expect(await failedOf(refuse)).toBe(1);
  });

  it('are counted when the topic refuses, as many as an alert may be due to', async () => {
    const failed = await failedOf((world) => {
      world.failPublishing = true;
    });
    expect(failed).toBe(3);
  });

  it('are not those that only wait for time', async () => {
    const world = new World();
    // Reading the first one takes all that there is.
    const late = jest.spyOn(world.store, 'putTally').mockImplementationOnce(async () => {
      world.now += TIMEOUT - 15;
    });
    for (const actor of actors) world.deliver(burst(0, actor));
    await world.run(world.now + 1);
    expect(late).toHaveBeenCalledTimes(1);
    const waiting = world.logged.filter(({ fields }) => /not enough time left/.test(String(fields.reason)));
    expect(waiting).not.toEqual([]);
    expect(world.counts.get(METRICS.objectsFailed)).toBe(0);
  });
});
