import { World } from '../support/detector-world';
import { sweep, T0 } from '../support/records';

it.each(['tumbling', 'sliding'] as const)(
  'a follow-up of %s windows names the regions that came after the alert, and when they were called',
  async (windowing) => {
    const world = new World({ followUpMinutes: 15, parameters: { windowing } });
    await world.play([0, sweep({ regions: 10 })], [100, sweep({ regions: 12 })]);
    const time = (second: number) => `2026-11-24T04:00:${second}Z`;
    expect(world.published('follow-up')[0]).toMatchObject({
      regions_before: 10,
      region_count: 12,
      regions_added: [
        { name: 'eu-west-1', first: time(10), last: time(10), calls: 1 },
        { name: 'eu-west-2', first: time(11), last: time(11), calls: 1 },
      ],
    });
    const { email } = JSON.parse(world.messages.at(-1)!.body);
    expect(email).toContain('New regions, with the time of the first call: eu-west-1 (04:00:10), eu-west-2');
  },
);

it('a slow sweep is published as that, once, and followed up', async () => {
  const world = new World({ followUpMinutes: 15, parameters: { slowWindowSeconds: 120 } });
  const [ten, twelve] = [10, 12].map((regions) => sweep({ regions, pace: 8, at: T0 + 270 }));
  await world.play([0, ten!], [5, ten!], [100, twelve!]);
  const [alert, ...more] = world.published('alert');
  expect(more).toEqual([]);
  expect(alert).toMatchObject({ windowing: 'slow', region_count: 10 });
  expect(world.published('follow-up')).toMatchObject([{ windowing: 'slow', regions_before: 10, region_count: 12 }]);
  const email = JSON.parse(world.messages[0]!.body).email.replace(/\s+/g, ' ');
  expect(email).toContain(
    'in 10 regions within 73 s (10 calls) at 2026-11-24T04:04:30Z from 198.51.100.7. Found by the slow window of 120 s.',
  );
});

it('a steady scanner fills no item of the state store with names of regions', async () => {
  const world = new World({ parameters: { windowing: 'sliding' } });
  const written = jest.spyOn(world.store, 'writeItem');
  const bursts = Array.from({ length: 70 }, (_, index) => 400 * index);
  await world.play(...bursts.map((after) => [after, sweep({ regions: 10, at: T0 + after })] as const));
  expect(world.published('alert')).toHaveLength(70);
  const last = written.mock.calls.filter(([, value]) => value.includes('"regionNames"')).at(-1)![1];
  expect(last.match(/"alertId"/g)).toHaveLength(70);
  expect(last.match(/"regionNames"/g)).toHaveLength(50);
});
