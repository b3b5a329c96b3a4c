/** Figures of parts of the program, measured in this process by the processor's time. */

import { readFileSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import type { Found } from '../lambda/adapters/local/walk';
import type { ReadOptions } from '../lambda/trail/object-reader';
import { built } from './built';
import { corpusOf } from './corpus/corpus';
import type { CorpusName } from './corpus/shapes';
import { inTurn, median, medianRatio } from './statistics';
import type { Figure } from './targets';

/** More than any object of a corpus. */
const LIMIT = 2 ** 30;

/** A share of the corpus is measured: enough to be steady, little enough to lie in memory. */
const MAX_FILES = 3_000;

export async function filesUnder(folder: string): Promise<string[]> {
  const items = await readdir(folder, { recursive: true, withFileTypes: true });
  return items.filter((item) => item.isFile()).map((item) => join(item.parentPath, item.name));
}

/** Every n-th, so that each part of the corpus is in it. */
async function someFiles(folder: string): Promise<string[]> {
  const files = (await filesUnder(folder)).sort();
  const step = Math.ceil(files.length / MAX_FILES);
  return files.filter((_, index) => index % step === 0);
}

export async function inflaterFigure(name: CorpusName, cache: string, rounds: number): Promise<Figure> {
  const { folder } = await corpusOf(name, cache);
  const objects = (await someFiles(folder)).map((file) => readFileSync(file));
  const { engine } = built.inflate().chooseInflate(undefined);
  let bytes = 0;
  const take = (piece: Uint8Array) => {
    bytes += piece.length;
  };
  const seconds = await inTurn(
    {
      ours: () => {
        for (const gzip of objects) {
          if (!engine.inflateSync(gzip, 'bench', LIMIT, take)) throw new Error('an object was to be streamed');
        }
      },
      plain: () => {
        for (const gzip of objects) bytes -= gunzipSync(gzip).length;
      },
    },
    rounds,
  );
  if (bytes !== 0) throw new Error(`the inflaters differ by ${bytes} bytes`);
  const value = medianRatio(seconds.plain, seconds.ours);
  return { name: 'inflater', value, note: `${objects.length} objects of ${name}, in memory` };
}

export async function filterFigure(name: CorpusName, cache: string, rounds: number): Promise<Figure> {
  const { folder } = await corpusOf(name, cache);
  const objects = (await someFiles(folder)).map((key) => ({ bucket: '', key }));
  const reading = readingOf();
  const { readObject } = built.reader();
  const { inflateObject: giveText } = built.inflated();
  let records = 0;
  const seconds = await inTurn(
    {
      filtered: async () => {
        for (const object of objects) records += (await readObject(object, reading)).records;
      },
      inflated: async () => {
        for (const object of objects) await giveText(object, reading, () => undefined);
      },
    },
    rounds,
  );
  if (records === 0) throw new Error('no record was seen');
  const value = medianRatio(seconds.inflated, seconds.filtered);
  return { name: 'filter', value, note: `${objects.length} files of ${name}` };
}

const SIZES = ['objects-1k', 'objects-10k', 'objects-100k'] as const;

/** The smaller corpora are gone through as often as it takes to read as many objects. */
const REPEATS = { 'objects-1k': 20, 'objects-10k': 2, 'objects-100k': 1 } as const;

export async function flatFigure(cache: string, rounds: number): Promise<Figure> {
  const perObject: number[] = [];
  const corpora = await Promise.all(SIZES.map((name) => corpusOf(name, cache)));
  const subjects = Object.fromEntries(
    corpora.map(({ name, folder, files }) => [
      name,
      async () => {
        for (let time = 0; time < REPEATS[name as keyof typeof REPEATS]; time++) await replayed(folder, files);
      },
    ]),
  );
  const seconds = await inTurn(subjects, rounds);
  for (const { name, files } of corpora) {
    const objects = files * REPEATS[name as keyof typeof REPEATS];
    perObject.push((median(seconds[name]!) / objects) * 1e6);
  }
  const value = (Math.max(...perObject) / Math.min(...perObject) - 1) * 100;
  return { name: 'flat', value, note: perObject.map((micros) => `${micros.toFixed(0)} µs`).join(', ') };
}

async function replayed(folder: string, files: number): Promise<void> {
  const { alerts, totals } = await built.replay().replay(logsUnder(folder), {
    reading: readingOf(),
    store: new (built.store().MemoryStore)(),
    onObject: () => undefined,
    isStopped: () => false,
  });
  if (alerts.length > 0 || totals.objects !== files || totals.matchedCalls === 0) {
    throw new Error(`${totals.objects} objects and ${alerts.length} alerts in ${folder}`);
  }
}

async function* logsUnder(folder: string): AsyncIterable<Extract<Found, { kind: 'log' }>> {
  for await (const found of built.walk().findUnder(folder)) if (found.kind === 'log') yield found;
}

function readingOf(): ReadOptions {
  return {
    source: built.files().filesystemSource,
    inflate: built.inflate().chooseInflate(undefined).engine,
    limit: LIMIT,
    rule: built.rule().DEFAULT_PARAMETERS,
  };
}
