import { existsSync, statSync } from 'node:fs';
import { FileListing, filesystemSource } from '../../lambda/adapters/local/files';
import { findUnder } from '../../lambda/adapters/local/walk';
import type { ObjectListing, ObjectRef, ObjectSource } from '../../lambda/ports';
import { classifyPath } from '../../lambda/trail/object-key';
import type { Console } from '../cli/io';
import { type InputObject, isSelected, type KeyFilter } from './model';
import { Spool } from './spool';

const STDIN = '-';

const STDIN_NAME = '(standard input)';

/** The files that the paths of a command line name. */
export interface LocalObjects {
  readonly source: ObjectSource;
  readonly listing: ObjectListing;
  /** without waiting for anything */
  list(): Iterable<InputObject>;
  /** removes temporary copies */
  [Symbol.asyncDispose](): Promise<void>;
}

/** What is read once, as pipes are, by key. */
type Streams = ReadonlyMap<string, () => AsyncIterable<Uint8Array>>;

/** Of standard input, archives and pipes there are temporary copies, since evidence is read in a second pass. */
export async function openLocalObjects(
  paths: readonly string[],
  { accounts, regions }: KeyFilter,
  console: Console,
  streams: Streams = new Map(),
): Promise<LocalObjects> {
  const spool = new Spool(console.interrupted);
  const copied = new Map<string, readonly InputObject[]>();
  try {
    for (const path of new Set(paths)) {
      const inputs = await copiesOf(path, spool, console);
      if (inputs !== undefined) copied.set(path, inputs);
    }
  } catch (error) {
    spool.remove();
    throw error;
  }
  // Loaded for a path that may be a glob: nearly none is.
  const globs = paths.every(existsSync) ? undefined : (await import('picomatch')).default;
  const isFiltered = accounts !== undefined || regions !== undefined;
  /** They give their bytes once, and may wait for a writer. */
  const pipes = new Set<string>();
  const isUnread = ({ key }: ObjectRef) => (pipes.has(key) || streams.has(key)) && spool.fileOf(key) === undefined;
  const inPlace = ({ bucket, key }: ObjectRef): ObjectRef => ({ bucket, key: spool.fileOf(key)?.file ?? key });
  const files = new FileListing();
  const listingOf = (prefix: string) => (spool.holds(prefix) ? spool : files);
  return {
    source: {
      read: (object) => {
        if (!isUnread(object)) return filesystemSource.read(inPlace(object));
        return spool.tee(object.key, streams.get(object.key)?.() ?? filesystemSource.read(object));
      },
    },
    listing: {
      folders: (bucket, prefix, ...more) => listingOf(prefix).folders(bucket, prefix, ...more),
      keys: (bucket, prefix, ...more) => listingOf(prefix).keys(bucket, prefix, ...more),
    },
    *list() {
      for (const path of paths) {
        for (const input of copied.get(path) ?? findUnder(path, globs)) {
          // Days are left to the records: opening a file costs nothing but time, and its name may be anything.
          if (input.kind === 'log' && input.isFile === false) pipes.add(input.object.key);
          const isOutside = isFiltered && input.kind === 'log' && !isSelected(input.object.key, { accounts, regions });
          yield isOutside ? { kind: 'skipped', reason: 'not selected' } : input;
        }
      }
    },
    [Symbol.asyncDispose]: async () => spool.remove(),
  };
}

/** What a path stands for that is copied first; undefined where files are read in their place. */
async function copiesOf(path: string, spool: Spool, console: Console): Promise<readonly InputObject[] | undefined> {
  // Nothing but JSON is called so.
  const mayBeArchive = classifyPath(path) !== 'log' && statSync(path, { throwIfNoEntry: false })?.isFile() === true;
  if (path !== STDIN && !mayBeArchive) return undefined;
  // Of a trail's folder nothing is copied.
  const { logOf, unpacked } = await import('./unpacked.js');
  if (path !== STDIN) return unpacked(path, path, spool, console);
  const { file } = await spool.copy(STDIN_NAME, console.stdin);
  return (await unpacked(STDIN_NAME, file, spool, console)) ?? [logOf(STDIN_NAME, file, spool)];
}
