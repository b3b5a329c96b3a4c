import { NOTHING_OMITTED } from './make-plan';
import { describeFailure } from './report';
import { Coverage, simulate } from './simulate';

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
      expect(await failureOf(seed, coverage)).toBeUndefined();
    }
    // A search that never meets a fault proves nothing.
    if (WORLDS >= 2000)
      for (const [feature, least] of EXPECTED)
        expect([feature, coverage.of(feature) >= least]).toEqual([feature, true]);
  }, 600_000);

  it('is the same world every time', async () => {
    const [first, second] = [await trace(BASE_SEED), await trace(BASE_SEED)];
    expect(first.length).toBeGreaterThan(5);
    expect(second).toEqual(first);
  });
});

/** Worlds in 2,000 that must have had it at least. */
const EXPECTED: readonly [feature: string, least: number][] = [
  ['fault: crash', 50],
  ['fault: throttle', 50],
  ['fault: lost-answer', 50],
  ['fault: publish-refused', 20],
  ['fault: publish-lost', 20],
  ['fault: stall', 50],
  ['fault: ack-lost', 50],
  ['fault: none', 200],
  ['ended: at the deadline, lease expired', 20],
  ['dead letters: poison', 50],
  ['functions: at the same time', 500],
  ['notices: duplicate', 200],
  ['notices: replay', 100],
  ['rule: by issuer', 200],
  ['rule: counts calls', 200],
  ['rule: partitions', 200],
  ['rule: small cap', 200],
  ['told: alert', 500],
  ['told: follow-up', 50],
  ['told: notice', 30],
  ['windowing: sliding', 500],
  ['windowing: tumbling', 500],
];

async function failureOf(seed: number, coverage?: Coverage): Promise<string | undefined> {
  const world = { seed, omitted: NOTHING_OMITTED };
  const outcome = await simulate(world);
  coverage?.add(outcome);
  return outcome.wrong.length === 0 ? undefined : describeFailure(world);
}

async function trace(seed: number): Promise<readonly string[]> {
  return (await simulate({ seed, omitted: NOTHING_OMITTED }, undefined, true)).lived.history.lines;
}
