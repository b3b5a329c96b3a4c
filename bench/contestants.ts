/** Who is measured as a whole process: ours, and what else finds the same in a folder of CloudTrail files. */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { type Answer, differenceOf } from './corpus/answer';
import type { Corpus } from './corpus/corpus';
import type { Command } from './process-run';

export interface Contestant {
  readonly title: string;
  /** what to do when it is not here; `undefined` when it is */
  missing(): string | undefined;
  command(folder: string): Command;
  /** what is wrong with what it found */
  difference(stdout: string, corpus: Corpus): string | undefined;
}

const PEERS = join(__dirname, 'peers');
export const CLI = join(__dirname, '../dist/bin/regionsweep.js');

/** As the peers write it: an array, or an object a line. */
function readFound(stdout: string): Answer {
  const text = stdout.trim();
  const objects = text.startsWith('[') ? text : `[${text.replaceAll('\n', ',')}]`;
  return JSON.parse(objects) as Answer;
}

interface OurAlert {
  readonly regionsweep: {
    readonly window: { readonly start: string };
    readonly actor: string;
    readonly region_count: number;
  };
}

function readAlerts(stdout: string): Answer {
  const lines = stdout.split('\n').filter(Boolean);
  return lines
    .map((line) => (JSON.parse(line) as OurAlert).regionsweep)
    .map(({ window, actor, region_count }) => ({
      windowStart: Date.parse(window.start) / 1000,
      actor,
      regions: region_count,
    }));
}

/** @param threads as many as the peers have, whatever the machine has; its own choice where that is the same */
function ours(title: string, threads: number): Contestant {
  const choice = threads === availableParallelism() ? [] : ['--threads', String(threads)];
  return {
    title,
    missing: () => (existsSync(CLI) ? undefined : 'npm run build'),
    command: (folder) => ({
      file: process.execPath,
      args: [CLI, 'replay', folder, '--format', 'ndjson', ...choice],
    }),
    difference: (stdout, { answer }) => differenceOf(readAlerts(stdout), answer),
  };
}

function peer(title: string, file: string, args: readonly string[], missing: () => string | undefined): Contestant {
  return {
    title,
    missing,
    command: (folder) => ({ file, args: [...args, folder] }),
    difference: (stdout, { answer }) => differenceOf(readFound(stdout), answer),
  };
}

function withoutPackage(name: string): () => string | undefined {
  return () =>
    existsSync(join(PEERS, 'node_modules', name)) ? undefined : 'npm install --no-package-lock --prefix bench/peers';
}

function withoutPrograms(...names: readonly string[]): () => string | undefined {
  return () => {
    const missing = names.filter((name) => spawnSync(name, ['--version']).error !== undefined);
    return missing.length === 0 ? undefined : `install ${missing.join(', ')}`;
  };
}

const script = (name: string) => join(PEERS, name);
const node = process.execPath;

export const CONTESTANTS = {
  ours: ours('regionsweep, 2 threads', 2),
  single: ours('regionsweep, 1 thread', 1),
  limit: {
    ...peer('read + inflate alone, 2 threads', node, [script('limit.cjs')], () => undefined),
    difference: (stdout, { raw }) => (Number(stdout) === raw ? undefined : `${stdout.trim()} bytes`),
  },
  duckdb: peer('DuckDB, 2 threads', node, [script('duckdb.cjs')], withoutPackage('@duckdb/node-api')),
  chdb: peer('chdb, 2 threads', node, [script('chdb.cjs')], withoutPackage('chdb')),
  python: peer('Python json, 2 processes', 'python3', [script('standard_library.py')], withoutPrograms('python3')),
  node: peer('gunzipSync + JSON.parse', node, [script('node.cjs')], () => undefined),
  jq: peer('zcat | jq', 'bash', [script('jq.sh')], withoutPrograms('bash', 'zcat', 'jq')),
} as const satisfies Record<string, Contestant>;

export type ContestantName = keyof typeof CONTESTANTS;
export const CONTESTANT_NAMES = Object.keys(CONTESTANTS) as ContestantName[];
