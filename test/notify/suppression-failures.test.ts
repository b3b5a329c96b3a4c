import { burst, journalOf, threeBursts } from '../support/bursts';
import { World } from '../support/detector-world';
import { MALLORY, T0 } from '../support/records';

it('is not begun by an alert that could not be published: that one is tried again, and told', async () => {
  const world = new World({ suppressMinutes: 60 });
  world.failPublishing = true;
  world.deliver(burst(0));
  world.deliver(burst(60));
  await world.run(T0 + 200);
  world.failPublishing = false;
  await world.run();
  expect(world.published.map(({ attributes }) => attributes.kind)).toEqual(['alert', 'summary']);
});

it('is not begun before the alert is told: what comes first then is told first', async () => {
  const world = new World({ suppressMinutes: 60 });
  world.failPublishing = true;
  world.deliver(burst(0));
  await world.run(T0 + 200);
  world.failPublishing = false;
  // In another bucket, so that the first hit is not met again with it.
  world.deliver(burst(600));
  await world.run();
  const journal = (await journalOf(world)).map(({ kind, start }) => [kind, start - T0]);
  expect(journal).toEqual([
    ['alert', 600],
    ['suppressed', 0],
  ]);
});

it('tells a repeat whose invocation stood still until the summary was made up without it', async () => {
  const world = new World({ suppressMinutes: 2 });
  world.deliver(burst(0));
  await world.run(T0 + 150);
  world.deliver(burst(60));
  await world.run(T0 + 215);
  world.deliver(burst(120));
  world.before = async (what) => {
    if (what?.includes('/suppressed/') !== true) return;
    world.before = async () => undefined;
    await world.run(T0 + 300);
  };
  await world.run();
  expect(world.published.map(({ attributes }) => attributes.kind)).toEqual(['alert', 'summary', 'alert']);
  expect(world.told('summary')[0]).toMatchObject({ repeat_count: 1 });
});

it('tells the summary once though its message comes again: before, behind, and while another tells it', async () => {
  const world = new World({ suppressMinutes: 10 });
  world.deliver(burst(0));
  await world.run(T0 + 200);
  world.deliver(burst(60));
  await world.run(T0 + 250);
  const message = { kind: 'suppression-summary', actor: MALLORY, from: T0 + 100 };
  const again = (delay: number) => world.send(JSON.stringify({ regionsweep: { v: 1, ...message } }), delay);
  again(0);
  again(900);
  let meanwhile = 0;
  world.before = async (what) => {
    if (what !== 'summary' || meanwhile > 0) return;
    meanwhile += 1;
    again(1);
    await world.run(world.now + 2);
  };
  await world.run();
  expect({ meanwhile, summaries: world.told('summary').length }).toEqual({ meanwhile: 1, summaries: 1 });
});

describe('whatever request an invocation dies in', () => {
  const settings = { suppressMinutes: 20 };
  const detections = 3;

  it.each([true, false])('loses no hit, done: %s', async (isDone) => {
    const { requests } = await threeBursts(settings);
    expect(requests).toBeGreaterThan(30);
    for (let at = 1; at <= requests; at += 1) {
      const world = await threeBursts({ ...settings, death: { at, isDone } });
      const alerts = new Set(world.told('alert').map(({ alert_id }) => alert_id));
      const repeats = new Set(world.told('summary').flatMap(({ repeated_alert_ids }) => repeated_alert_ids));
      const where = `request ${at}`;
      expect([where, new Set([...alerts, ...repeats]).size]).toEqual([where, detections]);
      expect([where, alerts.size]).not.toEqual([where, 0]);
      // An invocation dies once, so whatever is repeated is so once.
      expect([where, world.published.length <= 4]).toEqual([where, true]);
      const counted = world.told('summary').map(({ repeat_count }) => repeat_count);
      for (const count of counted) expect([where, count <= 2]).toEqual([where, true]);
    }
  });
});
