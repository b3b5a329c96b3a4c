import { Random } from '../../../bin/synthetic-trail/random';
import { s3Event } from '../notices';
import { sweepObjects, userOf } from '../trails';
import type { World } from '../world';

const RACES = 12;

/** Functions that learn of the tenth region at the same moment. */
export function raceScenarios(world: () => World): void {
  it.each(Array.from({ length: RACES }, (_, race) => race))('publishes once, race %i', async (race) => {
    const { places, runtime } = world();
    const account = world().newAccount();
    const random = Random.seeded(runtime.seed, 'race', race);
    const objects = random.shuffle(sweepObjects({ account, actor: userOf(account), regions: 11 }));
    // Nine are known and each racer brings one that completes the alert; or the racers share more of them.
    const known = race % 2 === 0 ? 9 : random.integer(0, 8);
    await world().upload(objects);
    const keys = objects.map(({ key }) => key);
    if (known > 0) await world().send([s3Event(places.bucket, keys.slice(0, known))]);
    await world().settled();
    expect(await world().inbox.alertsOf(account)).toEqual([]);

    const half = Math.ceil((keys.length - known) / 2) + known;
    await world().runtime.deliverAtOnce([
      s3Event(places.bucket, keys.slice(known, half)),
      s3Event(places.bucket, keys.slice(half)),
    ]);
    const alerts = await world().until('the alert', async () => {
      const arrived = await world().inbox.alertsOf(account);
      return arrived.length > 0 ? arrived : undefined;
    });
    expect(alerts[0]!.ecs.regionsweep.region_count).toBeGreaterThanOrEqual(10);
    await world().settled();
    expect(await world().inbox.alertsOf(account)).toHaveLength(1);
  });
}
