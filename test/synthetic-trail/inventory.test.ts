import { Inventory, KEYS, type Kind, ROLES, SECRETS } from '../../bin/synthetic-trail/calls';
import { Random } from '../../bin/synthetic-trail/random';

const inventory = (account = '111122223333', region = 'eu-west-1') => new Inventory('seed', account, region);

describe('an inventory', () => {
  it('has the same things whoever asks, in whatever order', () => {
    const [one, other] = [inventory(), inventory()];
    other.all(SECRETS);
    expect(one.all(KEYS)).toEqual(other.all(KEYS));
    expect(one.all(SECRETS)).toEqual(other.all(SECRETS));
  });

  it('has other things in another account or region, but for what is the account’s', () => {
    const [here, elsewhere, others] = [inventory(), inventory(undefined, 'us-east-1'), inventory('1')];
    for (const another of [elsewhere, others]) expect(another.all(KEYS)).not.toEqual(here.all(KEYS));
    expect(elsewhere.all(ROLES)).toEqual(here.all(ROLES));
    expect(others.all(ROLES)).not.toEqual(here.all(ROLES));
  });

  it('is asked for all of them, and half of the time for an eighth of them', () => {
    const numbered: Kind<number> = {
      name: 'numbered',
      count: 16,
      make: (() => {
        let next = 0;
        return () => next++;
      })(),
    };
    const [random, here] = [Random.seeded(1), inventory()];
    const picked = Array.from({ length: 4000 }, () => here.pick(numbered, random));
    expect(new Set(picked)).toEqual(new Set(here.all(numbered)));
    expect(Math.abs(picked.filter((number) => number < 2).length - 2000)).toBeLessThan(100);
  });

  it('encrypts a secret with a key it has', () => {
    for (const { key } of inventory().all(SECRETS)) expect(inventory().all(KEYS)).toContain(key);
  });
});
