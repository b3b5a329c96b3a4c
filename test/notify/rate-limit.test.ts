import { burst } from '../support/bursts';
import { World } from '../support/detector-world';
import { iamUser, T0 } from '../support/records';

it('an alert that is held while the notice of its interval is made up is in the next one', async () => {
  const world = new World({ most: 2 });
  // A second before the interval is over; its notice is told five seconds behind it.
  await world.run(T0 + 299);
  world.deliver(['one', 'two', 'three'].flatMap((name) => burst(0, iamUser(name))));
  let noted = 0;
  world.before = async (what) => {
    if (what?.includes('journal') !== true) return;
    noted += 1;
    // The third entry: an alert told, and one held back, which has asked for the notice.
    if (noted !== 3) return;
    world.before = async () => undefined;
    await world.run(T0 + 306);
  };
  await world.run();
  expect(noted).toBe(3);
  expect(world.told('notice').map(({ held_count }) => held_count)).toEqual([1, 1]);
  expect(world.told('alert')).toHaveLength(1);
});
