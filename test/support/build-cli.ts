import { mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { bundleCli } from '../../scripts/cli-bundle';

const FOLDER = join(__dirname, '../../node_modules/.cache/regionsweep-test');

/** The command line as it is published, built once a run of jest. */
export const CLI_FILE = join(FOLDER, 'regionsweep.js');

/** What its threads run. */
export const WORKER_FILE = join(FOLDER, 'worker.js');

/** jest's globalSetup. */
export default async function buildCli(): Promise<void> {
  mkdirSync(FOLDER, { recursive: true });
  const folder = mkdtempSync(join(FOLDER, 'build-'));
  await bundleCli(folder);
  // Another run of jest may be using the files.
  for (const file of readdirSync(folder)) renameSync(join(folder, file), join(FOLDER, file));
  rmSync(folder, { recursive: true });
}
