import { closeSync, createWriteStream, mkdtempSync, openSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { ObjectReadError, reasonOf } from '../../lambda/errors';
import type { ListedKey, ListOptions, ObjectListing } from '../../lambda/ports';
import { compareUtf8 } from '../../lambda/util/values';

/** Most bytes to copy; more is a mistake, or an archive made to fill a disk. */
const MAX_BYTES = 64 * 1024 ** 3;

export interface SpooledFile {
  readonly file: string;
  readonly bytes: number;
}

/** Temporary copies of what can be read only once, or not in place: standard input, pipes, and files in archives. */
export class Spool implements ObjectListing {
  private readonly files = new Map<string, SpooledFile>();
  private folder: string | undefined;
  private sorted: readonly ListedKey[] | undefined;
  private copies = 0;
  private bytes = 0;

  /** @param interrupted ends a copy early */
  constructor(private readonly interrupted: AbortSignal) {}

  fileOf(key: string): SpooledFile | undefined {
    return this.files.get(key);
  }

  /**
   * Copies content, which gets a key from `name`.
   * @param name how errors name it
   * @throws ObjectReadError
   */
  async copy(name: string, content: AsyncIterable<Uint8Array>): Promise<SpooledFile> {
    const file = this.newFile();
    const before = this.bytes;
    try {
      // An interrupted stream ends by itself, but iterating over it would go on waiting.
      const counted = (source: AsyncIterable<Uint8Array>) => this.counted(source);
      await pipeline(content, counted, createWriteStream(file), { signal: this.interrupted });
    } catch (cause) {
      if (cause instanceof ObjectReadError) throw cause;
      if (!this.interrupted.aborted) {
        throw new ObjectReadError(`${name}: cannot be copied to ${file}: ${reasonOf(cause)}`, { cause });
      }
    }
    return { file, bytes: this.bytes - before };
  }

  /** Passes content through, and keeps a copy. */
  async *tee(key: string, content: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
    const file = this.newFile();
    const before = this.bytes;
    const copy = openSync(file, 'w');
    try {
      for await (const piece of this.counted(content)) {
        writeSync(copy, piece);
        yield piece;
      }
    } finally {
      closeSync(copy);
      this.name(key, { file, bytes: this.bytes - before });
    }
  }

  private newFile(): string {
    if (this.folder === undefined) {
      this.folder = mkdtempSync(join(tmpdir(), 'regionsweep-'));
      // The reader of the result may end the process by closing its pipe.
      process.once('exit', this.remove);
    }
    this.copies += 1;
    return join(this.folder, String(this.copies));
  }

  /** @returns the key, changed if it exists already */
  name(key: string, copy: SpooledFile): string {
    let distinct = key;
    for (let count = 2; this.files.has(distinct); count++) distinct = `${key} (${count})`;
    this.files.set(distinct, copy);
    this.sorted = undefined;
    return distinct;
  }

  private async *counted(content: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
    for await (const piece of content) {
      this.bytes += piece.length;
      if (this.bytes > MAX_BYTES) throw new Error(`more than ${MAX_BYTES} bytes; unpack it, and name the folder`);
      yield piece;
    }
  }

  holds(prefix: string): boolean {
    return this.files.size > 0 && this.from(prefix, '').length > 0;
  }

  async folders(_bucket: string, prefix: string, limit: number): Promise<string[]> {
    const below = this.from(prefix, '').map(({ key }) => key.slice(prefix.length));
    const names = below.filter((rest) => rest.includes('/')).map((rest) => rest.slice(0, rest.indexOf('/')));
    return [...new Set(names)].slice(0, limit);
  }

  async keys(_bucket: string, prefix: string, { after, limit, isPast }: ListOptions): Promise<ListedKey[]> {
    const found = this.from(prefix, after).slice(0, limit);
    const last = found.findIndex(({ key }) => isPast?.(key) === true);
    return last < 0 ? found : found.slice(0, last + 1);
  }

  private from(prefix: string, after: string): ListedKey[] {
    this.sorted ??= [...this.files]
      .map(([key, { bytes }]) => ({ key, bytes }))
      .sort((a, b) => compareUtf8(a.key, b.key));
    return this.sorted.filter(({ key }) => key.startsWith(prefix) && compareUtf8(key, after) > 0);
  }

  readonly remove = (): void => {
    process.off('exit', this.remove);
    if (this.folder !== undefined) rmSync(this.folder, { recursive: true, force: true });
  };
}
