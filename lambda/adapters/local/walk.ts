import { type Dirent, readdirSync, realpathSync, type Stats, statSync } from 'node:fs';
import { join, normalize, sep } from 'node:path';
import { ObjectReadError, reasonOf } from '../../errors';
import type { StoredObject } from '../../pipeline/replay';
import type { ObjectRef } from '../../ports';
import { classifyNamed, classifyPath, type SkippedKind } from '../../trail/object-key';

/** What lies under a path: a log file to read, a file to skip, or a path that cannot be listed. */
export type Found =
  | ({ readonly kind: 'log' } & StoredObject)
  | { readonly kind: 'skipped'; readonly reason: SkippedKind; readonly path: string }
  | { readonly kind: 'failure'; readonly error: ObjectReadError; readonly path?: string };

/** Reads globs. */
type Globs = typeof import('picomatch');

/**
 * Everything under a file, a folder (to any depth) or a glob, folder by folder: no list of all is kept. It does not
 * wait, which would take many times longer, and asks nothing of a file that its folder says.
 * @param globs reads globs; without it there are none
 */
export function* findUnder(path: string, globs?: Globs): Iterable<Found> {
  const kind = kindOf(path);
  if (kind instanceof ObjectReadError) {
    const { base, isGlob } = globs?.scan(path) ?? { base: '', isGlob: false };
    if (isGlob) yield* findMatching(path, base === '' ? '.' : base, globs!);
    else yield { kind: 'failure', error: kind };
  } else if (kind.isDirectory()) {
    yield* walk(normalize(path));
  } else {
    yield fileFound(path, kind.isFile(), classifyNamed(path));
  }
}

function* findMatching(pattern: string, base: string, globs: Globs): Iterable<Found> {
  const matches = globs(pattern.replace(/^\.\//, ''), { dot: true });
  let matched = false;
  for (const found of walk(normalize(base))) {
    // A folder that cannot be listed has no path here: what matches may lie in it.
    const path = found.kind === 'log' ? found.object.key : found.path;
    if (path !== undefined && !matches(path.replace(/^\.\//, ''))) continue;
    matched = true;
    const isNamed = found.kind === 'skipped' && found.reason === 'other' && NAMES_EXTENSION.test(pattern);
    if (isNamed) yield* findUnder(found.path);
    else yield found;
  }
  if (!matched) {
    yield { kind: 'failure', error: new ObjectReadError(`${pattern}: matches no file; check the pattern`) };
  }
}

/** A pattern that does names its files as a shell would. */
const NAMES_EXTENSION = /\.\w+$/;

/** Everything under a folder. Without a generator for each folder: through them a file takes longer than to be read. */
function* walk(folder: string): Iterable<Found> {
  const open = [new OpenFolder(folder, [])];
  for (let last = open[0]; last !== undefined; last = open.at(-1)) {
    let next: Found | OpenFolder | undefined;
    try {
      next = last.next();
    } catch (cause) {
      const error = new ObjectReadError(`${last.path}: cannot be listed: ${reasonOf(cause)}`, { cause });
      yield { kind: 'failure', error };
    }
    if (next === undefined) open.pop();
    else if (next instanceof OpenFolder) open.push(next);
    else yield next;
  }
}

class OpenFolder {
  private items: readonly Dirent[] | undefined;
  private index = 0;

  /** @param above real paths of the folders whose links it came through */
  constructor(
    readonly path: string,
    private readonly above: readonly string[],
  ) {}

  /** What comes next in it, if anything does. @throws whatever the file system says */
  next(): Found | OpenFolder | undefined {
    // At once: entry by entry takes several times longer than to read a small file.
    this.items ??= readdirSync(this.path, { withFileTypes: true });
    while (this.index < this.items.length) {
      const item = this.items[this.index++]!;
      const path = below(this.path, item.name);
      if (item.isFile()) return fileFound(path, true);
      if (item.isDirectory()) return new OpenFolder(path, this.above);
      const kind = kindOf(path);
      if (kind instanceof ObjectReadError) return { kind: 'failure', error: kind, path };
      if (!kind.isDirectory()) return fileFound(path, kind.isFile());
      const real = below(realpathSync(path), '');
      const above = [...this.above, below(realpathSync(this.path), '')];
      // A link to a folder that it lies in is a loop: all of it is read without.
      if (!above.some((one) => one.startsWith(real))) return new OpenFolder(path, above);
    }
    return undefined;
  }
}

/** As `join` has it for a folder that is normalized, which would normalize it anew for each of its files. */
function below(folder: string, name: string): string {
  return folder === '.' || folder.endsWith(sep) ? join(folder, name) : folder + sep + name;
}

function fileFound(path: string, isFile: boolean, kind = classifyPath(path)): Found {
  return kind === 'log' ? new FoundFile(path, isFile) : { kind: 'skipped', reason: kind, path };
}

/** Its size is asked for only where somebody wants it: to do so takes as long as to open it. */
class FoundFile implements StoredObject {
  readonly kind = 'log';
  readonly object: ObjectRef;

  constructor(
    key: string,
    readonly isFile: boolean,
  ) {
    this.object = { bucket: '', key };
  }

  /** 0 for a file that is gone: whoever reads it says so. */
  get bytes(): number {
    return statSync(this.object.key, { throwIfNoEntry: false })?.size ?? 0;
  }
}

function kindOf(path: string): Stats | ObjectReadError {
  try {
    return statSync(path);
  } catch (cause) {
    return new ObjectReadError(`${path}: cannot be read: ${reasonOf(cause)}`, { cause });
  }
}
