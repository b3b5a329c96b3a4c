/** What an object of median size takes of the function's processor, without what the SDK takes. */
import { fork } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { corpusOf } from '../corpus/corpus';
import { filesUnder } from '../in-process';
import { median } from '../statistics';
import type { Figure } from '../targets';
import { ENVIRONMENT } from './environment';

/** Bytes as stored, around the median of a real trail, 1.5 KB. */
const MEDIAN = { least: 1_350, most: 1_650 } as const;
const OBJECTS = 400;

/** What the process that plays the function is given. */
export interface FunctionLoad {
  /** by key */
  readonly objects: readonly { readonly key: string; readonly gzip: string }[];
  readonly rounds: number;
}

export async function objectFigure(cache: string, rounds: number): Promise<Figure> {
  const { folder } = await corpusOf('tiny', cache);
  const objects = (await filesUnder(folder))
    .sort()
    .map((file) => ({ key: file.slice(folder.length + 1), gzip: readFileSync(file) }))
    .filter(({ gzip }) => gzip.length >= MEDIAN.least && gzip.length <= MEDIAN.most)
    .slice(0, OBJECTS)
    .map(({ key, gzip }) => ({ key, gzip: gzip.toString('base64') }));
  const micros = await measured({ objects, rounds });
  const stored = objects.reduce((sum, { gzip }) => sum + gzip.length * 0.75, 0) / objects.length;
  return {
    name: 'object',
    value: median(micros),
    note: `${(stored / 1000).toFixed(1)} KB gz each, ten a batch, warm`,
  };
}

/** In a process of its own, whose standard output takes the logs and is thrown away. */
function measured(load: FunctionLoad): Promise<number[]> {
  const child = fork(join(__dirname, 'object-process.ts'), {
    env: { PATH: process.env.PATH, ...ENVIRONMENT },
    execArgv: ['--import', 'tsx', '--no-warnings'],
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  child.send(load);
  return new Promise((resolve, reject) => {
    child.once('message', (micros) => resolve(micros as number[]));
    child.once('exit', (code) => reject(new Error(`the function's process ended with ${code}`)));
  });
}
