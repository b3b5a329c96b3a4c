import { mkdirSync, mkdtempSync, renameSync, rmSync } from 'node:fs';
import { basename, join } from 'node:path';
import { buildSync } from 'esbuild';

const FOLDER = join(__dirname, '../../node_modules/.cache/regionsweep-test');

const REPOSITORY = join(__dirname, '../..');

/** The command line as one file, built once a run of jest: starting it from source costs a second each time. */
export const CLI_FILE = join(FOLDER, 'regionsweep.cjs');

/** The program of its reading threads, found beside it. */
export const WORKER_FILE = join(FOLDER, 'worker.cjs');

/** jest's globalSetup. Dependencies stay outside and are found in the repository. */
export default function buildCli(): void {
  mkdirSync(FOLDER, { recursive: true });
  const outdir = mkdtempSync(join(FOLDER, 'build-'));
  buildSync({
    entryPoints: {
      regionsweep: join(REPOSITORY, 'bin/regionsweep.ts'),
      worker: join(REPOSITORY, 'bin/workers/worker.ts'),
    },
    bundle: true,
    platform: 'node',
    packages: 'external',
    outdir,
    outExtension: { '.js': '.cjs' },
    logLevel: 'warning',
  });
  // Another run of jest may be using the files.
  for (const file of [CLI_FILE, WORKER_FILE]) renameSync(join(outdir, basename(file)), file);
  rmSync(outdir, { recursive: true });
}
