import { Random } from '../../../bin/synthetic-trail/random';
import type { ArrivedAlert } from '../inbox';
import { mixedNotices, TRIALS } from '../notices';
import { consoleTrail, generatedTrail, hasConsoleTrail, type KnownTrail, keyOf } from '../trails';
import type { World } from '../world';

/** Objects uploaded before their notices are sent, together. */
const CHUNK = 60;

/** Share of objects told of twice. */
const TWICE = 0.25;

/** Whole trails, delivered as AWS does it: in any order, twice, in every envelope. */
export function deliveryScenarios(world: () => World): void {
  if (!hasConsoleTrail) process.stderr.write('e2e: no ../shared/trails/console here; generated trails only\n');

  const itWithConsole = hasConsoleTrail ? it : it.skip;
  itWithConsole('tells the three sweeps of the recorded console sessions once each', async () => {
    const { runtime } = world();
    const account = runtime.isFresh ? '111122223333' : world().newAccount();
    await deliverAndExpect(consoleTrail(account), account, world());
  });

  it('tells the sweeps of a generated trail once each', async () => {
    const account = world().newAccount();
    const trail = generatedTrail(account, world().runtime.seed);
    expect(trail.detections).toHaveLength(3);
    await deliverAndExpect(trail, account, world());
  });
}

async function deliverAndExpect(trail: KnownTrail, account: string, world: World): Promise<void> {
  await deliver(trail, account, world);
  await world.settled();
  await world.runtime.passTime(world.runtime.followUpSeconds);
  // An alert goes out with the tenth region; the others, where they came later, are in its follow-up.
  const all = await world.until('the final extent of every alert', async () => {
    const arrived = await world.inbox.alertsOf(account);
    const final = arrived.filter(({ ecs }) => ecs.regionsweep.region_count === trail.regions);
    return new Set(final.map(identityOf)).size >= trail.detections.length ? arrived : undefined;
  });
  const alerts = all.filter(({ attributes }) => attributes.kind === 'alert');
  expect(alerts.map(identityOf).sort()).toEqual(
    trail.detections.map(({ windowStart, actor }) => JSON.stringify([windowStart, actor])).sort(),
  );
  for (const { windowStart, actor, calls } of trail.detections) {
    const told = all.filter((one) => identityOf(one) === JSON.stringify([windowStart, actor]));
    expectOneAlert(told, account);
    expect(told.at(-1)!.ecs.regionsweep).toMatchObject({
      region_count: trail.regions,
      call_count: calls,
      call_count_is_lower_bound: false,
    });
    expect(told.at(-1)!.ecs.cloud.region).toHaveLength(trail.regions);
  }
}

/** The window's first second and the actor. */
function identityOf({ ecs: { regionsweep } }: ArrivedAlert): string {
  return JSON.stringify([Date.parse(regionsweep.window.start) / 1000, regionsweep.actor]);
}

function expectOneAlert(told: readonly ArrivedAlert[], account: string): void {
  expect(told.map(({ attributes }) => attributes.kind)).toEqual(['alert', 'follow-up'].slice(0, told.length));
  expect(new Set(told.map(({ ecs }) => ecs.regionsweep.alert_id)).size).toBe(1);
  for (const { attributes, subject, ecs } of told) {
    expect(attributes).toEqual({
      rule_id: 'ec2-multi-region-describe-instances',
      severity: 'low',
      account_id: account,
      kind: expect.stringMatching(/^(alert|follow-up)$/),
    });
    expect(subject).toMatch(/^regionsweep low: [\x20-\x7e]{1,82}$/);
    expect(ecs.regionsweep.region_count).toBeGreaterThanOrEqual(10);
    const { start, end } = ecs.regionsweep.window;
    expect(Date.parse(end) - Date.parse(start)).toBe(30_000);
    expect(ecs.cloud.account?.id).toBe(account);
  }
}

async function deliver({ objects }: KnownTrail, account: string, world: World): Promise<void> {
  const random = Random.seeded(world.runtime.seed, 'deliveries', account);
  const { bucket } = world.places;
  const skipped = ['CloudTrail-Digest', 'CloudTrail-Insight'].map((kind) => keyOf(account, 'us-east-1', 'none', kind));
  const order = random.shuffle(objects);
  let again: string[] = [];
  for (let from = 0; from < order.length; from += CHUNK) {
    const chunk = order.slice(from, from + CHUNK);
    await world.upload(chunk);
    const keys = random.shuffle([...chunk.map(({ key }) => key), ...again]);
    await world.send(mixedNotices(bucket, keys, random));
    again = keys.filter(() => random.chance(TWICE));
  }
  await world.send([...mixedNotices(bucket, [...again, ...skipped], random), ...TRIALS]);
}
