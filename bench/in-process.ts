/** Figures of parts of the program, measured in this process by the processor's time. */

import { closeSync, openSync, readSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { makeGunzip } from '../lambda/adapters/inflate/gunzip';
import { FileScanner } from '../lambda/adapters/local/file-scanner';
import { findUnder } from '../lambda/adapters/local/walk';
import { compileScanner, SimdScanner } from '../lambda/trail/scanner/simd/simd-scanner';
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

/** One thread, file after file, by what reads them in a replay; beside it the same without scanning. */
export async function filterFigure(name: CorpusName, cache: string, rounds: number): Promise<Figure> {
  const { folder } = await corpusOf(name, cache);
  const files = await someFiles(folder);
  const scanner = fileScanner();
  const inflater = new Inflater();
  let records = 0;
  let bytes = 0;
  const seconds = await inTurn(
    {
      filtered: () => {
        for (const file of files) {
          if (scanner.read(file, () => true) !== 0) throw new Error(`${file} is odd`);
          records += scanner.records;
          bytes += scanner.bytes;
        }
      },
      inflated: () => {
        for (const file of files) bytes -= inflater.read(file);
      },
    },
    rounds,
  );
  if (records === 0 || bytes !== 0) throw new Error(`${records} records, a difference of ${bytes} bytes`);
  const value = medianRatio(seconds.inflated, seconds.filtered);
  return { name: 'filter', value, limit: 1, note: `${files.length} files of ${name}` };
}

function fileScanner() {
  return new FileScanner(new SimdScanner(compileScanner()!), gunzip(), LIMIT);
}

function gunzip() {
  const made = makeGunzip();
  if (!('inflate' in made)) throw new Error(made.reason);
  return made;
}

/** Reads and inflates into fixed buffers, as FileScanner does, and does no more: the limit of what it can reach. */
export class Inflater {
  private readonly gunzip = gunzip();
  private readonly input = Buffer.allocUnsafeSlow(64 * 1024);
  private readonly output = Buffer.allocUnsafeSlow(1024 * 1024);

  /** @returns inflated bytes */
  read(path: string): number {
    const { gunzip, input, output } = this;
    const file = openSync(path, 'r');
    let bytes = 0;
    gunzip.begin();
    for (let isLast = false; !isLast; ) {
      const length = readSync(file, input, 0, input.length, null);
      isLast = length < input.length;
      gunzip.inputLeft = length;
      do {
        if (!gunzip.inflate(input, length - gunzip.inputLeft, length, isLast, output, 0)) throw new Error(path);
        bytes += output.length - gunzip.outputLeft;
      } while (gunzip.outputLeft === 0);
    }
    closeSync(file);
    return bytes;
  }
}

const SIZES = ['objects-1k', 'objects-10k', 'objects-100k'] as const;

/** The smaller corpora are gone through as often as it takes to read as many objects. */
const REPEATS = { 'objects-1k': 20, 'objects-10k': 2, 'objects-100k': 1 } as const;

export async function flatFigure(cache: string, rounds: number): Promise<Figure> {
  const perObject: number[] = [];
  // One for all: until V8 has optimized it, it is slow, which only the small corpora would notice.
  const scanner = fileScanner();
  const corpora = await Promise.all(SIZES.map((name) => corpusOf(name, cache)));
  const subjects = Object.fromEntries(
    corpora.map(({ name, folder, files }) => [
      name,
      () => {
        for (let time = 0; time < REPEATS[name as keyof typeof REPEATS]; time++) replayed(scanner, folder, files);
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

function replayed(scanner: FileScanner, folder: string, files: number): void {
  let [objects, calls] = [0, 0];
  const take = () => {
    calls += 1;
    return true;
  };
  for (const found of findUnder(folder)) {
    if (found.kind === 'log' && scanner.read(found.object.key, take) === 0) objects += 1;
  }
  if (objects !== files || calls === 0) throw new Error(`${objects} objects and ${calls} calls in ${folder}`);
}
