import { evenArrivals, oneBucket } from '../../bench/growth/arrivals';
import { type Arrival, GrowingWorld } from '../../bench/growth/growing-world';
import { loadObject } from '../support/detector-load';
import { document, REGIONS, sweep, T0 } from '../support/records';

/** A sweep whose last region lands in the midst of the others' objects. */
function sweepArrivals(account: string): Arrival[] {
  return sweep({ regions: 10 }).map((call, index) => ({
    at: T0 + 400 + index * 0.5,
    object: {
      ...loadObject({ account, index: 9_000 + index, region: REGIONS[index]!, actors: 0 }),
      body: Buffer.from(document([call])),
    },
  }));
}

function merged(...lists: readonly Iterable<Arrival>[]): Arrival[] {
  return lists.flatMap((list) => [...list]).sort((a, b) => a.at - b.at);
}

const CROWD = { objects: 60, actors: 20, seconds: 6 } as const;

function crowded(limits: { reads: number; writes: number }): Promise<GrowingWorld> {
  const crowd = oneBucket(CROWD.objects, CROWD.actors, CROWD.seconds);
  const arrivals = merged(crowd, sweepArrivals('111122223333'));
  return new GrowingWorld({ arrivals, limits, batchSize: 1 }).run();
}

describe('a partition that is asked for more than it gives', () => {
  it('throttles, which is retried; what fails comes back; all is handled and the alert published once', async () => {
    const world = await crowded({ reads: 12, writes: 20 });
    const { throttled, refused } = world.meter.totals;
    expect(throttled).toBeGreaterThan(0);
    expect(refused).toBeGreaterThan(0);
    expect(world.failures).toBeGreaterThan(0);
    expect(world.oldest).toBeGreaterThan(360);
    expect(world).toMatchObject({ handled: CROWD.objects + 10, deadLetters: 0, published: 1 });
  });

  it('throttles nothing if there is room', async () => {
    const world = await crowded({ reads: 3_000, writes: 1_000 });
    expect(world.meter.totals).toMatchObject({ throttled: 0, refused: 0 });
    expect(world).toMatchObject({ handled: CROWD.objects + 10, failures: 0, published: 1 });
    expect(world.oldest).toBeLessThan(5);
  });
});

it('more than the functions can read waits in the queue, and is read', async () => {
  const arrivals = evenArrivals({
    ...{ accounts: 10_000, regions: 17, objectsPerHour: 12, seconds: 5 },
    ...{ matchedShare: 0.17, actors: 1 },
  });
  const world = await new GrowingWorld({ arrivals, maxConcurrency: 2, batchSize: 10 }).run();
  expect(world.mostConcurrent).toBe(2);
  expect(world.mostWaiting).toBeGreaterThan(500);
  expect(world).toMatchObject({ handled: 2_833, failures: 0, deadLetters: 0 });
});

it('accounts do not heat each other’s partitions', async () => {
  const load = { regions: 17, objectsPerHour: 12, matchedShare: 0.17, actors: 1 };
  const busiest = async (accounts: number) => {
    const arrivals = evenArrivals({ ...load, accounts, seconds: (400 / accounts) * 17 });
    return (await new GrowingWorld({ arrivals }).run()).meter.busiest('reads');
  };
  expect(await busiest(1_000)).toBeLessThanOrEqual((await busiest(1)) + 2);
});
