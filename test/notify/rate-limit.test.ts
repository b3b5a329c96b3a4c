import { burst, World } from '../support/detector-world';
import { iamUser, T0 } from '../support/records';

it('an alert that is held while the notice of its interval is made up is in the next one', async () => {
  const world = new World({ capAlerts: 2 });
  // A second before the interval is over; its notice is published five seconds after it.
  await world.run(T0 + 299);
  world.deliver(['one', 'two', 'three'].flatMap((name) => burst(0, iamUser(name))));
  let entries = 0;
  world.before = async (what) => {
    if (!what.includes('journal')) return;
    entries += 1;
    // The third entry: after an alert published, and one held, which has the notice sent.
    if (entries !== 3) return;
    world.before = async () => undefined;
    await world.run(T0 + 306);
  };
  await world.run();
  expect(entries).toBe(3);
  expect(world.published('notice').map(({ held_count }) => held_count)).toEqual([1, 1]);
  expect(world.published('alert')).toHaveLength(1);
});
