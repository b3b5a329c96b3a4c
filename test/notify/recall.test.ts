import { METRICS } from '../../lambda/ports';
import { burst, World } from '../support/detector-world';
import { iamUser, roleSession, sweep, T0 } from '../support/records';

const DAY = 86_400;

/** How many earlier alerts each alert was compared with, by the time of its calls. */
const earlierOf = (world: World) =>
  world
    .published('alert')
    .map(({ window, recurrence }) => [window.start.slice(0, 16), recurrence?.earlier_alerts] as const)
    .sort();

const [DAY_0, DAY_1, DAY_2] = ['2026-11-24T04:00', '2026-11-25T04:00', '2026-11-26T04:00'];

describe('an alert', () => {
  it('is compared with the earlier ones of its identity', async () => {
    const world = await new World().play(
      [0, burst(0)],
      [DAY, burst(DAY), burst(DAY, iamUser('eve'))],
      [2 * DAY, burst(2 * DAY)],
    );
    expect(earlierOf(world)).toEqual([
      [DAY_0, 0],
      [DAY_1, 0],
      [DAY_1, 1],
      [DAY_2, 2],
    ]);
  });

  it('is compared with the same, in whatever order a batch has them', async () => {
    const world = await new World().play([0, burst(120), burst(0), burst(60)]);
    expect(earlierOf(world).map(([, earlier]) => earlier)).toEqual([0, 1, 2]);
  });

  it('of a role is compared with those of its other sessions', async () => {
    const world = new World();
    for (const day of [0, 1]) await world.play([day * DAY, burst(day * DAY, roleSession('ci', `run-${day}`))]);
    expect(world.published('alert').at(-1)!.recurrence).toMatchObject({
      identity: 'arn:aws:iam::111122223333:role/ci',
      earlier_alerts: 1,
    });
  });

  it('never counts itself: not when it is published again, nor when it grew', async () => {
    const world = new World({ followUpMinutes: 15 });
    await world.play([0, burst(0)]);
    world.failPublishing = true;
    world.deliver(burst(DAY));
    world.now = T0 + DAY + 100;
    await world.run(world.now + 400);
    world.failPublishing = false;
    world.announceAgain();
    await world.run(world.now + 60);
    world.deliver(sweep({ regions: 12, at: T0 + DAY }).slice(10));
    await world.run();
    expect(earlierOf(world).at(-1)).toEqual([DAY_1, 1]);
    expect(world.published('follow-up').map(({ recurrence }) => recurrence?.earlier_alerts)).toEqual([1]);
  });

  it('of a replay is compared within the replay', async () => {
    const world = await new World().play([0, burst(0)]);
    world.deliver(burst(0), 'first');
    await world.run();
    world.deliver(burst(DAY), 'first');
    await world.run();
    const [, first, second] = world.published('alert');
    expect(first!.recurrence).toMatchObject({ memory: 'replay', earlier_alerts: 0 });
    expect(second!.recurrence).toMatchObject({ memory: 'replay', earlier_alerts: 1 });
  });

  it('is published without, where what is remembered cannot be read', async () => {
    const world = await new World().play([0, burst(0)]);
    const { readItem } = world.store;
    world.store.readItem = (key) =>
      key.partitionKey.endsWith('/actors')
        ? Promise.reject(new Error('not readable'))
        : readItem.call(world.store, key);
    await world.play([DAY, burst(DAY)]);
    expect(world.counts.get(METRICS.alerts)).toBe(2);
    expect(world.published('alert')[1]!.recurrence).toBeUndefined();
    expect(world.logged.map(({ message }) => message)).toContain('earlier alerts not known');
  });
});
