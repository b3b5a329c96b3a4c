import { NOTHING_OMITTED } from './make-plan';
import { mutated } from './mutate';
import { programOf } from './mutation';
import { MUTATIONS } from './mutations';
import { REAL, simulate } from './simulate';

describe('the simulation notices when', () => {
  it.each(MUTATIONS.map((mutation) => [mutation.name, mutation] as const))('%s', async (_, mutation) => {
    const world = { seed: mutation.seed, omitted: NOTHING_OMITTED };
    const broken = await simulate(world, await programOf(mutation));
    expect(broken.wrong.join('\n')).toContain(mutation.caught);
    expect(broken.wrong).not.toEqual([]);
    expect((await simulate(world, REAL)).wrong).toEqual([]);
  });
});

describe('a mutation', () => {
  it('is refused when the source is not what it was', async () => {
    const edits = [{ file: 'notify/claims.ts', find: 'no such line', replace: '' }];
    await expect(mutated(edits)).rejects.toThrow(/0 places like "no such line"/);
  });

  it('that changes nothing breaks nothing', async () => {
    const handle = await mutated([]);
    const world = { seed: 1, omitted: NOTHING_OMITTED };
    const [bundled, real] = [await simulate(world, { handle }, true), await simulate(world, REAL, true)];
    expect(bundled.wrong).toEqual([]);
    expect(bundled.lived.history.lines).toEqual(real.lived.history.lines);
  });
});
