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
  inflate: () => load('lambda/adapters/inflate/engine') as typeof import('../lambda/adapters/inflate/engine'),
  files: () => load('lambda/adapters/local/files') as typeof import('../lambda/adapters/local/files'),
  walk: () => load('lambda/adapters/local/walk') as typeof import('../lambda/adapters/local/walk'),
  reader: () => load('lambda/trail/object-reader') as typeof import('../lambda/trail/object-reader'),
  inflated: () => load('lambda/trail/object-bytes') as typeof import('../lambda/trail/object-bytes'),
  scanner: () => load('lambda/trail/scanner/record-scanner') as typeof import('../lambda/trail/scanner/record-scanner'),
  rule: () => load('lambda/detection/rule') as typeof import('../lambda/detection/rule'),
  replay: () => load('lambda/pipeline/replay') as typeof import('../lambda/pipeline/replay'),
  handler: () => load('lambda/handler') as typeof import('../lambda/handler'),
  store: () => load('lambda/adapters/local/memory-store') as typeof import('../lambda/adapters/local/memory-store'),
};
