import { appendFileSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { explain } from './explain';
import { Coverage, type Outcome, REAL, simulate } from './simulate';

/** Seeds of worlds that once failed, one a line: each run repeats them. */
const FOUND = join(__dirname, 'found-seeds.txt');

const found = readFileSync(FOUND, 'utf8').split('\n').filter(Boolean).map(Number);

/** Each run searches worlds of its own, from this seed on. */
const BASE_SEED = Number(process.env.REGIONSWEEP_SEED ?? Math.floor(Date.now() / 1000));

/** Worlds to search, where not as many as there is time for. */
const WORLDS = Number(process.env.REGIONSWEEP_WORLDS ?? Number.NaN);

/** Of CPU time, so that a busy machine searches as many. */
const SECONDS = 15;

describe('the detector in a world where anything may fail', () => {
  it('keeps its promises where it once did not', async () => {
    for (const seed of found) await keepsPromises(seed);
  });

  it('keeps its promises in new worlds', async () => {
    process.stderr.write(`simulation: worlds from seed ${BASE_SEED} on (REGIONSWEEP_SEED, REGIONSWEEP_WORLDS)\n`);
    const coverage = new Coverage();
    const end = cpuSeconds() + SECONDS;
    const isOver = () => (Number.isNaN(WORLDS) ? cpuSeconds() > end : coverage.worlds >= WORLDS);
    for (let seed = BASE_SEED; !isOver(); seed += 1) coverage.add(await keepsPromises(seed));
    process.stderr.write(`simulation: ${coverage.worlds} worlds\n`);
    // A search that never meets a fault proves nothing. Other worlds come by chance, so a quarter is enough, and what is
    // expected fewer than twenty times may be missing.
    const rare = EXPECTED.flatMap(([usual, features]) => {
      const expected = (usual * coverage.worlds) / 2000;
      return expected < 20 ? [] : features.filter((feature) => coverage.of(feature) < expected / 4);
    });
    expect(rare).toEqual([]);
  }, 600_000);

  it('is the same world every time', async () => {
    const trace = async () => (await simulate({ seed: BASE_SEED }, REAL, true)).history.lines;
    const first = await trace();
    expect(first.length).toBeGreaterThan(0);
    expect(await trace()).toEqual(first);
  });
});

/** Runs a world; the seed of one that fails is kept. */
async function keepsPromises(seed: number): Promise<Outcome> {
  const outcome = await simulate({ seed });
  if (outcome.wrong.length === 0) return outcome;
  if (!found.includes(seed)) appendFileSync(FOUND, `${seed}\n`);
  throw new Error(await explain({ seed }));
}

function cpuSeconds(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
}

/** How many worlds in 2,000 have what, about or more. */
const EXPECTED: readonly (readonly [usual: number, features: readonly string[]])[] = [
  [500, ['functions: at the same time', 'published: alert', 'windowing: sliding', 'windowing: tumbling']],
  [200, ['fault: none', 'notices: duplicate']],
  [200, ['rule: by issuer', 'rule: counts calls', 'rule: partitions', 'rule: small rate limit']],
  [100, ['notices: replay', 'suppression', 'reading: exceptions', 'reading: gzip', 'reading: evidence by listing']],
  [100, ['liveness: faults without number, then none', 'liveness: slow calls']],
  [20, ['published: summary']],
  [50, ['fault: crash', 'fault: throttle', 'fault: lost-answer', 'fault: stall', 'fault: ack-lost']],
  [50, ['dead letters: poison', 'published: follow-up']],
  [30, ['published: notice']],
  [20, ['fault: publish-refused', 'fault: publish-lost', 'ended: at the deadline, lease expired']],
];
