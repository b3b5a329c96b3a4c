/** The program as it is built: what is measured in this process is what is shipped, not what a loader makes of the source. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';

const DIST = join(__dirname, '../dist');

/** @throws Error where nothing is built */
function load(path: string): unknown {
  if (!existsSync(DIST)) throw new Error('nothing is built: npm run build');
  return require(join(DIST, path));
}

export const built = {
  inflate: () => load('lambda/adapters/inflate-choice') as typeof import('../lambda/adapters/inflate-choice'),
  files: () =>
    load('lambda/adapters/filesystem-source') as typeof import('../lambda/adapters/filesystem-source'),
  walk: () => load('lambda/adapters/filesystem-walk') as typeof import('../lambda/adapters/filesystem-walk'),
  reader: () => load('lambda/trail/object-reader') as typeof import('../lambda/trail/object-reader'),
  inflated: () => load('lambda/trail/inflated') as typeof import('../lambda/trail/inflated'),
  scanner: () => load('lambda/trail/record-scanner') as typeof import('../lambda/trail/record-scanner'),
  rule: () => load('lambda/rule/rule') as typeof import('../lambda/rule/rule'),
  replay: () => load('lambda/detect/replay') as typeof import('../lambda/detect/replay'),
  handler: () => load('lambda/handler') as typeof import('../lambda/handler'),
  ledger: () => load('lambda/adapters/memory-ledger') as typeof import('../lambda/adapters/memory-ledger'),
};
