import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { Content } from './replay';

export interface TempFolder {
  /** the path of something in it */
  path(...names: readonly string[]): string;
  /** writes a file, and gives its path */
  write(name: string, content: Content): string;
}

/** A folder for the tests of one file, removed after the last. */
export function useTempFolder(): TempFolder {
  const root = mkdtempSync(join(tmpdir(), 'regionsweep-test-'));
  afterAll(() => rmSync(root, { recursive: true, force: true }));
  const path = (...names: readonly string[]) => join(root, ...names);
  return {
    path,
    write: (name, content) => {
      const file = path(name);
      mkdirSync(dirname(file), { recursive: true });
      writeFileSync(file, content);
      return file;
    },
  };
}
