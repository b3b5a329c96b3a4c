/** `npm run bench`: measures every figure and says whether it reaches what it must; docs/performance.md has the method. */
import { readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Command, InvalidArgumentError, Option } from 'commander';
import { chartOf } from './chart';
import { cliFigures } from './cli-start';
import { CONTESTANT_NAMES, type ContestantName } from './contestants';
import { objectFigure } from './function/object';
import { startFigure } from './function/start';
import { runGate } from './gate';
import { filterFigure, flatFigure } from './in-process';
import type { Race } from './race';
import { oneObjectFigure, replayFigures, replayRace, sweptFigures, tinyFigure } from './replay';
import { figureTable, machineLine, raceTable } from './report';
import { storeFigure } from './store';
import type { Figure } from './targets';

/** What can be measured by itself. */
const PARTS = ['replay', 'swept', 'tiny', 'one-object', 'filter', 'flat', 'cli', 'start', 'object', 'store'] as const;
type Part = (typeof PARTS)[number];

interface Options {
  readonly corpus: 'S' | 'M' | 'L';
  readonly rounds: number;
  readonly contestants: readonly ContestantName[];
  readonly only: readonly Part[];
  readonly cache: string;
  readonly write?: boolean;
  readonly gate?: boolean;
}

const DOCS = join(__dirname, '../docs');

function optionsOf(argv: readonly string[]): Options {
  return new Command('npm run bench --')
    .description('Measures how fast regionsweep is, as ratios in one run, beside what else finds the same.')
    .addOption(
      new Option('--corpus <size>', 'corpus to replay: 20 MB, 200 MB or 1 GB of JSON')
        .choices(['S', 'M', 'L'])
        .default('L'),
    )
    .option('--rounds <n>', 'interleaved rounds', positive, 5)
    .option('--contestants <names>', `of ${CONTESTANT_NAMES.join(', ')}`, listOf(CONTESTANT_NAMES), [
      ...CONTESTANT_NAMES,
    ])
    .option('--only <parts>', `of ${PARTS.join(', ')}`, listOf(PARTS), [...PARTS])
    .option('--cache <folder>', 'where corpora are kept', join(tmpdir(), 'regionsweep-bench'))
    .option('--write', 'write the results into docs/performance.md and performance.svg')
    .option('--gate', 'only hold a few ratios to generous bounds, for CI')
    .parse([...argv])
    .opts<Options>();
}

function positive(text: string): number {
  if (!/^[1-9]\d*$/.test(text)) throw new InvalidArgumentError('It must be a whole number from 1 on.');
  return Number(text);
}

function listOf<T extends string>(known: readonly T[]): (text: string) => T[] {
  return (text) => {
    const names = text.split(',').map((name) => name.trim());
    const unknown = names.find((name) => !(known as readonly string[]).includes(name));
    if (unknown !== undefined) throw new InvalidArgumentError(`${unknown} is none of ${known.join(', ')}.`);
    return names as T[];
  };
}

async function main(): Promise<void> {
  const options = optionsOf(process.argv);
  if (options.gate === true) {
    process.exitCode = (await runGate(options.cache)) ? 0 : 1;
    return;
  }
  const { only, corpus, rounds, cache } = options;
  const isWhole = only.length === PARTS.length && corpus === 'L';
  if (options.write === true && !isWhole) throw new Error('--write is for all parts, on corpus L');
  const figures: Figure[] = [];
  let ran: Race | undefined;
  if (only.includes('replay')) {
    progress('replay');
    ran = await replayRace(corpus, cache, rounds, options.contestants);
    figures.push(...replayFigures(ran));
  }
  const others: Record<Exclude<Part, 'replay'>, () => Figure | Promise<Figure | Figure[]>> = {
    swept: () => sweptFigures(cache, rounds),
    'one-object': () => oneObjectFigure(cache, rounds),
    tiny: () => tinyFigure(cache, rounds),
    filter: () => filterFigure(corpus, cache, rounds),
    flat: () => flatFigure(cache, rounds),
    cli: () => cliFigures(cache, 3 * rounds),
    start: () => startFigure(3 * rounds),
    object: () => objectFigure(cache, 3 * rounds),
    store: storeFigure,
  };
  for (const [part, figure] of Object.entries(others)) {
    if (!only.includes(part as Part)) continue;
    progress(part);
    figures.push(...[await figure()].flat());
  }
  const results = [machineLine(rounds), figureTable(figures), ...(ran === undefined ? [] : [raceTable(ran)])];
  console.log(results.join('\n\n'));
  if (options.write === true && ran !== undefined) write(results.join('\n\n'), chartOf(ran));
}

function progress(part: string): void {
  console.error(`bench: ${part}`);
}

function write(results: string, chart: string): void {
  const page = join(DOCS, 'performance.md');
  const between = /(<!-- results -->\n)[\s\S]*?(\n<!-- end of results -->)/;
  const text = readFileSync(page, 'utf8');
  if (!between.test(text)) throw new Error(`${page} has no place for results`);
  writeFileSync(
    page,
    text.replace(between, (_, start: string, end: string) => start + results + end),
  );
  writeFileSync(join(DOCS, 'performance.svg'), chart);
}

void main();
