import { createReadStream, statSync } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { fingerprintOfExceptions } from '../../lambda/detection/exceptions';
import { LIVE, partitionKey } from '../../lambda/detection/keys';
import type { TallyPart } from '../../lambda/detection/tally';
import { ObjectWriteError, RegionsweepError, reasonOf, UsageError } from '../../lambda/errors';
import type { ObjectCounts, RememberedObject, ReplayMemory, StoredObject } from '../../lambda/pipeline/replay';
import { type ObjectRef, objectName } from '../../lambda/ports';
import type { ReadOptions } from '../../lambda/trail/object-reader';
import { hashShort } from '../../lambda/util/values';

/** One object in the file: `[bucket, key, bytes, version, counts, parts]`. */
type Line = readonly [bucket: string, key: string, bytes: number, version: string, Counts, readonly Part[]];

type Counts = readonly [
  records: number,
  matchedCalls: number,
  faults: number,
  unattributed: number,
  ignoredRegion: number,
  outsideTime: number,
  exceptedBy: readonly (readonly [exception: string, count: number])[],
];

type Part = readonly [partition: string, bucketStart: number, sortKey: string, encoded: string];

/** What a replay has read, in a file, so that the next run with it reads only the rest and still finds all. */
export class FileMemory implements ReplayMemory {
  recalled = 0;
  /** of the objects under way, as they were before they were read */
  private readonly versions = new WeakMap<StoredObject, string>();

  private constructor(
    private readonly known: KnownObjects,
    private readonly file: StateFile,
  ) {}

  /**
   * Thresholds and windowing may differ from those of the earlier run: they decide what is made of the tallies, not
   * what is in them.
   * @throws UsageError for a file of another rule, other exceptions or another time
   */
  static async open(path: string, reading: RunReading): Promise<FileMemory> {
    const known = new KnownObjects();
    const { file } = await StateFile.open(path, headerOf(reading), (line) => {
      const [bucket, key, bytes, version, ...told] = line as Line;
      known.add(nameOf({ bucket, key }, bytes, version), told);
    });
    return new FileMemory(known, file);
  }

  recall(stored: StoredObject): RememberedObject | undefined {
    const version = stored.version ?? fileVersion(stored.object);
    if (version === undefined) return undefined;
    this.versions.set(stored, version);
    const told = this.known.get(nameOf(stored.object, stored.bytes, version));
    if (told === undefined) return undefined;
    this.recalled += 1;
    return remembered(told, stored.object);
  }

  async remember(stored: StoredObject, { counts, parts }: RememberedObject): Promise<void> {
    const version = this.versions.get(stored);
    if (version === undefined) return;
    const { bucket, key } = stored.object;
    const line: Line = [bucket, key, stored.bytes, version, countsLine(counts), parts.map(partLine)];
    await this.file.append(line);
  }

  async close(): Promise<void> {
    await this.file.close();
  }
}

/** What a line tells of its object. */
type AlertState = readonly [Counts, readonly Part[]];

/**
 * What is known, by the names of objects. Of nearly all of them it is that they hold so many records and nothing else:
 * then no more than that number is kept. A sum of them would not do, since a run need not meet every object of the file.
 */
class KnownObjects {
  private readonly quiet = new Map<string, number>();
  private readonly others = new Map<string, AlertState>();

  /** A later line of an object is as good as an earlier one: both are of the same content. */
  add(name: string, told: AlertState): void {
    const [[records, ...rest], parts] = told;
    const isQuiet = parts.length === 0 && rest.every((count) => (Array.isArray(count) ? count.length : count) === 0);
    if (isQuiet) this.quiet.set(name, records);
    else this.others.set(name, told);
  }

  get(name: string): AlertState | undefined {
    const records = this.quiet.get(name);
    return records === undefined ? this.others.get(name) : [[records, 0, 0, 0, 0, 0, []], []];
  }
}

/** What decides what is in the tallies. */
type RunReading = Pick<ReadOptions, 'rule' | 'since' | 'until' | 'exceptions'>;

function headerOf({ rule, since, until, exceptions = [] }: RunReading): RunHeader {
  return {
    regionsweep: 'replay',
    v: 2,
    rule: partitionKey('', rule, LIVE),
    partitions: rule.partitions,
    ignoredRegions: rule.ignoreRegions.join(),
    since: since ?? null,
    until: until ?? null,
    exceptions: exceptions.length === 0 ? null : fingerprintOfExceptions(exceptions),
  };
}

function nameOf(object: ObjectRef, bytes: number, version: string): string {
  return hashShort(12, objectName(object), String(bytes), version);
}

/** When a file was last written; standard input, which is another one each time, has none. */
function fileVersion({ bucket, key }: ObjectRef): string | undefined {
  if (bucket !== '') return undefined;
  try {
    return String(statSync(key).mtimeMs);
  } catch {
    // Whoever reads it next says what is wrong with it.
    return undefined;
  }
}

function countsLine(counts: ObjectCounts): Counts {
  const { records, matchedCalls, faults, unattributed, ignoredRegion, outsideTime, exceptedBy } = counts;
  return [records, matchedCalls, faults, unattributed, ignoredRegion, outsideTime, [...exceptedBy]];
}

function partLine({ bucket, sortKey, encoded }: TallyPart): Part {
  return [bucket.partition, bucket.start, sortKey, encoded];
}

function remembered([counts, parts]: AlertState, object: ObjectRef): RememberedObject {
  const [records, matchedCalls, faults, unattributed, ignoredRegion, outsideTime, exceptedBy] = counts;
  const excepted = exceptedBy.reduce((sum, [, count]) => sum + count, 0);
  return {
    counts: {
      ...{ records, matchedCalls, faults, unattributed, ignoredRegion, outsideTime, excepted },
      exceptedBy: new Map(exceptedBy),
    },
    parts: parts.map(([partition, start, sortKey, encoded]) => {
      return { object, bucket: { partition, start }, sortKey, encoded };
    }),
  };
}

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
