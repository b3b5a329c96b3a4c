import { createWriteStream } from 'node:fs';
import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { filesystemSource } from '../../lambda/adapters/local/files';
import { type Found as FoundFile, findUnder } from '../../lambda/adapters/local/walk';
import { ObjectReadError, reasonOf } from '../../lambda/errors';
import type { ObjectRef, ObjectSource } from '../../lambda/ports';
import type { Console } from '../cli/io';
import { type Found, isAskedFor, type KeyFilter } from './model';

export const STDIN = '-';

const STDIN_NAME = '(standard input)';

/** The files that the paths of a command line name. */
export interface LocalObjects {
  readonly source: ObjectSource;
  find(): AsyncIterable<Found>;
  /** removes what was kept of standard input */
  [Symbol.asyncDispose](): Promise<void>;
}

/** Standard input is kept in a temporary file, since evidence is read in a second pass. */
export async function openLocalObjects(
  paths: readonly string[],
  { accounts, regions }: KeyFilter,
  console: Console,
): Promise<LocalObjects> {
  const spool = paths.includes(STDIN) ? await spoolStdin(console) : undefined;
  const pipes = new Pipes();
  return {
    source: sourceOf(pipes, spool),
    async *find() {
      for (const path of paths) {
        // Days are left to the records: opening a file costs nothing but time, and its name may be anybody's.
        for await (const found of path === STDIN && spool !== undefined ? [spooled(spool)] : findUnder(path)) {
          if (found.kind === 'log' && found.isFile === false) pipes.add(found.object);
          const isUnasked = found.kind === 'log' && !isAskedFor(found.object.key, { accounts, regions });
          yield isUnasked ? { kind: 'passed-over', as: 'not asked for' } : found;
        }
      }
    },
    [Symbol.asyncDispose]: async () => {
      if (spool !== undefined) await rm(spool.folder, { recursive: true, force: true });
    },
  };
}

/** Files that give their bytes once: opening one again would wait for somebody to write for ever. */
class Pipes {
  private readonly unread = new Map<string, boolean>();

  add({ key }: ObjectRef): void {
    if (!this.unread.has(key)) this.unread.set(key, true);
  }

  has({ key }: ObjectRef): boolean {
    return this.unread.has(key);
  }

  /** @throws ObjectReadError for a pipe that was read */
  requireUnread({ key }: ObjectRef): void {
    if (this.unread.get(key) === false) {
      throw new ObjectReadError(`${key}: a pipe, which cannot be read again for evidence; pipe it in and name it -`);
    }
    if (this.unread.has(key)) this.unread.set(key, false);
  }
}

function sourceOf(pipes: Pipes, spool: Spool | undefined): ObjectSource {
  const placeOf = (object: ObjectRef): ObjectRef =>
    spool !== undefined && object.key === STDIN_NAME ? { ...object, key: spool.file } : object;
  return {
    read: (object) => {
      pipes.requireUnread(object);
      return filesystemSource.read(placeOf(object));
    },
    readSync: (object) => (pipes.has(object) ? undefined : filesystemSource.readSync(placeOf(object))),
  };
}

interface Spool {
  readonly folder: string;
  readonly file: string;
}

async function spooled({ file }: Spool): Promise<FoundFile> {
  const { size } = await stat(file);
  return { kind: 'log', object: { bucket: '', key: STDIN_NAME }, bytes: size };
}

async function spoolStdin({ stdin, interrupted }: Console): Promise<Spool> {
  const folder = await mkdtemp(join(tmpdir(), 'regionsweep-'));
  const file = join(folder, 'stdin');
  try {
    await pipeline(stdin, createWriteStream(file), { signal: interrupted });
  } catch (cause) {
    if (interrupted.aborted) return { folder, file };
    await rm(folder, { recursive: true, force: true });
    throw new ObjectReadError(`${STDIN_NAME}: cannot be kept in ${folder}: ${reasonOf(cause)}`, { cause });
  }
  return { folder, file };
}
