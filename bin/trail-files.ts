import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import type { Trail } from '../generator/trail';

/** Writes a generated trail as files under a folder, in the layout of a trail's bucket. */
export async function writeTrail(trail: Trail, folder: string): Promise<void> {
  for (const { key, body } of trail.objects) {
    const file = join(folder, key);
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, gzipSync(body));
  }
}
