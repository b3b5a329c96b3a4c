import { DEFAULT_PARAMETERS } from '../../lambda/detection/rule';
import { bucketKey, LIVE } from '../../lambda/detection/store-keys';
import { encodeTally, tallyCalls } from '../../lambda/detection/tally';
import { readActivities } from '../../lambda/notify/claims';
import { MAX_CLAIMS } from '../../lambda/pipeline/batch';
import type { StateStore } from '../../lambda/state/store';
import type { ReadOptions } from '../../lambda/trail/object-reader';
import { storeWith } from '../support/detector';
import { burst, World } from '../support/detector-world';
import { MemoryStore } from '../support/memory-store';
import { iamUser, REGIONS, record, sweep, T0 } from '../support/records';

it('a lease is no reason to acknowledge the message that it is for, should that be received twice', async () => {
  const world = new World();
  world.deliver(burst(0));
  world.before = async (what) => {
    if (!what.startsWith('publish alert')) return;
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
    const actors = (await (await flooded()).journal()).map(({ actor }) => actor);
    expect(new Set(actors).size).toBe(actors.length);
    expect(actors).toHaveLength(MAX_CLAIMS + 51);
  });

  it('cost no other message its receives: what one invocation has no time for is evaluated by later ones', async () => {
    const world = new World({ capAlerts: 20, followUpMinutes: 1, requestSeconds: 0.1 });
    const names = Array.from({ length: 300 }, (_, i) => `flood-${i}`);
    world.deliver(names.flatMap((name) => burst(0, iamUser(name))));
    for (let object = 0; object < 20; object += 1) world.deliver(sweep({ regions: 1, at: T0 + object * 10 }));
    await world.run();
    const ids = (await world.journal()).filter(({ kind }) => kind !== 'follow-up').map(({ alertId }) => alertId);
    expect(ids).toHaveLength(300);
    expect(new Set(ids).size).toBe(300);
    expect(world.mostReceives).toBe(1);
  });
});

it('publishes what the first window leaves of a slow claim, even without another message about it', async () => {
  const world = new World({ parameters: { slowWindowSeconds: 120 } });
  const slow = (second: number, ...regions: readonly number[]) =>
    regions.map((region, index) =>
      record({ at: T0 + second + 10 * index, region: REGIONS[region]!, identity: iamUser('mallory') }),
    );
  // Its first calls lie in one bucket, the others in the next.
  world.deliver(slow(330, 3, 4, 5, 6, 7, 8, 9, 10, 11));
  await world.run(world.now + 1);
  world.deliver(slow(279, 0, 1, 2));
  world.before = async (what) => {
    if (!what.startsWith('publish alert')) return;
    world.before = async () => undefined;
    // It extends the claim, whose holder is at work, and is acknowledged.
    world.deliver(slow(420, 12));
    await world.run(world.now + 1);
    world.failPublishing = true;
  };
  await world.run(world.now + 10);
  world.failPublishing = false;
  world.deliver(sweep({ regions: 10, at: T0 + 271, pace: 0 }));
  await world.run();
  const published = world.published('alert').map(({ window }) => (Date.parse(window.start) / 1000 - T0).toFixed());
  expect(published).toEqual(['270', '330']);
});

it('a bucket that grows while its neighbour is read is read again: no two states of the store are mixed', async () => {
  const rule = { ...DEFAULT_PARAMETERS, windowing: 'sliding' } as const;
  const bucket = { partition: '111122223333', start: T0 };
  const put = (store: StateStore, name: string, second: number) => {
    const call = { actor: 'arn:aws:iam::111122223333:user/a', region: 'eu-west-1', second, callId: name };
    const parts = tallyCalls({ bucket: 'b', key: name }, [call], rule).flatMap((tally) => encodeTally(tally));
    return Promise.all(parts.map((part) => store.putTally(bucketKey(bucket, rule, LIVE), part, T0 + 9e9)));
  };
  const store = new MemoryStore();
  await put(store, 'one', T0 + 1);
  let reads = 0;
  const growing = storeWith(store, {
    async read(key) {
      reads += 1;
      // The neighbour, for the first time.
      if (reads === 2) await put(store, 'two', T0 + 2);
      return store.read(key);
    },
  });
  const { activities } = await readActivities(bucket, LIVE, { store: growing, reading: { rule } as ReadOptions });
  expect(activities.map(({ cells }) => cells.map(({ second }) => second - T0))).toEqual([[1, 2]]);
});
