import { statSync } from 'node:fs';
import type { ReplayMemory } from '../lambda/detect/replay';
import type { ObjectCounts, RememberedObject, StoredObject } from '../lambda/detect/replay-objects';
import { hashShort } from '../lambda/hash';
import { type ObjectRef, objectName } from '../lambda/ports';
import { fingerprintOfExceptions } from '../lambda/rule/exception-list';
import type { Reading } from '../lambda/trail/object-reader';
import { LIVE, partitionKey } from '../lambda/window/bucket-key';
import type { TallyPart } from '../lambda/window/tally-encoding';
import { type RunHeader, StateFile } from './state-file';

/** One object in the file: `[bucket, key, bytes, version, counts, parts]`. */
type Line = readonly [bucket: string, key: string, bytes: number, version: string, Counts, readonly Part[]];
type Counts = readonly [
  records: number,
  sightings: number,
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
type Told = readonly [Counts, readonly Part[]];

/**
 * What is known, by the names of objects. Of nearly all of them it is that they hold so many records and nothing else:
 * then no more than that number is kept. A sum of them would not do, since a run need not meet every object of the file.
 */
class KnownObjects {
  private readonly quiet = new Map<string, number>();
  private readonly others = new Map<string, Told>();

  /** A later line of an object is as good as an earlier one: both are of the same content. */
  add(name: string, told: Told): void {
    const [[records, ...rest], parts] = told;
    const isQuiet =
      parts.length === 0 && rest.every((count) => (Array.isArray(count) ? count.length : count) === 0);
    if (isQuiet) this.quiet.set(name, records);
    else this.others.set(name, told);
  }

  get(name: string): Told | undefined {
    const records = this.quiet.get(name);
    return records === undefined ? this.others.get(name) : [[records, 0, 0, 0, 0, 0, []], []];
  }
}

/** What decides what is in the tallies. */
type RunReading = Pick<Reading, 'rule' | 'since' | 'until' | 'exceptions'>;

function headerOf({ rule, since, until, exceptions = [] }: RunReading): RunHeader {
  return {
    regionsweep: 'replay',
    v: 2,
    rule: partitionKey('', rule, LIVE),
    partitions: rule.partitions,
    ignoredRegions: rule.ignoredRegions.join(),
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
  const { records, sightings, faults, unattributed, ignoredRegion, outsideTime, exceptedBy } = counts;
  return [records, sightings, faults, unattributed, ignoredRegion, outsideTime, [...exceptedBy]];
}

function partLine({ bucket, sortKey, encoded }: TallyPart): Part {
  return [bucket.partition, bucket.start, sortKey, encoded];
}

function remembered([counts, parts]: Told, object: ObjectRef): RememberedObject {
  const [records, sightings, faults, unattributed, ignoredRegion, outsideTime, exceptedBy] = counts;
  const excepted = exceptedBy.reduce((sum, [, count]) => sum + count, 0);
  return {
    counts: {
      ...{ records, sightings, faults, unattributed, ignoredRegion, outsideTime, excepted },
      exceptedBy: new Map(exceptedBy),
    },
    parts: parts.map(([partition, start, sortKey, encoded]) => {
      return { object, bucket: { partition, start }, sortKey, encoded };
    }),
  };
}
