/** The middle of some numbers; of an even count the mean of the two in the middle. */
export function median(values: readonly number[]): number {
  if (values.length === 0) return Number.NaN;
  const sorted = [...values].sort((left, right) => left - right);
  const half = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[half]! : (sorted[half - 1]! + sorted[half]!) / 2;
}

/** Pairs are of one round: what slowed the machine then slowed both. */
export function medianRatio(numerators: readonly number[], denominators: readonly number[]): number {
  return median(numerators.map((numerator, round) => numerator / denominators[round]!));
}

/** Seconds of the processor that this process has had, all its threads together. */
export function processorSeconds(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
}

/** The compiler works on another thread for about two, and its time would count. */
const WARMING_ROUNDS = 3;

/**
 * Runs each subject once a round, in turn, and measures the processor's seconds.
 * @returns for each subject a figure a round; the first rounds are left out, in which caches and compiler warm up
 */
export async function inTurn<Name extends string>(
  subjects: Readonly<Record<Name, () => unknown>>,
  rounds: number,
): Promise<Record<Name, number[]>> {
  const names = Object.keys(subjects) as Name[];
  const seconds = Object.fromEntries(names.map((name) => [name, [] as number[]])) as Record<Name, number[]>;
  for (let round = -WARMING_ROUNDS; round < rounds; round++) {
    for (const name of names) {
      const start = processorSeconds();
      await subjects[name]();
      if (round >= 0) seconds[name].push(processorSeconds() - start);
    }
  }
  return seconds;
}
