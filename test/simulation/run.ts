import { parseArgs } from 'node:util';
import { alerting, exceptions } from '../../lambda/pipeline/lazy';
import { findSeeds } from './find-seeds';
import { NOTHING_OMITTED } from './make-plan';
import { describeFailure } from './report';
import { Coverage, simulate } from './simulate';

/**
 * `npm run simulate-worlds -- --runs 100000 --seed N`: searches worlds from the seed on, and explains the first that fails.
 * With `--mutations` it looks for the first world that catches each mutation instead.
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
  process.stdout.write(`${runs} worlds from seed ${base} on\n`);
  if (values.mutations) {
    for await (const line of findSeeds(base, runs)) process.stdout.write(`${line}\n`);
    return 0;
  }
  const coverage = new Coverage();
  const begun = performance.now();
  let failures = 0;
  for (let seed = base; seed < base + runs && failures < most; seed += 1) {
    const outcome = await simulate({ seed, omitted: NOTHING_OMITTED });
    coverage.add(outcome);
    if (outcome.wrong.length === 0) continue;
    failures += 1;
    process.stdout.write(`${await describeFailure({ seed, omitted: NOTHING_OMITTED })}\n`);
  }
  const seconds = (performance.now() - begun) / 1000;
  for (const [feature, count] of coverage.byFeature) process.stdout.write(`${feature.padEnd(40)} ${count}\n`);
  process.stdout.write(
    `${coverage.worlds} worlds, ${failures} failed, ${(coverage.worlds / seconds).toFixed(0)} a second\n`,
  );
  return failures === 0 ? 0 : 1;
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
