/** Contestants over one corpus, in interleaved rounds, each judged by its answer. */
import { CONTESTANTS, type ContestantName } from './contestants';
import type { Corpus } from './corpus/corpus';
import { type ProcessRun, runProcess } from './process-run';
import { median, medianRatio } from './statistics';

export type Measure = 'wall' | 'cpu' | 'peak';

/** What a contestant took, a figure a round; or why it has none. */
export type Lap =
  | ({ readonly kind: 'measured' } & Readonly<Record<Measure, readonly number[]>>)
  | { readonly kind: 'void'; readonly reason: string };

export interface Race {
  readonly corpus: Corpus;
  readonly laps: ReadonlyMap<ContestantName, Lap>;
}

/** A first round is left out: it brings the files into the system's cache. */
export async function race(corpus: Corpus, names: readonly ContestantName[], rounds: number): Promise<Race> {
  const runs = new Map<ContestantName, ProcessRun[]>();
  const voids = new Map<ContestantName, string>();
  for (const name of names) {
    const missing = CONTESTANTS[name].missing();
    if (missing === undefined) runs.set(name, []);
    else voids.set(name, `is missing: ${missing}`);
  }
  for (let round = -1; round < rounds; round++) {
    for (const [name, ofName] of runs) {
      const run = await judged(name, corpus);
      if (typeof run === 'string') {
        voids.set(name, run);
        runs.delete(name);
      } else if (round >= 0) ofName.push(run);
    }
  }
  return { corpus, laps: new Map(names.map((name) => [name, lapOf(runs.get(name), voids.get(name))])) };
}

/** A run, or why it does not count. */
async function judged(name: ContestantName, corpus: Corpus): Promise<ProcessRun | string> {
  const { command, difference } = CONTESTANTS[name];
  try {
    const run = await runProcess(command(corpus.folder));
    const wrong = difference(run.stdout, corpus);
    return wrong === undefined ? run : `void, for another answer: ${wrong}`;
  } catch (error) {
    return `void, for it failed: ${error instanceof Error ? error.message : String(error)}`;
  }
}

function lapOf(runs: readonly ProcessRun[] | undefined, reason: string | undefined): Lap {
  if (runs === undefined) return { kind: 'void', reason: reason ?? 'was not asked for' };
  const of = (measure: Measure) => runs.map((run) => run[measure]);
  return { kind: 'measured', wall: of('wall'), cpu: of('cpu'), peak: of('peak') };
}

/** NaN where one of them has no figure. */
export function ratioIn({ laps }: Race, measure: Measure, of: ContestantName, to: ContestantName): number {
  const [left, right] = [laps.get(of), laps.get(to)];
  if (left?.kind !== 'measured' || right?.kind !== 'measured') return Number.NaN;
  return medianRatio(left[measure], right[measure]);
}

/** NaN where it has no figure. */
export function medianIn({ laps }: Race, measure: Measure, of: ContestantName): number {
  const lap = laps.get(of);
  return lap?.kind === 'measured' ? median(lap[measure]) : Number.NaN;
}
