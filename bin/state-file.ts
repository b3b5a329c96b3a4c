import { createReadStream } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { ObjectWriteError, RegionsweepError, reasonOf, UsageError } from '../lambda/errors';

/** What a run is: a state file of another one is refused. `regionsweep` says which kind of run it is of. */
export interface RunHeader {
  readonly regionsweep: string;
  readonly [setting: string]: string | number | null;
}

const NEWLINE = 0x0a;

/**
 * What a run has done so far, as lines of JSON that are only ever added, so that it goes on where it was broken off. The
 * first line says what run it is. A last line that was not written to its end is dropped.
 */
export class StateFile {
  private tail: Promise<void> = Promise.resolve();

  private constructor(
    private readonly path: string,
    private readonly handle: FileHandle,
  ) {}

  /**
   * Opens or begins one.
   * @param header must be the earlier run's, setting by setting
   * @param onLine is told each line that an earlier run added, in order
   * @param more gives what a new file's header holds besides; where it throws, none is begun
   * @returns the file, and the header of the run that began it
   * @throws UsageError for a file that is not of this run, or no state file at all: that one is left as it is
   */
  static async open(
    path: string,
    header: RunHeader,
    onLine: (line: unknown) => void,
    more: () => Promise<Omit<RunHeader, 'regionsweep'>> = async () => ({}),
  ): Promise<{ file: StateFile; begun: RunHeader }> {
    const handle = await opened(path);
    try {
      let begun: RunHeader | undefined;
      const length = await eachLine(path, (line, number) => {
        const value = parsed(line, path, number);
        if (number > 1) onLine(value);
        else begun = sameRun(value, header, path);
      });
      await handle.truncate(length);
      const file = new StateFile(path, handle);
      if (begun !== undefined) return { file, begun };
      const whole = { ...header, ...(await more()) };
      await file.append(whole);
      return { file, begun: whole };
    } catch (error) {
      await handle.close();
      if (error instanceof RegionsweepError) throw error;
      throw new UsageError(`--state ${path}: cannot be read: ${reasonOf(error)}`, { cause: error });
    }
  }

  /** @throws ObjectWriteError */
  append(line: unknown): Promise<void> {
    this.tail = this.tail.then(async () => {
      try {
        await this.handle.appendFile(`${JSON.stringify(line)}\n`);
      } catch (cause) {
        throw new ObjectWriteError(`--state ${this.path}: cannot be written: ${reasonOf(cause)}`, { cause });
      }
    });
    return this.tail;
  }

  async close(): Promise<void> {
    await this.tail.catch(() => undefined);
    await this.handle.close();
  }
}

async function opened(path: string): Promise<FileHandle> {
  try {
    return await open(path, 'a+');
  } catch (cause) {
    throw new UsageError(`--state ${path}: cannot be opened: ${reasonOf(cause)}`, { cause });
  }
}

/** Calls for each whole line, and gives the bytes they take together. */
async function eachLine(path: string, onLine: (line: string, number: number) => void): Promise<number> {
  let whole = 0;
  let number = 0;
  let rest: Buffer = Buffer.alloc(0);
  for await (const piece of createReadStream(path, { highWaterMark: 1 << 20 }) as AsyncIterable<Buffer>) {
    const text = rest.length === 0 ? piece : Buffer.concat([rest, piece]);
    let from = 0;
    for (let at = text.indexOf(NEWLINE); at >= 0; at = text.indexOf(NEWLINE, from)) {
      number += 1;
      onLine(text.toString('utf8', from, at), number);
      from = at + 1;
    }
    whole += from;
    rest = text.subarray(from);
  }
  // A file of somebody else's need not have a line feed; ours has one once it holds more than a torn header.
  if (number === 0 && rest.length > 0 && !'{"regionsweep":'.startsWith(rest.toString('utf8', 0, 15))) {
    throw notOurs(path);
  }
  return whole;
}

function parsed(line: string, path: string, number: number): unknown {
  try {
    return JSON.parse(line);
  } catch (cause) {
    if (number === 1) throw notOurs(path);
    throw new UsageError(`--state ${path}: line ${number} is damaged; remove the file to begin anew`, {
      cause,
    });
  }
}

function sameRun(value: unknown, header: RunHeader, path: string): RunHeader {
  if (typeof value !== 'object' || value === null || !('regionsweep' in value)) throw notOurs(path);
  const earlier = value as RunHeader;
  for (const [setting, here] of Object.entries(header)) {
    const there = earlier[setting];
    if (there === here) continue;
    throw new UsageError(
      `--state ${path} is of another run: ${setting} is ${JSON.stringify(there)} there and ${JSON.stringify(here)} here. Give the options of that run, or another file`,
    );
  }
  return earlier;
}

function notOurs(path: string): UsageError {
  return new UsageError(`--state ${path}: is no state file of regionsweep; it is left as it is`);
}
