import fc from 'fast-check';
import { inOrder } from '../../lambda/util/concurrency';
import { holds } from '../support/properties';

async function* each<T>(items: readonly T[]): AsyncIterable<T> {
  yield* items;
}

async function turns(count: number): Promise<void> {
  for (let i = 0; i < count; i++) await new Promise((resolve) => setImmediate(resolve));
}

describe('work in order', () => {
  it('is taken in the order of its items, one after the other, whichever ends first', async () => {
    const plan = fc.array(fc.record({ work: fc.nat(6), take: fc.nat(2) }), { maxLength: 60 });
    await holds(
      100,
      fc.asyncProperty(plan, fc.integer({ min: 1, max: 9 }), async (items, limit) => {
        let underWay = 0;
        let taking = 0;
        const taken: number[] = [];
        await inOrder(
          each(items.map((item, index) => ({ ...item, index }))),
          limit,
          async (item) => {
            underWay += 1;
            expect(underWay).toBeLessThanOrEqual(limit);
            await turns(item.work);
            underWay -= 1;
            return item;
          },
          async ({ index, take }) => {
            taking += 1;
            expect(taking).toBe(1);
            await turns(take);
            taken.push(index);
            taking -= 1;
          },
        );
        expect(taken).toEqual(items.map((_, index) => index));
      }),
    );
  });

  it('begins no more than may wait while the first is not over', async () => {
    let begun = 0;
    let release = () => {};
    const first = new Promise<void>((resolve) => {
      release = resolve;
    });
    let taken = 0;
    const all = inOrder(
      each(Array.from({ length: 2000 }, (_, index) => index)),
      4,
      async (index) => {
        begun += 1;
        if (index === 0) await first;
      },
      async () => {
        taken += 1;
      },
    );
    await turns(50);
    expect({ isFew: begun > 4 && begun < 500, taken }).toEqual({ isFew: true, taken: 0 });
    release();
    await all;
    expect({ begun, taken }).toEqual({ begun: 2000, taken: 2000 });
  });

  it.each(['work', 'take'])('ends with the first error of its %s, when others wait for that one', async (where) => {
    const failure = new Error('no more');
    let begun = 0;
    const fail = async (isThere: boolean, index: number) => {
      await turns(isThere && index === 3 ? 50 : 0);
      if (isThere && index === 3) throw failure;
      return index;
    };
    const all = inOrder(
      each(Array.from({ length: 2000 }, (_, index) => index)),
      4,
      async (index) => {
        begun += 1;
        return fail(where === 'work', index);
      },
      async (index) => {
        await fail(where === 'take', index);
      },
    );
    await expect(all).rejects.toBe(failure);
    expect(begun).toBeLessThan(500);
  });
});
