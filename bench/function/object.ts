/** What an object of median size takes of the function's processor, without what the SDK takes. */
import { fork } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { bundle } from '../../lib/function-bundle';
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

/** As it is bundled, in a process of its own, whose standard output takes the logs and is thrown away. */
async function measured(load: FunctionLoad): Promise<number[]> {
  const folder = mkdtempSync(join(tmpdir(), 'regionsweep-object-'));
  try {
    bundle(join(__dirname, 'object-process.ts'), folder, join(__dirname, '../..'));
    const child = fork(join(folder, 'index.mjs'), {
      env: { PATH: process.env.PATH, ...ENVIRONMENT },
      execArgv: ['--no-warnings'],
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    });
    child.send(load);
    return await new Promise((resolve, reject) => {
      child.once('message', (micros) => resolve(micros as number[]));
      child.once('exit', (code) => reject(new Error(`the function's process ended with ${code}`)));
    });
  } finally {
    rmSync(folder, { recursive: true });
  }
}
