import { explain } from './explain';
import { Coverage, REAL, simulate } from './simulate';

/** Worlds are numbered from here on; another base searches elsewhere. */
const BASE_SEED = Number(process.env.REGIONSWEEP_SEED ?? 20_261_124);
const WORLDS = Number(process.env.REGIONSWEEP_WORLDS ?? 2000);

describe('the detector in a world where anything may fail', () => {
  it(`keeps its promises in ${WORLDS} worlds`, async () => {
    process.stderr.write(
      `simulation: ${WORLDS} worlds from seed ${BASE_SEED} on (REGIONSWEEP_SEED, REGIONSWEEP_WORLDS)\n`,
    );
    const coverage = new Coverage();
    for (let seed = BASE_SEED; seed < BASE_SEED + WORLDS; seed += 1) {
      const outcome = await simulate({ seed });
      coverage.add(outcome);
      if (outcome.wrong.length > 0) throw new Error(await explain({ seed }));
    }
    // A search that never meets a fault proves nothing.
    const rare = EXPECTED.flatMap(([least, features]) => features.filter((feature) => coverage.of(feature) < least));
    if (WORLDS >= 2000) expect(rare).toEqual([]);
  }, 600_000);

  it('is the same world every time', async () => {
    const trace = async () => (await simulate({ seed: BASE_SEED }, REAL, true)).history.lines;
    const first = await trace();
    expect(first.length).toBeGreaterThan(5);
    expect(await trace()).toEqual(first);
  });
});

/** How many worlds in 2,000 must have had what. */
const EXPECTED: readonly (readonly [least: number, features: readonly string[]])[] = [
  [500, ['functions: at the same time', 'published: alert', 'windowing: sliding', 'windowing: tumbling']],
  [200, ['fault: none', 'notices: duplicate']],
  [200, ['rule: by issuer', 'rule: counts calls', 'rule: partitions', 'rule: small rate limit']],
  [100, ['notices: replay']],
  [50, ['fault: crash', 'fault: throttle', 'fault: lost-answer', 'fault: stall', 'fault: ack-lost']],
  [50, ['dead letters: poison', 'published: follow-up']],
  [30, ['published: notice']],
  [20, ['fault: publish-refused', 'fault: publish-lost', 'ended: at the deadline, lease expired']],
];
