import { ServiceError } from '../../lambda/errors';
import { addDue, sendDue } from '../../lambda/notify/due';
import { nextWakeUp, SILENT } from '../support/detector';
import { burst, World } from '../support/detector-world';
import { MemoryStore } from '../support/memory-store';
import { iamUser, sweep, T0 } from '../support/records';

/** A state store and a queue at a time, and what the queue was given. */
function waking() {
  const world = { now: T0, sent: [] as number[][], isRefused: false };
  const store = new MemoryStore(() => world.now);
  const detector = () => ({
    store,
    queue: {
      sendBatch: async (bodies: readonly string[]) => {
        if (world.isRefused) throw new ServiceError('no queue');
        world.sent.push(bodies.map((body) => JSON.parse(body).regionsweep.intervalStart as number));
      },
    },
    telemetry: SILENT,
    invocation: { id: 'i', now: () => world.now, deadline: world.now + 60 },
  });
  const add = (id: number, at: number) => addDue({ kind: 'cap-notice', intervalStart: id }, at, detector());
  const wake = (at: number) => {
    world.now = at;
    return sendDue(detector());
  };
  return { world, store, add, wake };
}

describe('what is due', () => {
  it('is sent once its time has come by every clock, in its order, and once', async () => {
    const { world, add, wake } = waking();
    await add(1, T0 + 900);
    await add(2, T0 + 86_400);
    await add(3, T0 + 300);
    for (const at of [905, 906, 1200, 86_405, 86_406, 90_000]) await wake(T0 + at);
    expect(world.sent).toEqual([[3], [1], [2]]);
  });

  it('is not due before the invocation that wrote it has ended: no wake-up passes it by', async () => {
    const { world, add, wake } = waking();
    await add(1, T0);
    await wake(T0 + 60);
    await wake(T0 + 71);
    expect(world.sent).toEqual([[1]]);
  });

  it('is sent by the next wake-up where the queue refuses it', async () => {
    const { world, add, wake } = waking();
    await add(1, T0 + 300);
    world.isRefused = true;
    await expect(wake(T0 + 400)).rejects.toThrow('no queue');
    world.isRefused = false;
    await wake(T0 + 520);
    expect(world.sent).toEqual([[1]]);
  });

  it('may be more than one wake-up sends', async () => {
    const { world, add, wake } = waking();
    for (let id = 0; id < 2500; id += 1) await add(id, T0 + 300 + (id % 2));
    await wake(T0 + 400);
    await wake(T0 + 520);
    expect(world.sent.map(({ length }) => length)).toEqual([2500]);
    for (let id = 0; id < 2500; id += 1) await add(id, T0 + 1000 + id);
    for (const at of [4000, 4120, 4240]) await wake(T0 + at);
    expect(world.sent.slice(1).map(({ length }) => length)).toEqual([2000, 500]);
    expect(new Set(world.sent.slice(1).flat()).size).toBe(2500);
  });

  it('costs next to no write where there is nothing', async () => {
    const { store, wake } = waking();
    const written = jest.spyOn(store, 'writeItem');
    for (let at = 120; at <= 86_400; at += 120) await wake(T0 + at);
    expect(written.mock.calls.length).toBeLessThanOrEqual(25);
  });
});

describe('a step after publishing that keeps failing', () => {
  it.each(['journal', 'suppressed'])('repeats no mail: %s', async (refused) => {
    const world = new World({ followUpMinutes: 15, suppressMinutes: 60 });
    world.before = async (what) => {
      if (what.includes(`/${refused}`)) throw new ServiceError('refused');
    };
    await world.play([0, burst(0)], [100, sweep({ regions: 12 })], [200, burst(30, iamUser('trudy'))]);
    expect(world.kinds).toEqual(['alert', 'alert', 'follow-up']);
  });

  it('an identity with characters that the queue refuses has its follow-up', async () => {
    const identity = iamUser('mall\uffffory\u0001');
    const world = new World({ followUpMinutes: 15 });
    const bodies = jest.spyOn(world, 'send');
    await world.play([0, burst(0, identity)], [100, sweep({ regions: 12, identity })]);
    expect(world.kinds).toEqual(['alert', 'follow-up']);
    const own = bodies.mock.calls.map(([body]) => body).filter((body) => body.includes('follow-up'));
    expect(own).toEqual([expect.stringMatching(/^[\x20-\x7e]+$/)]);
    expect(world.now).toBe(nextWakeUp(T0 + 1005));
  });
});
