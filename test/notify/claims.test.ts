import { MAX_CLAIMS } from '../../lambda/notify/claims';
import { burst, journalOf } from '../support/bursts';
import { World } from '../support/detector-world';
import { iamUser, T0 } from '../support/records';

it('is no reason to acknowledge the message that it is for, should that be handed out twice', async () => {
  const world = new World();
  world.deliver(burst(0));
  world.before = async (what) => {
    if (what !== 'alert') return;
    world.before = async () => undefined;
    world.handOutAgain();
    await world.run(world.now + 1);
    world.failPublishing = true;
  };
  await world.run(T0 + 200);
  expect(world.published).toEqual([]);
  world.failPublishing = false;
  await world.run();
  expect(world.published.map(({ attributes }) => attributes.kind)).toEqual(['alert']);
});

describe('more hits in one bucket than are claimed at a time', () => {
  const decoys = Array.from({ length: MAX_CLAIMS + 50 }, (_, i) => burst(0, iamUser(`decoy-${i}`))).flat();
  const other = 'arn:aws:iam::444455556666:user/mallory';

  async function flooded(): Promise<World> {
    const world = new World({ most: 20 });
    world.deliver(decoys);
    world.deliver(burst(0, iamUser('mallory', '444455556666')));
    return world;
  }

  it('keep no alert of another account waiting', async () => {
    const world = await flooded();
    await world.run(T0 + 101);
    expect(world.told('alert').map(({ actor }) => actor)).toContain(other);
  });

  it('are all told or held back, each once', async () => {
    const world = await flooded();
    await world.run();
    const actors = (await journalOf(world)).map(({ actor }) => actor);
    expect(new Set(actors).size).toBe(actors.length);
    expect(actors).toHaveLength(MAX_CLAIMS + 51);
  });

  it('are told before what is held back is noted', async () => {
    const world = await flooded();
    await world.run(T0 + 101);
    const done = world.logged
      .map(({ message }) => message)
      .filter((message) => ['published', 'throttled by the rate limit'].includes(message));
    expect(done.slice(0, 11)).toEqual([...Array(11).fill('published')]);
    expect(done.indexOf('throttled by the rate limit')).toBe(done.lastIndexOf('published') + 1);
  });
});
