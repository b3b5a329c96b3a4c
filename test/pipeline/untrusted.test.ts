import { DEFAULT_PARAMETERS } from '../../lambda/detection/rule';
import { encodeTally, MAX_PART_BYTES, tallyCalls } from '../../lambda/detection/tally';
import { leaseFor } from '../../lambda/notify/lease';
import { evidenceOf } from '../../lambda/notify/publish-claims';
import { MAX_ACTORS, tallyObject } from '../../lambda/pipeline/batch';
import { Failures, sortMessages } from '../../lambda/pipeline/messages';
import { METRICS } from '../../lambda/ports';
import { SILENT } from '../support/detector';
import { burst, World, type WorldSettings } from '../support/detector-world';
import { MemoryStore } from '../support/memory-store';
import { s3Event, s3Record } from '../support/notices';
import { document, iamUser, record, sweep, T0 } from '../support/records';
import { readingOf } from '../support/replay';

const sweepKey =
  'AWSLogs/111122223333/CloudTrail/eu-west-1/2026/11/24/111122223333_CloudTrail_eu-west-1_20261124T0405Z_0.json.gz';

const reasons = ({ logged }: World) => logged.map(({ fields }) => String(fields.reason));

describe('a notice of another trail on a shared topic', () => {
  it.each<[string, WorldSettings]>([
    ['another bucket', { trail: { bucket: 'our-trail', prefix: 'AWSLogs/' } }],
    ['another prefix', { trail: { bucket: 'org-trail-logs', prefix: 'audit/AWSLogs/' } }],
    ['another organization', { trail: { bucket: 'org-trail-logs', prefix: 'AWSLogs/o-a1b2c3d4e5/' } }],
  ])('is skipped and counted, not failed: %s', async (_, settings) => {
    const world = new World(settings);
    world.deliver(burst(0));
    await world.run();
    expect(world.counts.get(METRICS.objectsSkipped)).toBe(1);
    expect([world.mostReceives, world.kinds]).toEqual([1, []]);
    expect(world.logged).toMatchObject([{ message: 'object skipped', fields: { kind: 'of another trail' } }]);
  });

  it('is read where somebody replays it', async () => {
    const world = new World({ trail: { bucket: 'our-trail', prefix: 'AWSLogs/' } });
    world.deliver(burst(0), 'r-1');
    await world.run();
    expect(world.kinds).toEqual(['alert']);
  });
});

describe('a forged control message', () => {
  const notice = (intervalStart: number) =>
    JSON.stringify({ regionsweep: { v: 1, kind: 'cap-notice', intervalStart } });
  it.each([
    ['a notice of nothing', notice(T0 - 600), /no alert was throttled/],
    ['a notice of a far future', notice(9e9), /which is in the future/],
    ['a notice of a time before times', notice(-9e15), /not a control message of this version/],
    ['a time that is no second', notice(T0 + 0.5), /not a control message of this version/],
  ])('is refused: %s', async (_, body, reason) => {
    const world = new World();
    world.send(body);
    await world.run(T0 + 200);
    expect(world.kinds).toEqual([]);
    expect(reasons(world)).toContainEqual(expect.stringMatching(reason));
  });
});

describe('what one object claims fails that object alone', () => {
  it('an identity longer than any ARN is a fault of its record', async () => {
    const world = new World();
    const identity = { type: 'IAMUser', arn: `arn:aws:iam::111122223333:user/${'x'.repeat(400_000)}` };
    world.deliver([record({ identity }), ...burst(0)]);
    await world.run();
    expect(world.kinds).toEqual(['alert']);
    expect(reasons(world)).toContainEqual(expect.stringMatching(/arn should be at most 2048 characters/));
  });

  it('more identities than a trail has are a fault of the object; other objects are read', async () => {
    const world = new World();
    const crowd = Array.from({ length: MAX_ACTORS + 1 }, (_, index) => ({
      ...{ eventTime: '2026-11-24T04:00:00Z', eventSource: 'ec2.amazonaws.com', eventName: 'DescribeInstances' },
      ...{ awsRegion: 'eu-west-1', userIdentity: { principalId: `p${index}` }, eventID: String(index) },
    }));
    world.deliver(document(crowd));
    world.deliver(burst(0, iamUser('mallory')));
    await world.run(T0 + 200);
    expect(world.kinds).toEqual(['alert']);
    expect(reasons(world)).toContainEqual(expect.stringMatching(/more than 10000 identities made the call/));
    expect(world.counts.get(METRICS.objectsFailed)).toBe(1);
  });
});

it('of an object with hundreds of thousands of identities no more is read than shows that', async () => {
  let records = 0;
  async function* endless() {
    yield Buffer.from('{"Records":[');
    for (;;) {
      const crowd = Array.from({ length: 1000 }, () => {
        const identity = { principalId: `p${records++}` };
        return `${JSON.stringify(record({ identity }))},`;
      });
      yield Buffer.from(crowd.join(''));
    }
  }
  const reading = { ...readingOf([]), source: { read: endless } };
  const refused = tallyObject({ bucket: 'b', key: 'k.json' }, reading, new MemoryStore(() => T0), T0);
  await expect(refused).rejects.toThrow(`more than ${MAX_ACTORS} identities made the call in it`);
  expect(records).toBeLessThanOrEqual(2 * MAX_ACTORS);
});

it('an item of the state store that cannot be decoded is named', async () => {
  const world = new World();
  world.deliver(sweep({ regions: 1 }));
  await world.run();
  const read = world.store.read.bind(world.store);
  jest.spyOn(world.store, 'read').mockImplementation(async (key) => {
    const page = await read(key);
    return { ...page, parts: page.parts.map((part) => ({ ...part, encoded: '[[' })) };
  });
  world.deliver(sweep({ regions: 2 }));
  await world.run(world.now + 1);
  expect(reasons(world)).toContainEqual(expect.stringMatching(/111122223333\/\d+ tally\/\S+: not readable/));
});

it('an object is read by its key whatever else is announced with it', async () => {
  const world = new World({ trail: { bucket: 'org-trail-logs', prefix: 'AWSLogs/' } });
  world.send(JSON.stringify(s3Event(s3Record('elsewhere/AWSLogs/x.json.gz'))));
  world.deliver(burst(0));
  await world.run();
  expect(world.kinds).toEqual(['alert']);
});

describe('bounds that keep what is promised', () => {
  it('a tally outlives the queue and the dead-letter queue: what is redriven after four weeks completes its alert', async () => {
    const world = new World();
    world.deliver(sweep({ regions: 10 }).slice(0, 5));
    await world.run();
    world.now += 28 * 86_400;
    world.deliver(sweep({ regions: 10 }).slice(5));
    await world.run();
    expect(world.kinds).toEqual(['alert']);
  });

  it('a lease lasts longer than clocks differ after its holder was ended', () => {
    const { leaseUntil } = leaseFor('work', { id: 'i', now: () => T0, deadline: T0 + 60 });
    expect(leaseUntil).toBe(T0 + 65);
  });

  it('evidence leaves the time that publishing takes', async () => {
    const seconds: number[] = [];
    const after = async (given: number) => void seconds.push(given);
    for (const left of [60, 12, 4]) {
      const invocation = { id: 'i', now: () => T0, deadline: T0 + left, after };
      await evidenceOf([], { reading: readingOf([]), concurrency: 1, invocation });
    }
    expect(seconds).toEqual([10, 7, 0]);
  });

  it('an object named by several messages counts the most receives of them, in any order', async () => {
    const body = JSON.stringify(s3Event(s3Record(sweepKey)));
    for (const counts of [
      [1, 3],
      [3, 1],
    ]) {
      const messages = counts.map((receiveCount, index) => ({ id: `m${index}`, body, receiveCount }));
      const { objects } = await sortMessages(messages, { telemetry: SILENT }, new Failures(SILENT));
      expect(objects.map(({ receiveCount }) => receiveCount)).toEqual([3]);
    }
  });

  it('parts of a tally are measured in bytes', () => {
    const calls = Array.from({ length: 400 }, (_, index) => {
      return {
        actor: `arn:aws:iam::111122223333:user/${index}${'ü'.repeat(1000)}`,
        region: 'eu-west-1',
        second: T0,
        callId: String(index),
      };
    });
    const parts = tallyCalls({ bucket: 'b', key: 'k' }, calls, DEFAULT_PARAMETERS).flatMap((one) => encodeTally(one));
    expect(parts).toHaveLength(4);
    for (const { encoded } of parts) expect(Buffer.byteLength(encoded)).toBeLessThanOrEqual(MAX_PART_BYTES);
  });
});
