import fc from 'fast-check';

/** The seed of every property here: fixed, so that a run can be repeated; another one searches elsewhere. */
export const SEED = Number(process.env.REGIONSWEEP_SEED ?? 20_261_124);

/** How many times as many examples are tried. */
const TIMES = Number(process.env.REGIONSWEEP_RUNS ?? 1);

let isPrinted = false;

/** One of several, as often as its weight says. */
export const weighted = <T>(...of: readonly (readonly [weight: number, arbitrary: fc.Arbitrary<T>])[]) =>
  fc.oneof(...of.map(([weight, arbitrary]) => ({ weight, arbitrary })));

/** One of the texts. */
export const pick = (...texts: string[]): fc.Arbitrary<string> => fc.constantFrom(...texts);

/** Asserts a property with the common seed, which is printed once a file; fast-check prints it again on failure. */
export async function holds<Ts>(
  runs: number,
  property: fc.IRawProperty<Ts>,
  examples: readonly Ts[] = [],
): Promise<void> {
  if (!isPrinted) process.stderr.write(`properties: seed ${SEED} (REGIONSWEEP_SEED)\n`);
  isPrinted = true;
  // jest keeps a hundred frames of every error, and some properties make tens of thousands.
  Error.stackTraceLimit = 10;
  await fc.assert(property, { seed: SEED, numRuns: runs * TIMES, examples: [...examples] });
}
