import { createReadStream } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { RegionsweepError, reasonOf, UsageError } from '../../lambda/errors';
import { formatInstant } from '../../lambda/util/values';
import { firstBytesOf } from '../cli/io';

/** Identifies a run: a state file of another run is refused. `regionsweep` names its kind. */
export interface RunHeader {
  readonly regionsweep: string;
  readonly [setting: string]: string | number | null;
}

const NEWLINE = 0x0a;

const MAX_HEADER_BYTES = 64 * 1024;

/** UTC epoch second at which the run of a state file began; undefined without a file. */
export function startOfRun(path: string | undefined): number | undefined {
  if (path === undefined) return undefined;
  try {
    const head = firstBytesOf(path, MAX_HEADER_BYTES);
    const { startedAt } = JSON.parse(head.toString('utf8', 0, Math.max(head.indexOf(NEWLINE), 0)));
    return Number.isInteger(startedAt) ? startedAt : undefined;
  } catch {
    // Opening it reports the error.
    return undefined;
  }
}

/**
 * The progress of a run as appended lines of JSON, so that it can continue. The first line is the header; an incomplete
 * last line is dropped.
 */
export class StateFile {
  private tail: Promise<void> = Promise.resolve();

  private constructor(
    private readonly path: string,
    private readonly handle: FileHandle,
    /** of the run that created the file */
    readonly header: RunHeader,
  ) {}

  /**
   * Opens or creates a file.
   * @param header must equal the earlier run's, setting by setting
   * @param onLine called with each line of earlier runs, in order
   * @param more further settings for a new file's header; if it throws, no header is written
   * @throws UsageError for a file of another run, or another kind of file, which is left unchanged
   */
  static async open(
    path: string,
    header: RunHeader,
    onLine: (line: unknown) => void,
    more: () => Promise<Omit<RunHeader, 'regionsweep'>> = async () => ({}),
  ): Promise<StateFile> {
    const handle = await open(path, 'a+').catch((cause) => {
      throw new UsageError(`--state ${path}: cannot be opened: ${reasonOf(cause)}`, { cause });
    });
    try {
      let earlier: RunHeader | undefined;
      const length = await forEachLine(path, (line, number) => {
        const value = parseLine(line, path, number);
        if (number > 1) onLine(value);
        else earlier = requireSameRun(value, header, path);
      });
      await handle.truncate(length);
      const file = new StateFile(path, handle, earlier ?? { ...header, ...(await more()) });
      if (earlier === undefined) await file.append(file.header);
      return file;
    } catch (error) {
      await handle.close();
      if (error instanceof RegionsweepError) throw error;
      throw new UsageError(`--state ${path}: cannot be read: ${reasonOf(error)}`, { cause: error });
    }
  }

  /** @throws RegionsweepError */
  append(line: unknown): Promise<void> {
    this.tail = this.tail.then(async () => {
      try {
        await this.handle.appendFile(`${JSON.stringify(line)}\n`);
      } catch (cause) {
        throw new RegionsweepError(`--state ${this.path}: cannot be written: ${reasonOf(cause)}`, { cause });
      }
    });
    return this.tail;
  }

  async close(): Promise<void> {
    await this.tail.catch(() => undefined);
    await this.handle.close();
  }
}

/** Calls `each` with every complete line, numbered from 1, and returns their bytes. */
async function forEachLine(path: string, onLine: (line: string, number: number) => void): Promise<number> {
  let length = 0;
  let number = 0;
  let rest: Buffer = Buffer.alloc(0);
  for await (const chunk of createReadStream(path, { highWaterMark: 1 << 20 }) as AsyncIterable<Buffer>) {
    const text = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
    let from = 0;
    for (let at = text.indexOf(NEWLINE); at >= 0; at = text.indexOf(NEWLINE, from)) {
      number += 1;
      onLine(text.toString('utf8', from, at), number);
      from = at + 1;
    }
    length += from;
    rest = text.subarray(from);
  }
  // Another program's file may lack a line feed; ours lacks one only if the header is incomplete.
  if (number === 0 && rest.length > 0 && !'{"regionsweep":'.startsWith(rest.toString('utf8', 0, 15))) {
    throw notAStateFile(path);
  }
  return length;
}

function parseLine(line: string, path: string, number: number): unknown {
  try {
    return JSON.parse(line);
  } catch (cause) {
    if (number === 1) throw notAStateFile(path);
    throw new UsageError(`--state ${path}: line ${number} is damaged; remove the file to start again`, { cause });
  }
}

function requireSameRun(value: unknown, header: RunHeader, path: string): RunHeader {
  if (typeof value !== 'object' || value === null || !('regionsweep' in value)) throw notAStateFile(path);
  const earlier = value as RunHeader;
  for (const [setting, current] of Object.entries(header)) {
    if (earlier[setting] === current) continue;
    const isTime = setting === 'since' || setting === 'until';
    const shown = (value: unknown) =>
      isTime && typeof value === 'number' ? formatInstant(value) : JSON.stringify(value);
    const [was, is] = [earlier[setting], current].map(shown);
    throw new UsageError(
      `--state ${path} is of another run: ${setting} was ${was} and is now ${is}. Give the options of that run, or another file`,
    );
  }
  return earlier;
}

function notAStateFile(path: string): UsageError {
  return new UsageError(`--state ${path}: not a regionsweep state file; it was left unchanged`);
}
