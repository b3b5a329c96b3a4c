import { nextWakeUp } from '../support/detector';
import { burst, type MachineForm, World } from '../support/detector-world';
import { iamUser, T0 } from '../support/records';

it('an alert that is held while the notice of its interval is made up is in the next one', async () => {
  const world = new World({ capAlerts: 2 });
  world.deliver(['one', 'two', 'three'].flatMap((name) => burst(0, iamUser(name))));
  await world.run(T0 + 299);
  world.deliver(burst(0, iamUser('four')));
  let isMeanwhile = false;
  world.before = async (what) => {
    if (!what.includes('journal')) return;
    world.before = async () => undefined;
    await world.run(nextWakeUp(T0 + 305) + 1);
    isMeanwhile = world.kinds.includes('notice');
  };
  await world.run();
  expect(isMeanwhile).toBe(true);
  expect(world.published('notice').map(({ held_count }) => held_count)).toEqual([2, 1]);
  expect(world.published('alert')).toHaveLength(1);
});

it('keeps places for the first alert of each account, whatever floods there are in others', async () => {
  const world = new World({ capAlerts: 8 });
  const flood = (account: string, from: number) =>
    Array.from({ length: 60 }, (_, i) => burst(0, iamUser(`decoy-${from + i}`, account))).flat();
  world.deliver(flood('111122223333', 0));
  await world.run(T0 + 110);
  world.deliver(flood('444455556666', 100));
  await world.run(T0 + 120);
  for (const account of ['777788889999', '123412341234']) world.deliver(burst(0, iamUser('mallory', account)));
  await world.run();
  const accounts = world.published('alert').map(({ actor }) => actor.split(':')[4]);
  expect(accounts).toEqual([
    ...Array(4).fill('111122223333'),
    '444455556666',
    '444455556666',
    '777788889999',
    '123412341234',
  ]);
  const [{ held_count, held_alert_ids: named }] = world.published('notice') as [MachineForm];
  expect([held_count, named.length]).toEqual([114, 50]);
  // One of each account comes first.
  const history = await world.journal();
  const accountOf = (id: string) => history.find(({ kind, alertId }) => kind === 'held' && alertId === id)!.account;
  expect(named.slice(0, 2).map(accountOf)).toEqual(['111122223333', '444455556666']);
});
