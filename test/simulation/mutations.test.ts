import { mutated, programOf } from './mutation';
import { MUTATIONS } from './mutations';
import { REAL, simulate } from './simulate';

describe('the simulation notices when', () => {
  it.each(MUTATIONS.map((mutation) => [mutation.name, mutation] as const))('%s', async (_, mutation) => {
    const { seed } = mutation;
    const broken = await simulate({ seed }, await programOf(mutation));
    expect(broken.wrong.join('\n')).toContain(mutation.caught);
    expect((await simulate({ seed })).wrong).toEqual([]);
  });
});

describe('a mutation', () => {
  it('is refused when the source is not what it was', async () => {
    const edit = { file: 'notify/claims.ts', find: 'no such line', replace: '' };
    await expect(mutated(edit)).rejects.toThrow(/0 places like "no such line"/);
  });

  it('that changes nothing breaks nothing', async () => {
    const [bundled, real] = [
      await simulate({ seed: 1 }, { handle: await mutated() }, true),
      await simulate({ seed: 1 }, REAL, true),
    ];
    expect(bundled.wrong).toEqual([]);
    expect(bundled.history.lines).toEqual(real.history.lines);
  });
});
