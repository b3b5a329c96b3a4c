import { createWriteStream } from 'node:fs';
import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { filesystemSource } from '../lambda/adapters/filesystem-source';
import { type Found, findUnder } from '../lambda/adapters/filesystem-walk';
import { ObjectReadError, reasonOf, UsageError } from '../lambda/errors';
import type { ObjectRef, ObjectSource } from '../lambda/ports';
import type { Console } from './console';
import type { Amount } from './progress';

const STDIN = '-';
const STDIN_NAME = '(standard input)';

/** The objects that the paths of a command line name, and where to read them. */
export interface LocalObjects {
  readonly source: ObjectSource;
  find(): AsyncIterable<Found>;
  /** how much there is to read, by looking at all of it once; nothing is opened */
  measure(): Promise<Amount>;
  /** removes what was kept of standard input */
  [Symbol.asyncDispose](): Promise<void>;
}

/**
 * Standard input is kept in a temporary file, since evidence is read in a second pass.
 * @throws UsageError for a path that is no local one
 */
export async function openLocalObjects(paths: readonly string[], console: Console): Promise<LocalObjects> {
  const remote = paths.find((path) => path.startsWith('s3://'));
  if (remote !== undefined) {
    throw new UsageError(
      `${remote}: objects in S3 cannot be replayed yet; copy them first (aws s3 sync ${remote} FOLDER) and replay the folder`,
    );
  }
  const spool = paths.includes(STDIN) ? await spoolStdin(console) : undefined;
  const find = () => findAll(paths, spool);
  return {
    source: {
      read: (object: ObjectRef) => {
        const isStdin = spool !== undefined && object.key === STDIN_NAME;
        return filesystemSource.read(isStdin ? { ...object, key: spool.file } : object);
      },
    },
    find,
    measure: async () => {
      let objects = 0;
      let bytes = 0;
      for await (const found of find()) {
        if (found.kind !== 'log') continue;
        objects += 1;
        bytes += found.bytes;
      }
      return { objects, bytes };
    },
    [Symbol.asyncDispose]: async () => {
      if (spool !== undefined) await rm(spool.folder, { recursive: true, force: true });
    },
  };
}

interface Spool {
  readonly folder: string;
  readonly file: string;
}

async function* findAll(paths: readonly string[], spool: Spool | undefined): AsyncIterable<Found> {
  for (const path of paths) {
    if (path !== STDIN || spool === undefined) {
      yield* findUnder(path);
      continue;
    }
    const { size } = await stat(spool.file);
    yield { kind: 'log', object: { bucket: '', key: STDIN_NAME }, bytes: size };
  }
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
