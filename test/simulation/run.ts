import { parseArgs } from 'node:util';
import { alerting, exceptions } from '../../lambda/pipeline/lazy';
import { explain } from './explain';
import { type Mutation, programOf } from './mutation';
import { MUTATIONS } from './mutations';
import { Coverage, simulate } from './simulate';

/**
 * `npm run simulate-worlds -- --runs 100000 --seed N`: searches worlds from the seed on, and explains the first that fails.
 * With `--mutations` it looks for the first world that catches each mutation instead, to pin it anew when schedules moved.
 */
async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      runs: { type: 'string', default: '10000' },
      seed: { type: 'string', default: '1' },
      failures: { type: 'string', default: '1' },
      mutations: { type: 'boolean', default: false },
    },
  });
  const [runs, base, most] = [values.runs, values.seed, values.failures].map(Number) as [number, number, number];
  // To load them takes real time, which virtual time does not wait for.
  await Promise.all([alerting(), exceptions()]);
  print(`${runs} worlds from seed ${base} on`);
  if (values.mutations) {
    for (const mutation of MUTATIONS) {
      print(`${mutation.name} | ${mutation.seed} | ${await findSeed(mutation, base, runs)}`);
    }
    return 0;
  }
  const coverage = new Coverage();
  const begun = performance.now();
  let failures = 0;
  for (let seed = base; seed < base + runs && failures < most; seed += 1) {
    const outcome = await simulate({ seed });
    coverage.add(outcome);
    if (outcome.wrong.length === 0) continue;
    failures += 1;
    print(await explain({ seed }));
  }
  const seconds = (performance.now() - begun) / 1000;
  for (const [feature, count] of coverage.byFeature) print(`${feature.padEnd(40)} ${count}`);
  print(`${coverage.worlds} worlds, ${failures} failed, ${(coverage.worlds / seconds).toFixed(0)} a second`);
  return failures === 0 ? 0 : 1;
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}

/** The first world in which a mutation is caught as it should be: the one it is pinned to, where it still is. */
async function findSeed(mutation: Mutation, base: number, runs: number): Promise<string> {
  const program = await programOf(mutation);
  for (const seed of [mutation.seed, ...Array.from({ length: runs }, (_, index) => base + index)]) {
    // A mutation may keep a world from coming to its end: no test could wait for that.
    const wrong = await simulate({ seed }, program)
      .then((outcome) => outcome.wrong)
      .catch(() => []);
    const isCaught = wrong.some((one) => one.includes(mutation.caught));
    if (isCaught && (await simulate({ seed })).wrong.length === 0) return String(seed);
  }
  return `not caught in ${runs} worlds`;
}

main().then(
  (code) => {
    process.exitCode = code;
  },
  (error: unknown) => {
    process.stderr.write(`${error instanceof Error ? error.stack : String(error)}\n`);
    process.exitCode = 2;
  },
);
