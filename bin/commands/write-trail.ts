import { mkdir, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { AbandonedError, RegionsweepError, reasonOf, UsageError } from '../../lambda/errors';
import type { ObjectRef } from '../../lambda/ports';
import { inParallel } from '../../lambda/util/concurrency';
import { PARTIAL } from '../cli/interruption';
import type { Trail } from '../synthetic-trail/trail';

/** Writes one object of a generated trail, and returns its name. */
export type TrailTarget = (key: string, body: Uint8Array) => Promise<ObjectRef>;

const OBJECTS_AT_A_TIME = 16;

/**
 * Writes a generated trail, until Ctrl-C, and yields the objects in any order.
 * @throws RegionsweepError
 */
export async function writeTrail(trail: Trail, target: TrailTarget, interrupted: AbortSignal): Promise<ObjectRef[]> {
  const written: ObjectRef[] = [];
  await inParallel(trail.objects, OBJECTS_AT_A_TIME, async ({ key, body }) => {
    if (interrupted.aborted) throw new AbandonedError(PARTIAL);
    written.push(await target(key, gzipSync(body)));
  }).catch((error: unknown) => {
    if (!(error instanceof AbandonedError)) throw error;
  });
  return written;
}

/** With the layout of a trail's bucket. */
export function toFolder(folder: string): TrailTarget {
  // An unset variable in a script must not write into the working directory.
  if (folder === '') throw new UsageError('the name of the folder is empty');
  return async (key, body) => {
    const file = join(folder, key);
    try {
      await mkdir(dirname(file), { recursive: true });
      await writeFile(file, body);
    } catch (cause) {
      // A full disk may leave part of the file.
      await rm(file, { force: true }).catch(() => undefined);
      throw new RegionsweepError(`${file}: cannot be written: ${reasonOf(cause)}`, { cause });
    }
    return { bucket: '', key: file };
  };
}
