import { handleBatch } from '../../lambda/pipeline/batch';
import { type Edit, mutated } from './mutate';
import type { Program } from './world';

/** A way to break the detector, and a world that shows it. */
export interface Mutation {
  readonly name: string;
  /** a world in which it is caught */
  readonly seed: number;
  /** what is said to be wrong there */
  readonly caught: string;
  readonly ports?: Omit<Program, 'handle'>;
  readonly edits?: readonly Edit[];
}

export async function programOf({ ports, edits }: Mutation): Promise<Program> {
  return { handle: edits === undefined ? handleBatch : await mutated(edits), ...ports };
}

/** One change of the source; `seed` and `caught` as in `Mutation`. */
export function edit(
  name: string,
  file: string,
  find: string,
  replace: string,
  seed: number,
  caught: string,
): Mutation {
  return { name, seed, caught, edits: [{ file, find, replace }] };
}
