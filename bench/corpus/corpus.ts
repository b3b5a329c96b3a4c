/** Corpora with a known answer, written once into a folder that is kept: another version of the generator writes anew. */

import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type ExpectedResult, generateTrail } from '../../bin/synthetic-trail/trail';
import type { Answer } from './answer';
import { type CorpusName, SHAPES } from './shapes';
import { writeLayout } from './write';

export interface Corpus {
  readonly name: CorpusName;
  /** where the files lie */
  readonly folder: string;
  readonly answer: Answer;
  readonly files: number;
  /** bytes of JSON, and as they are stored */
  readonly raw: number;
  readonly stored: number;
}

const SEED = 'bench';

const NOTE = 'corpus.json';

/** A corpus of the cache, made now if it is not there. */
export async function corpusOf(name: CorpusName, cache: string): Promise<Corpus> {
  const place = join(cache, `${name}-${generatorVersion()}`);
  const note = join(place, NOTE);
  if (!existsSync(note)) await make(name, cache, place);
  return { ...(JSON.parse(readFileSync(note, 'utf8')) as Corpus), folder: join(place, 'files') };
}

async function make(name: CorpusName, cache: string, place: string): Promise<void> {
  console.error(`corpus ${name}: is made, once, in ${place}`);
  mkdirSync(cache, { recursive: true });
  for (const old of readdirSync(cache)) {
    if (old.startsWith(`${name}-`)) rmSync(join(cache, old), { recursive: true });
  }
  const unfinished = `${place}.unfinished`;
  const { trail: spec, layout } = SHAPES[name];
  const trail = generateTrail(spec, SEED);
  const size = await writeLayout(trail, layout, join(unfinished, 'files'));
  const about: Omit<Corpus, 'folder'> = { name, answer: answerOf(trail.answer()), ...size };
  writeFileSync(join(unfinished, NOTE), JSON.stringify(about));
  renameSync(unfinished, place);
}

function answerOf({ detections }: ExpectedResult): Answer {
  return detections.map(({ windowStart, actor, regions }) => ({
    windowStart,
    actor,
    regions: regions.length,
  }));
}

/** Of all that decides what is in a corpus. */
function generatorVersion(): string {
  const hash = createHash('sha256');
  for (const folder of [join(__dirname, '../../bin/synthetic-trail'), __dirname]) {
    for (const file of readdirSync(folder).sort()) hash.update(readFileSync(join(folder, file)));
  }
  return hash.digest('hex').slice(0, 12);
}
