import { existsSync, statSync } from 'node:fs';
import { FileListing, filesystemSource } from '../../lambda/adapters/local/files';
import { findUnder } from '../../lambda/adapters/local/walk';
import { ObjectReadError } from '../../lambda/errors';
import type { ObjectListing, ObjectRef, ObjectSource } from '../../lambda/ports';
import { classifyPath, type SkippedKind } from '../../lambda/trail/object-key';
import type { Console } from '../cli/io';
import { formatMany, StatusLine } from '../cli/progress';
import { archiveKindOf, decompressZstd, headOf, unpack, unreadFormatOf } from './archive';
import { type Delimiter, delimiterOf, isConsoleList, recordsOfTable } from './csv';
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
  if (path === STDIN) {
    const { file } = await spool.copy(STDIN_NAME, console.stdin);
    return (await unpacked(STDIN_NAME, file, spool, console)) ?? [logOf(STDIN_NAME, file, spool)];
  }
  // Nothing but JSON is called so.
  const mayBeArchive = classifyPath(path) !== 'log' && statSync(path, { throwIfNoEntry: false })?.isFile() === true;
  return mayBeArchive ? unpacked(path, path, spool, console) : undefined;
}

const CONSOLE_LIST =
  "the console's list of events as CSV leaves out whose calls they are; there, choose Download events, Download as JSON";

/** Without a byte order mark, and the zeros of UTF-16: enough to tell a header. */
function textOfHead(head: Buffer): string {
  return head
    .toString('latin1')
    .replace(/^(?:\xef\xbb\xbf|\xff\xfe|\xfe\xff)/, '')
    .replaceAll('\0', '');
}

async function fromTable(
  name: string,
  file: string,
  delimiter: Delimiter,
  spool: Spool,
): Promise<readonly InputObject[]> {
  const failures: InputObject[] = [];
  const fail = (error: ObjectReadError) => failures.push({ kind: 'failure', error });
  const copy = await spool.copy(name, recordsOfTable(name, file, delimiter, fail));
  return [logOf(name, copy.file, spool, String(statSync(file).mtimeMs)), ...failures];
}

function logOf(name: string, file: string, spool: Spool, version?: string): InputObject {
  const bytes = statSync(file).size;
  const key = spool.name(name, { file, bytes });
  return { kind: 'log', object: { bucket: '', key }, bytes, version };
}

const isLog = (entry: string) => classifyPath(entry) === 'log';

/** Archives within archives that are followed. */
const MAX_LAYERS = 3;

/** The files of an archive, or the records of a table; undefined for a file that is read as it is. */
async function unpacked(
  name: string,
  file: string,
  spool: Spool,
  console: Console,
  layers = 1,
): Promise<readonly InputObject[] | undefined> {
  const head = headOf(file);
  const kind = archiveKindOf(head);
  if (kind === undefined) {
    const text = textOfHead(head.text);
    const delimiter = delimiterOf(text);
    if (delimiter !== undefined) return fromTable(name, file, delimiter, spool);
    const reason = unreadFormatOf(head) ?? (isConsoleList(text) ? CONSOLE_LIST : undefined);
    return reason === undefined ? undefined : [{ kind: 'failure', error: new ObjectReadError(`${name}: ${reason}`) }];
  }
  const inputs: InputObject[] = [];
  const status = new StatusLine(console, () => `unpacking ${name}: ${formatMany(inputs.length, 'file')}`);
  try {
    if (kind === 'zstd') {
      const { file: inner } = await spool.copy(name, decompressZstd(name, file));
      return (await unpacked(name, inner, spool, console, layers)) ?? [logOf(name, inner, spool)];
    }
    await unpackInto(inputs, isLog);
    // With nothing else in it, it is what was meant.
    if (!inputs.some((input) => input.kind === 'log')) {
      inputs.length = 0;
      await unpackInto(inputs, (entry) => ['log', 'other'].includes(classifyPath(entry)));
    }
  } catch (error) {
    if (!(error instanceof ObjectReadError)) throw error;
    inputs.push({ kind: 'failure', error });
  } finally {
    status.end();
  }
  return inputs;

  async function unpackInto(to: InputObject[], isWanted: (entry: string) => boolean): Promise<void> {
    await unpack(name, file, kind as 'tar' | 'zip', {
      wants: (entry) => {
        if (isWanted(entry)) return true;
        to.push({ kind: 'skipped', reason: classifyPath(entry) as SkippedKind });
        return false;
      },
      take: async (entry, content) => {
        const key = `${name}/${entry}`;
        const copy = await spool.copy(key, content);
        console.interrupted.throwIfAborted();
        const isKnown = isLog(entry) || layers === MAX_LAYERS;
        const inner = isKnown ? undefined : await unpacked(key, copy.file, spool, console, layers + 1);
        to.push(...(inner ?? [logOf(key, copy.file, spool, String(statSync(file).mtimeMs))]));
      },
    });
  }
}
