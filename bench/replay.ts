/** Figures of whole replays: ours beside what else finds the same. */
import { CONTESTANT_NAMES, type ContestantName } from './contestants';
import { corpusOf } from './corpus/corpus';
import type { CorpusName } from './corpus/shapes';
import { medianIn, type Race, race, ratioIn } from './race';
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
  const { name, raw, files } = ran.corpus;
  const on = `${name}: ${(raw / 1e6).toFixed(0)} MB in ${files.toLocaleString('en-US')} objects`;
  const of = (figure: Figure['name'], value: number): Figure => ({ name: figure, value, note: on });
  return [
    of('wall', ratioIn(ran, 'wall', 'ours', 'duckdb')),
    of('cpu', ratioIn(ran, 'cpu', 'ours', 'duckdb')),
    of('peak', ratioIn(ran, 'peak', 'ours', 'duckdb')),
    of('naive', ratioIn(ran, 'wall', 'node', 'ours')),
    of('jq', ratioIn(ran, 'wall', 'jq', 'ours')),
    of('memory', medianIn(ran, 'peak', 'ours')),
  ];
}

export async function tinyFigure(cache: string, rounds: number): Promise<Figure> {
  const ran = await replayRace('tiny', cache, rounds, ['ours', 'node']);
  const { files, stored } = ran.corpus;
  const note = `${files.toLocaleString('en-US')} objects of ${(stored / files / 1000).toFixed(1)} KB gz`;
  return { name: 'tiny', value: ratioIn(ran, 'wall', 'node', 'ours'), note };
}

export async function oneObjectFigure(cache: string, rounds: number): Promise<Figure> {
  const ran = await replayRace('one-object', cache, rounds, ['ours']);
  return {
    name: 'memoryOfOne',
    value: medianIn(ran, 'peak', 'ours'),
    note: `${(ran.corpus.raw / 1e6).toFixed(0)} MB in one object`,
  };
}
