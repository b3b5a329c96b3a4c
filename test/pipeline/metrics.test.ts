import { ServiceError } from '../../lambda/errors';
import { METRICS, type TopicMessage } from '../../lambda/ports';
import { burst, TIMEOUT, World } from '../support/detector-world';
import { iamUser, T0 } from '../support/records';

const bursts = ['eve', 'oscar', 'trudy'].map((name) => burst(0, iamUser(name)));

/** Three detections of one account under a rate limit that admits one. */
async function throttled(replayId?: string): Promise<World> {
  const world = new World({ capAlerts: 2 });
  for (const one of bursts) world.deliver(one, replayId);
  await world.run();
  expect(world.published('alert')).toHaveLength(1);
  return world;
}

it('counts objects read and alerts held, for the alarms', async () => {
  const { counts } = await throttled();
  expect(counts.get(METRICS.objectsRead)).toBe(3);
  expect(counts.get(METRICS.alertsHeldBack)).toBe(2);
});

it('counts neither of a replay: it must not pass for a living trail, nor for a flood of alerts', async () => {
  const { counts, logged } = await throttled('r-1');
  expect(counts.get(METRICS.objectsRead)).toBeUndefined();
  expect(counts.get(METRICS.alertsHeldBack)).toBeUndefined();
  expect(counts.get(METRICS.recordsRead)).toBe(30);
  const read = logged.filter(({ message }) => message === 'object read').map(({ fields }) => fields.replayId);
  expect(read).toEqual(['r-1', 'r-1', 'r-1']);
});

it.each<[string, number, (world: World) => void]>([
  ['none where all is well', 0, () => undefined],
  ['those that are damaged', 1, (world) => world.deliver('{"Records":[{"a":')],
  [
    'those that the state store refuses',
    1,
    ({ store }) => {
      jest.spyOn(store, 'putTally').mockRejectedValueOnce(new ServiceError('throttled'));
    },
  ],
  [
    'when the topic refuses, as many as an alert may be due to',
    3,
    (world) => {
      world.failPublishing = true;
    },
  ],
])('counts as failed objects %s', async (_, failed, cause) => {
  const world = new World();
  cause(world);
  for (const one of bursts) world.deliver(one);
  await world.run(world.now + 1);
  expect(world.counts.get(METRICS.objectsFailed)).toBe(failed);
});

it('does not count as failed objects those that are deferred', async () => {
  const world = new World();
  // Reading the first one takes all the time.
  const late = jest.spyOn(world.store, 'putTally').mockImplementationOnce(async () => {
    world.now += TIMEOUT - 15;
  });
  for (const one of bursts) world.deliver(one);
  await world.run(world.now + 1);
  expect(late).toHaveBeenCalledTimes(1);
  const reasons = world.logged.map(({ fields }) => fields.reason);
  expect(reasons).toContain('deferred: not enough time left');
  expect(world.counts.get(METRICS.objectsFailed)).toBe(0);
});

describe('what is old', () => {
  const days = (count: number) => count * 86_400;

  it('is published as history where the state store may have forgotten it, and never pages as an alert', async () => {
    const world = new World();
    world.now = T0 + days(36);
    world.deliver(burst(0));
    await world.run();
    expect(world.kinds).toEqual(['history']);
    const [{ subject, body }] = world.messages as [TopicMessage];
    expect(subject).toMatch(/^\[FROM HISTORY\] regionsweep low: /);
    const { email, sqs } = JSON.parse(body);
    expect(email).toContain('[FROM HISTORY]');
    expect(JSON.parse(sqs).regionsweep).toMatchObject({ kind: 'alert', from_history: true });
  });

  it('is an alert like any other before, and on a replay', async () => {
    const world = new World();
    world.now = T0 + days(34);
    world.deliver(burst(0));
    await world.run();
    world.now = T0 + days(40);
    world.deliver(burst(0), 'r-1');
    await world.run();
    expect(world.kinds).toEqual(['alert', 'alert']);
    expect(world.messages.map(({ subject }) => subject.includes('HISTORY'))).toEqual([false, false]);
  });

  it('does not pass for a living trail when it is announced again', async () => {
    const world = new World();
    world.deliver(burst(0));
    await world.run();
    world.now += days(1.1);
    world.announceAgain();
    await world.run();
    expect(world.counts.get(METRICS.objectsRead)).toBe(1);
    expect(world.counts.get(METRICS.oldObjectsRead)).toBe(1);
  });
});

it('counts objects that were deleted before they were read, but for those of replays', async () => {
  const world = new World();
  const gone = (replayId?: string) => {
    world.deliver(burst(0), replayId);
    world.remove();
  };
  gone();
  gone('r-1');
  await world.run();
  expect(world.counts.get(METRICS.objectsGone)).toBe(1);
  expect(world.logged.map(({ message }) => message)).toContain('object gone');
});
