import { renameSync } from 'node:fs';
import { join } from 'node:path';
import { buildSync } from 'esbuild';

const FOLDER = join(__dirname, '../../node_modules/.cache/regionsweep-test');

/** The command line as one file, built once a run of jest: starting it from source costs a second each time. */
export const CLI_FILE = join(FOLDER, 'regionsweep.cjs');

/** jest's globalSetup. Dependencies stay outside and are found in the repository. */
export default function buildCli(): void {
  const outfile = join(FOLDER, `regionsweep-${process.pid}.cjs`);
  buildSync({
    entryPoints: [join(__dirname, '../../bin/regionsweep.ts')],
    bundle: true,
    platform: 'node',
    packages: 'external',
    outfile,
    logLevel: 'warning',
  });
  // Another run of jest may be using the file.
  renameSync(outfile, CLI_FILE);
}
