import { MAX_CLAIMS } from '../../lambda/notify/claims';
import { burst, World } from '../support/detector-world';
import { iamUser, T0 } from '../support/records';

it('a lease is no reason to acknowledge the message that it is for, should that be received twice', async () => {
  const world = new World();
  world.deliver(burst(0));
  world.before = async (what) => {
    if (what !== 'alert') return;
    world.before = async () => undefined;
    world.redeliver();
    await world.run(world.now + 1);
    world.failPublishing = true;
  };
  await world.run(T0 + 200);
  expect(world.kinds).toEqual([]);
  world.failPublishing = false;
  await world.run();
  expect(world.kinds).toEqual(['alert']);
});

describe('more detections in one bucket than are claimed at a time', () => {
  const decoys = Array.from({ length: MAX_CLAIMS + 50 }, (_, i) => burst(0, iamUser(`decoy-${i}`))).flat();
  const other = 'arn:aws:iam::444455556666:user/mallory';

  async function flooded(until?: number): Promise<World> {
    const world = new World({ capAlerts: 20 });
    world.deliver(decoys);
    world.deliver(burst(0, iamUser('mallory', '444455556666')));
    await world.run(until);
    return world;
  }

  it('delay no alert of another account, and are published before what is held is recorded', async () => {
    const world = await flooded(T0 + 101);
    expect(world.published('alert').map(({ actor }) => actor)).toContain(other);
    const throttled = 'throttled by the rate limit';
    const done = world.logged.map(({ message }) => message).filter((one) => ['published', throttled].includes(one));
    expect(done.slice(0, 11)).toEqual([...Array(11).fill('published')]);
    expect(done.indexOf(throttled)).toBe(done.lastIndexOf('published') + 1);
  });

  it('are all published or held, each once', async () => {
    const actors = (await (await flooded()).history()).map(({ actor }) => actor);
    expect(new Set(actors).size).toBe(actors.length);
    expect(actors).toHaveLength(MAX_CLAIMS + 51);
  });
});
