import { setImmediate } from 'node:timers/promises';
import { inParallel } from '../../lambda/util/concurrency';

it('starts no item that comes after a failure, and lets the others end', async () => {
  const seen: string[] = [];
  async function* items() {
    yield 'slow';
    yield 'fails';
    await setImmediate();
    yield 'late';
  }
  const work = async (item: string) => {
    seen.push(`${item} starts`);
    if (item === 'fails') throw new Error('no room');
    for (let turn = 0; turn < 5; turn++) await setImmediate();
    seen.push(`${item} ends`);
  };
  await expect(inParallel(items(), 3, work)).rejects.toThrow('no room');
  expect(seen).toEqual(['slow starts', 'fails starts', 'slow ends']);
});

it('has no more items under way than its limit', async () => {
  let [underWay, most, done] = [0, 0, 0];
  await inParallel(Array.from({ length: 20 }), 4, async () => {
    underWay += 1;
    most = Math.max(most, underWay);
    await setImmediate();
    underWay -= 1;
    done += 1;
  });
  expect({ most, done }).toEqual({ most: 4, done: 20 });
});
