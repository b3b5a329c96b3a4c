import { on } from 'node:events';
import { createReadStream } from 'node:fs';
import { constants, gunzipSync } from 'node:zlib';
import type { ReadEntry } from 'tar';
import { ObjectReadError, reasonOf } from '../../lambda/errors';
import { isGzip } from '../../lambda/trail/object-bytes';
import { firstBytesOf } from '../cli/io';

/** The kind of an archive, whose files are read instead of it. */
export type ArchiveKind = 'tar' | 'zip' | 'zstd';

const HEAD_BYTES = 4096;

/** @param head the first bytes of a file, which identify its format */
export function archiveKindOf({ stored, text }: FileHead): ArchiveKind | undefined {
  if (stored.readUInt32BE(0) === 0x504b0304) return 'zip';
  if (stored.readUInt32LE(0) === 0xfd2fb528) return 'zstd';
  return text.toString('latin1', 257, 262) === 'ustar' ? 'tar' : undefined;
}

/** Unsupported formats, their first bytes, and what converts them. */
const UNREAD: readonly (readonly [start: string, kind: string, remedy: string])[] = [
  ['BZh', 'bzip2', 'bunzip2 it, or pipe it: bzcat FILE | regionsweep replay -'],
  ['\xfd7zXZ', 'xz', 'unxz it, or pipe it: xzcat FILE | regionsweep replay -'],
  ['7z\xbc\xaf', '7-Zip', 'unpack it, and name the folder'],
  ['Rar!', 'RAR', 'unpack it, and name the folder'],
  ['PAR1', 'Parquet', `convert it: duckdb -c "COPY (FROM 'FILE') TO 'trail.ndjson' (FORMAT json)"`],
  ['ORC', 'ORC', "convert it to JSON lines, as Athena does: UNLOAD (SELECT ...) WITH (format = 'JSON')"],
  ['SQLite format 3', 'SQLite', 'convert it to JSON lines: sqlite3 -json FILE "SELECT ..."'],
];

/** Why a file cannot be read, if it has an unsupported format. */
export function unreadFormatOf({ stored }: FileHead): string | undefined {
  const start = stored.toString('latin1', 0, 16);
  const [, kind, remedy] = UNREAD.find(([begin]) => start.startsWith(begin)) ?? [];
  return kind === undefined ? undefined : `${kind} is not read; ${remedy}`;
}

/** The first bytes of a file, as stored and inflated. */
export interface FileHead {
  readonly stored: Buffer;
  readonly text: Buffer;
}

export function headOf(file: string): FileHead {
  const stored = firstBytesOf(file, HEAD_BYTES);
  return { stored, text: isGzip(stored) ? inflatedHead(stored) : stored };
}

function inflatedHead(gzip: Buffer): Buffer {
  try {
    return gunzipSync(gzip, { finishFlush: constants.Z_SYNC_FLUSH, maxOutputLength: 16 * 1024 * 1024 });
  } catch {
    return Buffer.alloc(0);
  }
}

/** Receives the files of an archive in turn. */
export interface Unpacked {
  /** @param name from the archive: untrusted */
  wants(name: string): boolean;
  take(name: string, content: AsyncIterable<Uint8Array>): Promise<void>;
}

/** @throws ObjectReadError, after the files before the fault */
export async function unpack(name: string, file: string, kind: 'tar' | 'zip', to: Unpacked): Promise<void> {
  try {
    await (kind === 'tar' ? unpackTar(file, to) : unpackZip(file, to));
  } catch (cause) {
    throw unpackError(name, cause);
  }
}

function unpackError(name: string, cause: unknown): ObjectReadError {
  if (cause instanceof ObjectReadError) return cause;
  return new ObjectReadError(`${name}: cannot be unpacked to its end: ${reasonOf(cause)}`, { cause });
}

async function unpackTar(file: string, { wants, take }: Unpacked): Promise<void> {
  const { Parser } = await import('tar');
  const parser = new Parser({ strict: true });
  let open: ReadEntry | undefined;
  let fault: unknown;
  let isClosed = false;
  parser.on('entry', (entry) => {
    // Nobody reads it yet, or ever: without a listener its error would end the process.
    entry.on('error', () => undefined);
    open = entry;
  });
  // Files before a fault are complete; one that the fault cuts is dropped.
  parser.on('error', (error) => {
    fault ??= error;
    if (open !== undefined && open.remain > 0) open.destroy(error);
  });
  parser.on('nullBlock', () => {
    isClosed = true;
  });
  createReadStream(file)
    .on('error', (error) => parser.emit('error', error))
    .pipe(parser as unknown as NodeJS.WritableStream);
  try {
    for await (const [entry] of on(parser, 'entry', { close: ['end'] }) as AsyncIterable<[ReadEntry]>) {
      if (/File$/.test(entry.type) && wants(entry.path)) await take(entry.path, entry);
      else entry.resume();
    }
  } catch (error) {
    throw fault ?? error;
  }
  // Otherwise a tar that is cut between two files would look complete.
  if (!isClosed) throw new Error('the end of the tar is missing');
}

async function unpackZip(file: string, { wants, take }: Unpacked): Promise<void> {
  // A CommonJS module: in the bundle it has only this export.
  const { openPromise } = (await import('yauzl')).default;
  const zip = await openPromise(file, { lazyEntries: true, autoClose: false });
  try {
    for await (const entry of zip.eachEntry()) {
      if (entry.fileName.endsWith('/') || !wants(entry.fileName)) continue;
      if (entry.isEncrypted()) throw new Error(`${entry.fileName} is encrypted; unpack it, and name the folder`);
      await take(entry.fileName, await zip.openReadStreamPromise(entry));
    }
  } finally {
    zip.close();
  }
}

/** Stored bytes per step, few enough that their output fits into memory. */
const ZSTD_BYTES = 4096;

/** @throws ObjectReadError */
export async function* decompressZstd(name: string, file: string): AsyncGenerator<Uint8Array> {
  const { Decompress } = await import('fzstd');
  const pieces: Uint8Array[] = [];
  const zstd = new Decompress((piece) => pieces.push(Buffer.from(piece)));
  try {
    for await (const chunk of createReadStream(file, { highWaterMark: ZSTD_BYTES })) {
      zstd.push(chunk);
      yield* pieces.splice(0);
    }
    zstd.push(new Uint8Array(0), true);
    yield* pieces.splice(0);
  } catch (cause) {
    throw unpackError(name, cause);
  }
}
