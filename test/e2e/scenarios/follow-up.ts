import { s3Event } from '../notices';
import { type StoredObject, sweepObjects, userOf } from '../trails';
import type { World } from '../world';

/** What comes after an alert is told once more, and only if it adds a region. */
export function followUpScenarios(world: () => World): void {
  const deliver = async (objects: readonly StoredObject[]) => {
    await world().upload(objects);
    await world().send(objects.map(({ key }) => s3Event(world().places.bucket, [key])));
    await world().settled();
  };
  const arrived = (account: string, count: number) =>
    world().until(`${count} messages`, async () => {
      const alerts = await world().inbox.alertsOf(account);
      return alerts.length >= count ? alerts : undefined;
    });
  const told = async (account: string, count: number) =>
    (await arrived(account, count)).map(({ attributes, ecs }) => [attributes.kind, ecs.regionsweep.region_count]);

  it('tells the final extent once when late objects add regions', async () => {
    const account = world().newAccount();
    const sweep = { account, actor: userOf(account) };
    await deliver(sweepObjects({ ...sweep, regions: 10 }));
    expect(await told(account, 1)).toEqual([['alert', 10]]);
    await deliver(sweepObjects({ ...sweep, regions: 4, skip: 10 }));
    expect(await told(account, 1)).toEqual([['alert', 10]]);

    await world().runtime.passTime(world().runtime.followUpSeconds);
    expect(await told(account, 2)).toEqual([
      ['alert', 10],
      ['follow-up', 14],
    ]);
    const [alert, followUp] = await arrived(account, 2);
    expect(followUp!.ecs.regionsweep.alert_id).toBe(alert!.ecs.regionsweep.alert_id);
    expect(JSON.parse(followUp!.text)).toMatchObject({
      regionsweep: { kind: 'follow-up', regions_before: 10 },
    });
    expect(followUp!.subject).toContain('follow-up');

    await deliver(sweepObjects({ ...sweep, regions: 2, skip: 14 }));
    await world().runtime.passTime(world().runtime.followUpSeconds);
    expect(await told(account, 2)).toHaveLength(2);
  });

  it('says nothing when nothing was added', async () => {
    const account = world().newAccount();
    const objects = sweepObjects({ account, actor: userOf(account), regions: 10 });
    await deliver(objects);
    await deliver(objects.slice(0, 3));
    await world().runtime.passTime(world().runtime.followUpSeconds);
    expect(await told(account, 1)).toEqual([['alert', 10]]);
  });
}
