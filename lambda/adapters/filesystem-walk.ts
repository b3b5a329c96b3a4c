import type { Stats } from 'node:fs';
import { opendir, realpath, stat } from 'node:fs/promises';
import { join } from 'node:path';
import picomatch from 'picomatch';
import type { StoredObject } from '../detect/replay';
import { ObjectReadError, reasonOf } from '../errors';
import { classifyPath, type PassedOverKind } from '../trail/object-key';

/** What lies under a path: a log to read, a file passed over, or a place that could not be looked at. */
export type Found =
  /** `isOnce`: a pipe, say, which gives its bytes once */
  | ({ readonly kind: 'log'; readonly isOnce: boolean } & StoredObject)
  | { readonly kind: 'passed-over'; readonly as: PassedOverKind; readonly path: string }
  | { readonly kind: 'failure'; readonly error: ObjectReadError; readonly path?: string };

/** Everything under a file, a folder (to any depth) or a glob, as it is found: no list of it is kept. */
export async function* findUnder(path: string): AsyncIterable<Found> {
  const kind = await kindOf(path);
  if (kind instanceof ObjectReadError) {
    const { base, isGlob } = picomatch.scan(path);
    if (isGlob) yield* findMatching(path, base === '' ? '.' : base);
    else yield { kind: 'failure', error: kind };
  } else if (kind.isDirectory()) {
    yield* walk(path, []);
  } else {
    yield fileFound(path, kind);
  }
}

async function* findMatching(pattern: string, base: string): AsyncIterable<Found> {
  const matches = picomatch(pattern.replace(/^\.\//, ''), { dot: true });
  let matched = false;
  for await (const found of walk(base, [])) {
    // A folder that cannot be listed has no path here: what matches may lie in it.
    const path = found.kind === 'log' ? found.object.key : found.path;
    if (path !== undefined && !matches(path.replace(/^\.\//, ''))) continue;
    matched = true;
    yield found;
  }
  if (!matched) {
    yield { kind: 'failure', error: new ObjectReadError(`${pattern}: matches no file; check the pattern`) };
  }
}

/** @param above real paths of the linked folders it came through, so that a loop of links ends */
async function* walk(folder: string, above: readonly string[]): AsyncIterable<Found> {
  try {
    for await (const item of await opendir(folder, { bufferSize: 256 })) {
      const path = join(folder, item.name);
      const kind = await kindOf(path);
      if (kind instanceof ObjectReadError) yield { kind: 'failure', error: kind, path };
      else if (!kind.isDirectory()) yield fileFound(path, kind);
      else if (!item.isSymbolicLink()) yield* walk(path, above);
      else yield* followed(path, above);
    }
  } catch (cause) {
    yield {
      kind: 'failure',
      error: new ObjectReadError(`${folder}: cannot be listed: ${reasonOf(cause)}`, { cause }),
    };
  }
}

async function* followed(link: string, above: readonly string[]): AsyncIterable<Found> {
  const real = await realpath(link);
  if (!above.includes(real)) yield* walk(link, [...above, real]);
}

function fileFound(path: string, kind: Stats): Found {
  const as = classifyPath(path);
  if (as !== 'log') return { kind: 'passed-over', as, path };
  return { kind: 'log', object: { bucket: '', key: path }, bytes: kind.size, isOnce: !kind.isFile() };
}

async function kindOf(path: string) {
  try {
    return await stat(path);
  } catch (cause) {
    return new ObjectReadError(`${path}: cannot be read: ${reasonOf(cause)}`, { cause });
  }
}
