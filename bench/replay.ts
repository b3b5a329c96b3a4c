/** Figures of whole replays: ours beside what else finds the same. */
import { CONTESTANT_NAMES, type ContestantName } from './contestants';
import { corpusOf } from './corpus/corpus';
import type { CorpusName } from './corpus/shapes';
import { type Measure, medianIn, type Race, race, ratioIn } from './race';
import type { Figure } from './targets';

export async function replayRace(
  name: CorpusName,
  cache: string,
  rounds: number,
  contestants: readonly ContestantName[] = CONTESTANT_NAMES,
): Promise<Race> {
  return race(await corpusOf(name, cache), contestants, rounds);
}

export function replayFigures(ran: Race): Figure[] {
  const ratio = (name: Figure['name'], measure: Measure) => againstDuckDb(ran, name, measure);
  const note = noteOf(ran);
  return [
    ...[ratio('wall', 'wall'), ratio('cpu', 'cpu'), ratio('peak', 'peak')],
    { name: 'naive', value: ratioIn(ran, 'wall', 'node', 'ours'), limit: ratioIn(ran, 'wall', 'node', 'limit'), note },
    { name: 'jq', value: ratioIn(ran, 'wall', 'jq', 'ours'), limit: ratioIn(ran, 'wall', 'jq', 'limit'), note },
    { name: 'memory', value: medianIn(ran, 'peak', 'ours'), limit: medianIn(ran, 'peak', 'limit'), note },
  ];
}

/** With as many alerts as a bad day has: their evidence is part of the work. */
export async function sweptFigures(cache: string, rounds: number): Promise<Figure[]> {
  const ran = await replayRace('L24', cache, rounds, ['ours', 'limit', 'duckdb']);
  return [againstDuckDb(ran, 'sweptWall', 'wall'), againstDuckDb(ran, 'sweptCpu', 'cpu')];
}

function againstDuckDb(ran: Race, name: Figure['name'], measure: Measure): Figure {
  const [value, limit] = [ratioIn(ran, measure, 'ours', 'duckdb'), ratioIn(ran, measure, 'limit', 'duckdb')];
  return { name, value, limit, note: noteOf(ran) };
}

function noteOf({ corpus: { name, raw, files } }: Race): string {
  return `${name}: ${(raw / 1e6).toFixed(0)} MB in ${files.toLocaleString('en-US')} objects`;
}

export async function tinyFigure(cache: string, rounds: number): Promise<Figure> {
  const ran = await replayRace('tiny', cache, rounds, ['ours', 'limit']);
  const { files, stored } = ran.corpus;
  const note = `${files.toLocaleString('en-US')} objects of ${(stored / files / 1000).toFixed(1)} KB gz`;
  return { name: 'tiny', value: ratioIn(ran, 'wall', 'limit', 'ours'), limit: 1, note };
}

export async function oneObjectFigure(cache: string, rounds: number): Promise<Figure> {
  const ran = await replayRace('one-object', cache, rounds, ['ours']);
  return {
    name: 'memoryOfOne',
    value: medianIn(ran, 'peak', 'ours'),
    note: `${(ran.corpus.raw / 1e6).toFixed(0)} MB in one object`,
  };
}
