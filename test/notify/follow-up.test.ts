import { World } from '../support/detector-world';
import { sweep, T0 } from '../support/records';

/** The follow-up of an alert that was told with ten regions and had twelve in the end. */
async function grown(world: World): Promise<{ regionsweep: object; email: string }> {
  world.deliver(sweep({ regions: 10 }));
  await world.run(T0 + 200);
  world.deliver(sweep({ regions: 12 }));
  await world.run();
  const { body } = world.published.at(-1)!;
  return { regionsweep: world.told('follow-up')[0]!, email: (JSON.parse(body) as { email: string }).email };
}

describe.each(['tumbling', 'sliding'] as const)('a follow-up of %s windows', (windowing) => {
  it('names the regions that came after the alert, and when they were called', async () => {
    const world = new World({ followUpMinutes: 15, parameters: { windowing } });
    const { regionsweep, email } = await grown(world);
    const time = (second: number) => `2026-11-24T04:00:${second}Z`;
    expect(regionsweep).toMatchObject({
      regions_before: 10,
      region_count: 12,
      regions_added: [
        { name: 'eu-west-1', first: time(10), last: time(10), calls: 1 },
        { name: 'eu-west-2', first: time(11), last: time(11), calls: 1 },
      ],
    });
    expect(email).toContain('New regions, with the time of the first call: eu-west-1 (04:00:10), eu-west-2');
  });
});

it('a steady scanner fills no item of the ledger with names of regions', async () => {
  const world = new World({ parameters: { windowing: 'sliding' } });
  const written = jest.spyOn(world.store, 'writeItem');
  for (let burst = 0; burst < 70; burst += 1) {
    world.now = T0 + 100 + burst * 400;
    world.deliver(sweep({ regions: 10, at: T0 + burst * 400 }));
    await world.run();
  }
  expect(world.told('alert')).toHaveLength(70);
  const last = written.mock.calls.filter(([, value]) => value.includes('"regionNames"')).at(-1)![1];
  expect(last.match(/"alertId"/g)).toHaveLength(70);
  expect(last.match(/"regionNames"/g)).toHaveLength(50);
});
