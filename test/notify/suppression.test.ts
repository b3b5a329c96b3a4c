import { changePeriod, isSummarized, NOT_SUPPRESSED, runningPeriod, start } from '../../lambda/notify/suppression';
import { METRICS } from '../../lambda/ports';
import { formatInstant } from '../../lambda/util/values';
import { nextWakeUp } from '../support/detector';
import { burst, World, type WorldSettings } from '../support/detector-world';
import { iamUser, MALLORY, roleSession, sweep, T0 } from '../support/records';

/** One burst that is published, and two more of the same actor within the time. */
function threeBursts(settings: WorldSettings): Promise<World> {
  return new World(settings).play([0, burst(0)], [100, burst(60)], [200, burst(120)]);
}

const counts = (world: World) => world.published('summary').map(({ repeat_count }) => repeat_count);

const actors = (world: World) => world.published('alert').map(({ actor }) => actor);

describe('suppression', () => {
  it('is off by default: each detection is published', async () => {
    const world = await threeBursts({});
    expect(world.kinds).toEqual(['alert', 'alert', 'alert']);
  });

  it('publishes the first, counts the others, and publishes them in one summary when the time is over', async () => {
    const world = await threeBursts({ suppressMinutes: 60 });
    expect(world.kinds).toEqual(['alert', 'summary']);
    expect(world.now).toBe(nextWakeUp(T0 + 100 + 3600 + 5));
    const repeats = (await world.journal()).filter(({ kind }) => kind === 'suppressed');
    expect(repeats.map(({ start, actor }) => [start, actor])).toEqual([
      [T0 + 60, MALLORY],
      [T0 + 120, MALLORY],
    ]);
    expect(world.published('summary')).toEqual([
      expect.objectContaining({
        actor: MALLORY,
        repeat_count: 2,
        repeated_alert_ids: repeats.map(({ alertId }) => alertId),
        interval: { start: formatInstant(T0 + 100), end: formatInstant(T0 + 100 + 3600) },
      }),
    ]);
    expect(world.messages[1]!.attributes.account_id).toBe('111122223333');
    expect(world.counts.get(METRICS.alertsSuppressed)).toBe(2);
    expect(world.counts.get(METRICS.alerts)).toBe(1);
  });

  it('publishes one of several in one batch: the earliest', async () => {
    const world = await new World({ suppressMinutes: 60 }).play([0, burst(120), burst(0), burst(60)]);
    expect(world.kinds).toEqual(['alert', 'summary']);
    expect(counts(world)).toEqual([2]);
    expect((await world.journal()).find(({ kind }) => kind === 'alert')).toMatchObject({ start: T0 });
  });

  it('publishes no summary of nothing', async () => {
    const world = await new World({ suppressMinutes: 10 }).play([0, burst(0)]);
    expect(world.kinds).toEqual(['alert']);
  });

  it('starts again with the first detection after its end, and is not extended by repeats', async () => {
    const minutes = [0, 4, 8, 11, 13].map((minute) => [60 * minute, burst(60 * minute)] as const);
    const world = await new World({ suppressMinutes: 10 }).play(...minutes);
    expect(world.kinds).toEqual(['alert', 'summary', 'alert', 'summary']);
    expect(counts(world)).toEqual([2, 1]);
  });

  it('keeps a summary that is due while the next period is running already', async () => {
    // The third comes between the end and the message that it is over.
    const world = await new World({ suppressMinutes: 2 }).play([0, burst(0)], [50, burst(60)], [121, burst(120)]);
    expect(counts(world)).toEqual([1]);
    expect(world.published('alert')).toHaveLength(2);
  });

  it('is of one actor: another is published', async () => {
    const both = [...burst(60, iamUser('eve')), ...burst(60)];
    const world = await new World({ suppressMinutes: 60 }).play([0, burst(0)], [100, both]);
    expect(actors(world)).toEqual([MALLORY, MALLORY.replace('mallory', 'eve')]);
    expect(world.published('summary').map(({ actor }) => actor)).toEqual([MALLORY]);
  });

  it('is of an issuer where sessions are grouped by it', async () => {
    const sessions = ['one', 'two'].map((name) => roleSession('ops', name));
    const world = new World({ suppressMinutes: 60, parameters: { groupBy: 'issuer' } });
    await world.play([0, burst(0, sessions[0])], [100, burst(60, sessions[1])]);
    expect(world.published('alert')).toHaveLength(1);
    const summary = { actor: 'arn:aws:iam::111122223333:role/ops', repeat_count: 1 };
    expect(world.published('summary')).toMatchObject([summary]);
  });

  it('works for sliding windows too', async () => {
    const world = await threeBursts({ suppressMinutes: 60, parameters: { windowing: 'sliding' } });
    expect(world.published('alert')).toHaveLength(1);
    expect(counts(world)).toEqual([2]);
  });

  it('does not count towards the rate limit, and does not start with an alert that is throttled', async () => {
    const world = new World({ suppressMinutes: 60, capAlerts: 4 });
    world.deliver(burst(0));
    await world.run(T0 + 110);
    for (const after of [30, 60, 90, 120]) world.deliver(burst(after));
    world.deliver(burst(0, iamUser('eve')));
    await world.run(T0 + 120);
    expect(world.published('alert')).toHaveLength(2);
    // One account has half of four at most.
    world.deliver(burst(0, iamUser('oscar')));
    await world.run(T0 + 400);
    world.deliver(burst(60, iamUser('oscar')));
    await world.run(T0 + 500);
    expect(actors(world)).toContain(MALLORY.replace('mallory', 'oscar'));
    expect(world.counts.get(METRICS.alertsHeldBack)).toBe(1);
  });

  it('does not stop the follow-up of the first alert', async () => {
    const world = new World({ suppressMinutes: 60, followUpMinutes: 15 });
    await world.play([0, burst(0)], [100, sweep({ regions: 12 })]);
    expect(world.kinds).toEqual(['alert', 'follow-up']);
  });

  it('is of a replay by itself, which marks its summary', async () => {
    const world = new World({ suppressMinutes: 60 });
    world.deliver(burst(0));
    await world.run(T0 + 200);
    for (const after of [0, 60]) world.deliver(burst(after), 'r-1');
    await world.run();
    expect(world.messages.map(({ attributes }) => [attributes.kind, attributes.replay_id])).toEqual([
      ['alert', undefined],
      ['alert', 'r-1'],
      ['summary', 'r-1'],
    ]);
    expect((await world.journal('r-1')).map(({ kind }) => kind)).toEqual(['alert', 'suppressed']);
  });

  it('names the earliest repeats, and counts all', async () => {
    const repeats = Array.from({ length: 80 }, (_, index) => burst((80 - index) * 30));
    const world = await new World({ suppressMinutes: 600 }).play([0, burst(0)], [100, ...repeats]);
    const [summary] = world.published('summary');
    expect(summary!.repeat_count).toBe(80);
    expect(summary!.repeated_alert_ids).toHaveLength(50);
  });
});

describe('suppression that fails', () => {
  it('is not started by an alert that could not be published: that one is retried, and published', async () => {
    const world = new World({ suppressMinutes: 60 });
    world.failPublishing = true;
    world.deliver(burst(0));
    world.deliver(burst(60));
    await world.run(T0 + 200);
    world.failPublishing = false;
    await world.run();
    expect(world.kinds).toEqual(['alert', 'summary']);
  });

  it('does not start before the alert is published: detections before that are published', async () => {
    const world = new World({ suppressMinutes: 60 });
    world.failPublishing = true;
    world.deliver(burst(0));
    await world.run(T0 + 200);
    world.failPublishing = false;
    // In another bucket, so that the first is not detected again with it.
    world.deliver(burst(600));
    await world.run();
    expect((await world.journal()).map(({ kind, start }) => [kind, start - T0])).toEqual([
      ['alert', 600],
      ['suppressed', 0],
    ]);
  });

  it('publishes a repeat whose invocation stalled until the summary was complete without it', async () => {
    const world = new World({ suppressMinutes: 2 });
    world.deliver(burst(0));
    await world.run(T0 + 150);
    world.deliver(burst(60));
    await world.run(T0 + 215);
    world.deliver(burst(120));
    world.before = async (what) => {
      if (!what.includes('/suppressed/')) return;
      world.before = async () => undefined;
      await world.run(T0 + 300);
    };
    await world.run();
    expect(world.kinds).toEqual(['alert', 'summary', 'alert']);
    expect(counts(world)).toEqual([1]);
  });

  it('publishes the summary once, even if its message is repeated before, during or after that', async () => {
    const world = new World({ suppressMinutes: 10 });
    world.deliver(burst(0));
    await world.run(T0 + 200);
    world.deliver(burst(60));
    await world.run(T0 + 250);
    const message = { v: 1, kind: 'suppression-summary', actor: MALLORY, from: T0 + 100 };
    const again = (delay: number) => world.send(JSON.stringify({ regionsweep: message }), delay);
    again(0);
    again(900);
    let meanwhile = 0;
    world.before = async (what) => {
      if (!what.startsWith('publish summary') || meanwhile > 0) return;
      meanwhile += 1;
      again(1);
      await world.run(world.now + 2);
    };
    await world.run();
    expect({ meanwhile, summaries: world.published('summary').length }).toEqual({ meanwhile: 1, summaries: 1 });
  });

  it.each([true, false])('loses nothing whatever request an invocation dies in, done: %s', async (isDone) => {
    const { requests } = await threeBursts({ suppressMinutes: 20 });
    // One that reads is the same, done or not.
    const deaths = requests.flatMap((kind, index) => (isDone && kind === 'store-read' ? [] : [index + 1]));
    expect(requests.length).toBeGreaterThan(30);
    for (const at of deaths) {
      const world = await threeBursts({ suppressMinutes: 20, death: { at, isDone } });
      const alerts = new Set(world.published('alert').map(({ alert_id }) => alert_id));
      const repeats = world.published('summary').flatMap(({ repeated_alert_ids }) => repeated_alert_ids);
      const where = `request ${at}`;
      expect([where, new Set([...alerts, ...repeats]).size]).toEqual([where, 3]);
      expect([where, alerts.size]).not.toEqual([where, 0]);
      // An invocation dies once, so whatever is repeated is so once.
      expect([where, world.messages.length <= 4]).toEqual([where, true]);
      for (const count of counts(world)) expect([where, count <= 2]).toEqual([where, true]);
    }
  });
});

describe('the state of suppression', () => {
  const begun = start(NOT_SUPPRESSED, 'a', 100.7, 60)!;

  it('starts at a whole second, and runs to its end, also by a clock that is behind', () => {
    expect(begun.periods).toEqual([{ alertId: 'a', from: 100, until: 160, summary: 'none' }]);
    expect(runningPeriod(begun, 'b', 99)?.from).toBe(100);
    expect(runningPeriod(begun, 'b', 159)?.alertId).toBe('a');
    expect(runningPeriod(begun, 'b', 160)).toBeUndefined();
  });

  it('never treats an alert as a repeat of itself', () => expect(runningPeriod(begun, 'a', 101)).toBeUndefined());

  it('is not started again while it runs, and then keeps only what is due', () => {
    expect(start(begun, 'b', 159, 60)).toBeUndefined();
    const next = (state = begun) => start(state, 'b', 160, 60)!.periods.map(({ from }) => from);
    expect(next()).toEqual([160]);
    const scheduled = changePeriod(begun, 100, (period) => ({ ...period, summary: 'scheduled' }))!;
    expect(next(scheduled)).toEqual([100, 160]);
    expect(next(changePeriod(scheduled, 100, (period) => ({ ...period, summary: 'sent' })))).toEqual([160]);
  });

  it('is summarized once somebody is at it, until that fails', () => {
    const period = begun.periods[0]!;
    expect(isSummarized(period, 170)).toBe(false);
    expect(isSummarized({ ...period, leaseUntil: 171 }, 170)).toBe(true);
    expect(isSummarized({ ...period, leaseUntil: 170 }, 170)).toBe(false);
    expect(isSummarized({ ...period, summary: 'sent', leaseUntil: 0 }, 170)).toBe(true);
  });

  it('changes nothing of a period that is not known', () => {
    expect(changePeriod(begun, 99, (period) => period)).toBeUndefined();
  });
});
