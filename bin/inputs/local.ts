import { createWriteStream } from 'node:fs';
import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { filesystemSource } from '../../lambda/adapters/local/files';
import { findUnder } from '../../lambda/adapters/local/walk';
import { ObjectReadError, reasonOf } from '../../lambda/errors';
import type { ObjectRef, ObjectSource } from '../../lambda/ports';
import type { Console } from '../cli/io';
import { type InputObject, isSelected, type KeyFilter } from './model';

const STDIN = '-';

const STDIN_NAME = '(standard input)';

/** The files that the paths of a command line name. */
export interface LocalObjects {
  readonly source: ObjectSource;
  list(): AsyncIterable<InputObject>;
  /** removes the temporary copy of standard input */
  [Symbol.asyncDispose](): Promise<void>;
}

/** Standard input is copied to a temporary file, since evidence is read in a second pass. */
export async function openLocalObjects(
  paths: readonly string[],
  { accounts, regions }: KeyFilter,
  console: Console,
): Promise<LocalObjects> {
  const spool = paths.includes(STDIN) ? await spoolStdin(console) : undefined;
  /** Pipes give their bytes once: to open one again would wait for a writer for ever. */
  const pipes = new Map<string, 'unread' | 'read'>();
  const fileOf = (object: ObjectRef): ObjectRef =>
    spool !== undefined && object.key === STDIN_NAME ? { ...object, key: spool.file } : object;
  return {
    source: {
      read: (object) => {
        const { key } = object;
        if (pipes.get(key) === 'read') {
          throw new ObjectReadError(
            `${key}: a pipe, which cannot be read again for evidence; pipe it in and name it -`,
          );
        }
        if (pipes.has(key)) pipes.set(key, 'read');
        return filesystemSource.read(fileOf(object));
      },
      readSync: (object) => (pipes.has(object.key) ? undefined : filesystemSource.readSync(fileOf(object))),
    },
    async *list() {
      for (const path of paths) {
        if (path === STDIN && spool !== undefined) {
          const { size } = await stat(spool.file);
          yield { kind: 'log', object: { bucket: '', key: STDIN_NAME }, bytes: size };
          continue;
        }
        for await (const input of findUnder(path)) {
          // Days are left to the records: opening a file costs nothing but time, and its name may be anything.
          if (input.kind === 'log' && !isSelected(input.object.key, { accounts, regions })) {
            yield { kind: 'skipped', reason: 'not selected' };
            continue;
          }
          // A pipe may be listed twice, once for the total.
          if (input.kind === 'log' && input.isFile === false && !pipes.has(input.object.key)) {
            pipes.set(input.object.key, 'unread');
          }
          yield input;
        }
      }
    },
    [Symbol.asyncDispose]: async () => {
      if (spool !== undefined) await rm(spool.folder, { recursive: true, force: true });
    },
  };
}

async function spoolStdin({ stdin, interrupted }: Console): Promise<{ folder: string; file: string }> {
  const folder = await mkdtemp(join(tmpdir(), 'regionsweep-'));
  const file = join(folder, 'stdin');
  try {
    await pipeline(stdin, createWriteStream(file), { signal: interrupted });
  } catch (cause) {
    if (interrupted.aborted) return { folder, file };
    await rm(folder, { recursive: true, force: true });
    throw new ObjectReadError(`${STDIN_NAME}: cannot be copied to ${folder}: ${reasonOf(cause)}`, { cause });
  }
  return { folder, file };
}
