import { METRICS } from '../../lambda/ports';
import { formatInstant } from '../../lambda/util/values';
import { burst, journalOf, MINUTES, threeBursts } from '../support/bursts';
import { World } from '../support/detector-world';
import { iamUser, MALLORY, roleSession, sweep, T0 } from '../support/records';

it('is off by default: each hit is told', async () => {
  const world = await threeBursts({});
  expect(world.published.map(({ attributes }) => attributes.kind)).toEqual(['alert', 'alert', 'alert']);
});

it('tells the first hit, counts the others, and tells them in one summary when the time is over', async () => {
  const world = await threeBursts({ suppressMinutes: 60 });
  expect(world.published.map(({ attributes }) => attributes.kind)).toEqual(['alert', 'summary']);
  expect(world.now).toBe(T0 + 100 + 60 * MINUTES + 5);
  const repeats = (await journalOf(world)).filter(({ kind }) => kind === 'suppressed');
  expect(repeats.map(({ start, actor }) => [start, actor])).toEqual([
    [T0 + 60, MALLORY],
    [T0 + 120, MALLORY],
  ]);
  expect(world.told('summary')).toEqual([
    expect.objectContaining({
      actor: MALLORY,
      repeat_count: 2,
      repeated_alert_ids: repeats.map(({ alertId }) => alertId),
      interval: { start: formatInstant(T0 + 100), end: formatInstant(T0 + 100 + 60 * MINUTES) },
    }),
  ]);
  expect(world.published[1]!.attributes.account_id).toBe('111122223333');
  expect(world.counts.get(METRICS.alertsSuppressed)).toBe(2);
  expect(world.counts.get(METRICS.alerts)).toBe(1);
});

it('tells one of several hits in one batch: the earliest', async () => {
  const world = new World({ suppressMinutes: 60 });
  for (const after of [120, 0, 60]) world.deliver(burst(after));
  await world.run();
  expect(world.published.map(({ attributes }) => attributes.kind)).toEqual(['alert', 'summary']);
  expect(world.told('summary')[0]).toMatchObject({ repeat_count: 2 });
  const told = (await journalOf(world)).find(({ kind }) => kind === 'alert');
  expect(told).toMatchObject({ start: T0 });
});

it('says nothing where nothing came again', async () => {
  const world = new World({ suppressMinutes: 10 });
  world.deliver(burst(0));
  await world.run();
  expect(world.published).toHaveLength(1);
});

it('begins anew with the first hit after it is over, and is not made longer by repeats', async () => {
  const world = new World({ suppressMinutes: 10 });
  for (const minute of [0, 4, 8, 11, 13]) {
    await world.run(T0 + 100 + minute * MINUTES);
    world.deliver(burst(minute * MINUTES));
  }
  await world.run();
  expect(world.published.map(({ attributes }) => attributes.kind)).toEqual(['alert', 'summary', 'alert', 'summary']);
  expect(world.told('summary').map(({ repeat_count }) => repeat_count)).toEqual([2, 1]);
});

it('keeps a summary that is due while the next time runs already', async () => {
  const world = new World({ suppressMinutes: 2 });
  world.deliver(burst(0));
  await world.run(T0 + 150);
  world.deliver(burst(60));
  // Between the end and the notice that it is over.
  await world.run(T0 + 100 + 2 * MINUTES + 1);
  world.deliver(burst(120));
  await world.run();
  expect(world.told('summary').map(({ repeat_count }) => repeat_count)).toEqual([1]);
  expect(world.told('alert')).toHaveLength(2);
});

it('is of one actor: another is told', async () => {
  const world = new World({ suppressMinutes: 60 });
  world.deliver(burst(0));
  await world.run(T0 + 200);
  world.deliver([...burst(60, iamUser('eve')), ...burst(60)]);
  await world.run();
  expect(world.told('alert').map(({ actor }) => actor)).toEqual([MALLORY, MALLORY.replace('mallory', 'eve')]);
  expect(world.told('summary').map(({ actor }) => actor)).toEqual([MALLORY]);
});

it('is of an issuer where sessions are grouped by it', async () => {
  const world = new World({ suppressMinutes: 60, parameters: { groupBy: 'issuer' } });
  world.deliver(burst(0, roleSession('ops', 'one')));
  await world.run(T0 + 200);
  world.deliver(burst(60, roleSession('ops', 'two')));
  await world.run();
  expect(world.told('alert')).toHaveLength(1);
  expect(world.told('summary')[0]).toMatchObject({
    actor: 'arn:aws:iam::111122223333:role/ops',
    repeat_count: 1,
  });
});

it('works for sliding windows too', async () => {
  const world = await threeBursts({
    suppressMinutes: 60,
    parameters: { windowing: 'sliding' },
  });
  expect(world.told('alert')).toHaveLength(1);
  expect(world.told('summary')[0]).toMatchObject({ repeat_count: 2 });
});

it('takes no place under the cap, and does not begin with an alert that the cap held back', async () => {
  const world = new World({ suppressMinutes: 60, most: 4 });
  world.deliver(burst(0));
  await world.run(T0 + 110);
  for (const after of [30, 60, 90, 120]) world.deliver(burst(after));
  world.deliver(burst(0, iamUser('eve')));
  await world.run(T0 + 120);
  expect(world.told('alert')).toHaveLength(2);
  // Half of four is the most of one account.
  world.deliver(burst(0, iamUser('oscar')));
  await world.run(T0 + 400);
  world.deliver(burst(60, iamUser('oscar')));
  await world.run(T0 + 500);
  expect(world.told('alert').map(({ actor }) => actor)).toContain(MALLORY.replace('mallory', 'oscar'));
  expect(world.counts.get(METRICS.alertsHeldBack)).toBe(1);
});

it('lets the follow-up of the first alert go out', async () => {
  const world = new World({ suppressMinutes: 60, followUpMinutes: 15 });
  world.deliver(burst(0));
  await world.run(T0 + 200);
  world.deliver(sweep({ regions: 12 }));
  await world.run();
  expect(world.published.map(({ attributes }) => attributes.kind)).toEqual(['alert', 'follow-up']);
});

it('is of a replay by itself, which marks its summary', async () => {
  const world = new World({ suppressMinutes: 60 });
  world.deliver(burst(0));
  await world.run(T0 + 200);
  for (const after of [0, 60]) world.deliver(burst(after), 'r-1');
  await world.run();
  const kinds = world.published.map(({ attributes }) => [attributes.kind, attributes.replay_id]);
  expect(kinds).toEqual([
    ['alert', undefined],
    ['alert', 'r-1'],
    ['summary', 'r-1'],
  ]);
  expect((await journalOf(world, 'r-1')).map(({ kind }) => kind)).toEqual(['alert', 'suppressed']);
});

it('names the earliest repeats, and counts all', async () => {
  const world = new World({ suppressMinutes: 600 });
  world.deliver(burst(0));
  await world.run(T0 + 200);
  for (let window = 80; window > 0; window -= 1) world.deliver(burst(window * 30));
  await world.run();
  const [summary] = world.told('summary');
  expect(summary!.repeat_count).toBe(80);
  expect(summary!.repeated_alert_ids).toHaveLength(50);
});
