import { NOTHING_OMITTED } from './make-plan';
import { type Mutation, programOf } from './mutation';
import { MUTATIONS } from './mutations';
import { simulate } from './simulate';

/** For each mutation the first world from `base` on in which it is caught, as lines: to pin it anew when schedules moved. */
export async function* findSeeds(base: number, runs: number): AsyncIterable<string> {
  for (const mutation of MUTATIONS) {
    const found = await findSeed(mutation, base, runs);
    yield `${mutation.name} | ${found ?? `not caught in ${runs} worlds`}`;
  }
}

async function findSeed(mutation: Mutation, base: number, runs: number): Promise<string | undefined> {
  const program = await programOf(mutation);
  for (let seed = base; seed < base + runs; seed += 1) {
    const world = { seed, omitted: NOTHING_OMITTED };
    const wrong = await wrongIn(world, program);
    if (wrong.length > 0 && (await simulate(world)).wrong.length === 0) return `${seed} | ${wrong[0]}`;
  }
  return undefined;
}

/** Nothing where a mutation keeps a world from coming to its end: no test could wait for that. */
async function wrongIn(...of: Parameters<typeof simulate>): Promise<readonly string[]> {
  try {
    return (await simulate(...of)).wrong;
  } catch {
    return [];
  }
}
