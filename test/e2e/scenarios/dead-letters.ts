import { s3Event } from '../notices';
import { sweepObjects, userOf } from '../trails';
import type { World } from '../world';

/** What cannot be read ends in the dead letters, and counts after all once it is mended. */
export function deadLetterScenarios(world: () => World): void {
  it('keeps a damaged object in the dead letters until a redrive completes its alert', async () => {
    const { places, runtime } = world();
    const account = world().newAccount();
    const objects = sweepObjects({ account, actor: userOf(account), regions: 10 });
    const [damaged, ...sound] = objects;
    const cut = damaged!.body.subarray(0, damaged!.body.length / 2);
    // A redrive moves whatever is there.
    expect(await world().deadLetters()).toBe(0);
    await world().upload([...sound, { ...damaged!, body: cut }]);
    await world().send(objects.map(({ key }) => s3Event(places.bucket, [key])));

    await world().untilDead(1);
    expect(await world().inbox.alertsOf(account)).toEqual([]);
    if (runtime.log !== undefined) {
      const lines = runtime.log().filter((line) => line.includes('message failed') && line.includes(damaged!.key));
      expect(lines.length).toBeGreaterThan(0);
      for (const line of lines) {
        expect(JSON.parse(line)).toMatchObject({
          level: 'ERROR',
          message: 'message failed',
          where: expect.stringContaining(damaged!.key),
          reason: expect.stringContaining('cut short'),
        });
      }
    }

    await world().upload([damaged!]);
    await world().redrive();
    const alerts = await world().until('the alert that the mended object completes', async () => {
      const arrived = await world().inbox.alertsOf(account);
      return arrived.length > 0 ? arrived : undefined;
    });
    expect(alerts.map(({ ecs }) => ecs.regionsweep.region_count)).toEqual([10]);
    await world().settled();
    expect(await world().deadLetters()).toBe(0);
    expect(await world().inbox.alertsOf(account)).toHaveLength(1);
  });
}
