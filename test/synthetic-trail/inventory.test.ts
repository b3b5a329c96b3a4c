import { Inventory } from '../../bin/synthetic-trail/inventory';
import { Random } from '../../bin/synthetic-trail/random';

const inventory = (account = '111122223333', region = 'eu-west-1') => new Inventory('seed', account, region);

describe('an inventory', () => {
  it('has the same resources in whatever order they are asked for', () => {
    const [one, other] = [inventory(), inventory()];
    other.all('secret');
    expect(one.all('key')).toEqual(other.all('key'));
    expect(one.all('secret')).toEqual(other.all('secret'));
  });

  it('has other resources in another account or region, except global ones', () => {
    const [local, elsewhere, others] = [inventory(), inventory(undefined, 'us-east-1'), inventory('1')];
    for (const another of [elsewhere, others]) expect(another.all('key')).not.toEqual(local.all('key'));
    expect(elsewhere.all('role')).toEqual(local.all('role'));
    expect(others.all('role')).not.toEqual(local.all('role'));
  });

  it('picks every one of a kind, the first ones more often', () => {
    const [random, local] = [Random.seeded(1), inventory()];
    const all = local.all('subnet');
    const picked = Array.from({ length: 4000 }, () => all.indexOf(local.pick('subnet', random)));
    expect(new Set(picked)).toEqual(new Set(all.keys()));
    expect(picked.filter((index) => index < 2).length).toBeGreaterThan(2000);
  });

  it('encrypts a secret with a key it has', () => {
    for (const { key } of inventory().all('secret')) expect(inventory().all('key')).toContain(key);
  });
});
