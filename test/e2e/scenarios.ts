import { Random } from '../../bin/synthetic-trail/random';
import { writeControlMessage } from '../../lambda/messages/control-message';
import type { ArrivedAlert } from './inbox';
import { mixedNotices, s3Event, TRIALS } from './notices';
import { consoleTrail, generatedTrail, hasConsoleTrail, type KnownTrail, keyOf, sweepObjects, userOf } from './trails';
import type { World } from './world';

/** Declares every scenario for a world that `start` makes. */
export function allScenarios(start: () => Promise<World>): void {
  let started: World | undefined;
  const world = () => started!;
  beforeAll(async () => {
    started = await start();
  });
  afterAll(() => started?.close());

  describe('deliveries', () => deliveryScenarios(world));
  describe('dead letters', () => deadLetterScenarios(world));
  describe('follow-ups', () => followUpScenarios(world));
  describe('replays', () => replayScenarios(world));
  describe('races', () => raceScenarios(world));
}

/** Objects uploaded before their notices are sent, together. */
const CHUNK = 60;

/** Share of objects announced twice. */
const TWICE = 0.25;

/** Whole trails, delivered as AWS does it: in any order, twice, in every envelope. */
function deliveryScenarios(world: () => World): void {
  if (!hasConsoleTrail) process.stderr.write('e2e: no ../shared/trails/console here; generated trails only\n');

  const itWithConsole = hasConsoleTrail ? it : it.skip;
  itWithConsole('publishes the three sweeps of the recorded console sessions once each', async () => {
    const account = world().runtime.isFresh ? '111122223333' : world().newAccount();
    await deliverAndExpect(consoleTrail(account), account, world());
  });

  it('publishes the sweeps of a generated trail once each', async () => {
    const account = world().newAccount();
    const trail = generatedTrail(account, world().runtime.seed);
    expect(trail.detections).toHaveLength(3);
    await deliverAndExpect(trail, account, world());
  });
}

async function deliverAndExpect(trail: KnownTrail, account: string, world: World): Promise<void> {
  await deliverMixed(trail, account, world);
  await world.settled();
  await world.runtime.passTime(world.runtime.followUpSeconds);
  // An alert goes out with the tenth region; the others, where they came later, are in its follow-up.
  const all = await world.until('the final extent of every alert', async () => {
    const arrived = await world.inbox.alertsOf(account);
    const final = arrived.filter(({ ecs }) => ecs.regionsweep.region_count === trail.regions);
    return new Set(final.map(identityOf)).size >= trail.detections.length ? arrived : undefined;
  });
  const alerts = all.filter(({ ecs }) => ecs.regionsweep.kind === 'alert');
  expect(alerts.map(identityOf).sort()).toEqual(
    trail.detections.map(({ windowStart, actor }) => JSON.stringify([windowStart, actor])).sort(),
  );
  for (const { windowStart, actor, calls } of trail.detections) {
    const own = all.filter((one) => identityOf(one) === JSON.stringify([windowStart, actor]));
    expectOneAlert(own, account);
    expect(own.at(-1)!.ecs.regionsweep).toMatchObject({
      region_count: trail.regions,
      call_count: calls,
      call_count_is_lower_bound: false,
    });
    expect(own.at(-1)!.ecs.cloud.region).toHaveLength(trail.regions);
  }
}

/** The window's first second and the actor. */
function identityOf({ ecs: { regionsweep } }: ArrivedAlert): string {
  return JSON.stringify([Date.parse(regionsweep.window.start) / 1000, regionsweep.actor]);
}

const attributesOf = (account: string) => ({
  rule_id: 'ec2-multi-region-describe-instances',
  severity: 'low',
  account_id: account,
});

function expectOneAlert(arrived: readonly ArrivedAlert[], account: string): void {
  expect(arrived.map(({ ecs }) => ecs.regionsweep.kind)).toEqual(['alert', 'follow-up'].slice(0, arrived.length));
  expect(new Set(arrived.map(({ ecs }) => ecs.regionsweep.alert_id)).size).toBe(1);
  for (const { attributes, subject, ecs } of arrived) {
    const { kind, signals, ...others } = attributes;
    // The recorded trail is years old.
    const isOld = ecs.regionsweep.from_history === true;
    expect(kind).toBe(isOld ? 'history' : ecs.regionsweep.kind);
    expect(JSON.parse(signals!)).toEqual(ecs.regionsweep.signals);
    expect(others).toEqual({ ...attributesOf(account), verdict: ecs.regionsweep.verdict });
    expect(subject).toMatch(/^(\[FROM HISTORY\] )?regionsweep low: [\x20-\x7e]{1,82}$/);
    expect(subject.startsWith('[FROM')).toBe(isOld);
    expect(ecs.regionsweep.region_count).toBeGreaterThanOrEqual(10);
    const { start, end } = ecs.regionsweep.window;
    expect(Date.parse(end) - Date.parse(start)).toBe(30_000);
    expect(ecs.cloud.account?.id).toBe(account);
  }
}

async function deliverMixed({ objects }: KnownTrail, account: string, world: World): Promise<void> {
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

/** What cannot be read ends in the dead letters, and counts after all once it is mended. */
function deadLetterScenarios(world: () => World): void {
  it('keeps a damaged object in the dead letters until a redrive completes its alert', async () => {
    const { runtime } = world();
    const account = world().newAccount();
    const objects = sweepObjects({ account, actor: userOf(account), regions: 10 });
    const [damaged, ...sound] = objects as [(typeof objects)[number], ...typeof objects];
    // A redrive moves whatever is there.
    expect(await world().deadLetters()).toBe(0);
    await world().upload([...sound, { ...damaged, body: damaged.body.subarray(0, damaged.body.length / 2) }]);
    await world().announce(objects);

    await world().untilDead(1);
    expect(await world().inbox.alertsOf(account)).toEqual([]);
    if (runtime.log !== undefined) {
      const lines = runtime.log().filter((line) => line.includes('message failed') && line.includes(damaged.key));
      expect(lines.length).toBeGreaterThan(0);
      for (const line of lines) {
        expect(JSON.parse(line)).toMatchObject({
          level: 'ERROR',
          message: 'message failed',
          where: expect.stringContaining(damaged.key),
          reason: expect.stringContaining('cut short'),
        });
      }
    }

    await world().upload([damaged]);
    await world().redrive();
    const alerts = await world().alertsOf(account, 1);
    expect(alerts.map(({ ecs }) => ecs.regionsweep.region_count)).toEqual([10]);
    expect(await world().deadLetters()).toBe(0);
  });
}

/** What comes after an alert is published once more, and only if it adds a region. */
function followUpScenarios(world: () => World): void {
  const published = async (account: string, count: number) =>
    (await world().alertsOf(account, count)).map(({ attributes, ecs }) => [
      attributes.kind,
      ecs.regionsweep.region_count,
    ]);

  it('publishes the final extent once when late objects add regions', async () => {
    const account = world().newAccount();
    const sweep = { account, actor: userOf(account) };
    await world().deliver(sweepObjects({ ...sweep, regions: 10 }));
    expect(await published(account, 1)).toEqual([['alert', 10]]);
    await world().deliver(sweepObjects({ ...sweep, regions: 4, skip: 10 }));
    expect(await published(account, 1)).toEqual([['alert', 10]]);

    await world().runtime.passTime(world().runtime.followUpSeconds);
    expect(await published(account, 2)).toEqual([
      ['alert', 10],
      ['follow-up', 14],
    ]);
    const [alert, followUp] = await world().alertsOf(account, 2);
    expect(followUp!.ecs.regionsweep.alert_id).toBe(alert!.ecs.regionsweep.alert_id);
    expect(JSON.parse(followUp!.text)).toMatchObject({ regionsweep: { kind: 'follow-up', regions_before: 10 } });
    expect(followUp!.subject).toContain('follow-up');

    await world().deliver(sweepObjects({ ...sweep, regions: 2, skip: 14 }));
    await world().runtime.passTime(world().runtime.followUpSeconds);
    await published(account, 2);
  });

  it('publishes nothing when nothing was added', async () => {
    const account = world().newAccount();
    const objects = sweepObjects({ account, actor: userOf(account), regions: 10 });
    await world().deliver(objects);
    await world().deliver(objects.slice(0, 3));
    await world().runtime.passTime(world().runtime.followUpSeconds);
    expect(await published(account, 1)).toEqual([['alert', 10]]);
  });
}

/** Replays through the queue are marked, and live state knows nothing of them. */
function replayScenarios(world: () => World): void {
  it('marks the alert of a replay, and leaves live state as it was', async () => {
    const { places, runtime } = world();
    const account = world().newAccount();
    const replayId = `e2e-${Random.seeded(runtime.seed, account).alphanumeric(12)}`;
    const objects = sweepObjects({ account, actor: userOf(account), regions: 10 });
    await world().upload(objects);
    await world().announce(objects.slice(0, 4));
    await world().settled();
    const before = await world().liveItems(account);
    expect(before).toHaveLength(4);

    const { bucket } = places;
    await world().send(objects.map(({ key }) => writeControlMessage({ kind: 'object', replayId, bucket, key })));
    const [replayed] = await world().alertsOf(account, 1);
    expect(replayed!.attributes).toMatchObject({ ...attributesOf(account), kind: 'alert', replay_id: replayId });
    expect(replayed!.subject).toContain(`[REPLAY ${replayId}] `);
    expect(JSON.parse(replayed!.text)).toMatchObject({ regionsweep: { replay_id: replayId } });
    expect(await world().liveItems(account)).toEqual(before);

    await world().announce(objects);
    const [, live] = await world().alertsOf(account, 2);
    expect(live!.attributes).not.toHaveProperty('replay_id');
    expect(live!.subject).not.toContain('REPLAY');
    expect(live!.ecs.regionsweep.alert_id).toBe(replayed!.ecs.regionsweep.alert_id);
  });
}

const RACES = 8;

/** Functions that learn of the tenth region at the same moment. */
function raceScenarios(world: () => World): void {
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
    await runtime.deliverAtOnce([
      s3Event(places.bucket, keys.slice(known, half)),
      s3Event(places.bucket, keys.slice(half)),
    ]);
    const [alert] = await world().alertsOf(account, 1);
    expect(alert!.ecs.regionsweep.region_count).toBeGreaterThanOrEqual(10);
  });
}
