import { Random } from '../../../bin/synthetic-trail/random';
import { replayNotice, s3Event } from '../notices';
import { sweepObjects, userOf } from '../trails';
import type { World } from '../world';

/** Replays through the queue are marked, and live state knows nothing of them. */
export function replayScenarios(world: () => World): void {
  const alertsOf = async (account: string, count: number) => {
    const arrived = await world().until(`${count} alerts`, async () => {
      const alerts = await world().inbox.alertsOf(account);
      return alerts.length >= count ? alerts : undefined;
    });
    await world().settled();
    expect(await world().inbox.alertsOf(account)).toHaveLength(count);
    return arrived;
  };

  it('marks the alert of a replay, and leaves live state as it was', async () => {
    const { places, runtime } = world();
    const account = world().newAccount();
    const replayId = `e2e-${Random.seeded(runtime.seed, account).alphanumeric(12)}`;
    const objects = sweepObjects({ account, actor: userOf(account), regions: 10 });
    await world().upload(objects);
    const live = objects.slice(0, 4).map(({ key }) => s3Event(places.bucket, [key]));
    await world().send(live);
    await world().settled();
    const before = await world().liveItems(account);
    expect(before).toHaveLength(4);

    await world().send(objects.map(({ key }) => replayNotice(places.bucket, key, replayId)));
    const [replayed] = await alertsOf(account, 1);
    expect(replayed!.attributes).toEqual({
      rule_id: 'ec2-multi-region-describe-instances',
      severity: 'low',
      account_id: account,
      kind: 'alert',
      replay_id: replayId,
    });
    expect(replayed!.subject).toContain(`[REPLAY ${replayId}] `);
    expect(JSON.parse(replayed!.text)).toMatchObject({ regionsweep: { replay_id: replayId } });
    expect(await world().liveItems(account)).toEqual(before);

    await world().send(objects.map(({ key }) => s3Event(places.bucket, [key])));
    const [, told] = await alertsOf(account, 2);
    expect(told!.attributes).not.toHaveProperty('replay_id');
    expect(told!.subject).not.toContain('REPLAY');
    expect(told!.ecs.regionsweep.alert_id).toBe(replayed!.ecs.regionsweep.alert_id);
  });
}
