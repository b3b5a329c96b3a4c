/** A gate for CI: a few ratios within one run, against bounds so wide that only a real loss of speed falls through. */
import { filterFigure } from './in-process';
import { ratioIn } from './race';
import { replayRace } from './replay';

const ROUNDS = 5;
const REPLAY_ROUNDS = 3;
const CORPUS = 'S';

interface Check {
  readonly title: string;
  /** what it must reach */
  readonly least: number;
  measure(cache: string): Promise<number>;
}

/** Each is about four fifths of what was measured on a busy machine of two cores; raise it with that. */
const CHECKS: readonly Check[] = [
  {
    title: 'read + inflate + filter ÷ read + inflate, throughput',
    least: 0.68,
    measure: async (cache) => (await filterFigure(CORPUS, cache, ROUNDS)).value,
  },
  {
    title: 'gunzipSync + JSON.parse ÷ replay, processor time of whole processes',
    least: 1.45,
    measure: async (cache) =>
      ratioIn(await replayRace('M', cache, REPLAY_ROUNDS, ['single', 'node']), 'cpu', 'node', 'single'),
  },
  {
    title: 'tiny objects: read + inflate alone ÷ replay, processor time of whole processes',
    least: 0.42,
    measure: async (cache) =>
      ratioIn(await replayRace('tiny', cache, REPLAY_ROUNDS, ['ours', 'limit']), 'cpu', 'limit', 'ours'),
  },
];

/** A busy machine may spoil one measurement; a second one decides. */
export async function runGate(cache: string): Promise<boolean> {
  let isOpen = true;
  for (const { title, least, measure } of CHECKS) {
    let value = await measure(cache);
    if (!(value >= least)) value = await measure(cache);
    const holds = value >= least;
    console.log(`${holds ? 'holds' : 'FAILS'}: ${title} is ${value.toFixed(2)}, must reach ${least}`);
    isOpen &&= holds;
  }
  return isOpen;
}
