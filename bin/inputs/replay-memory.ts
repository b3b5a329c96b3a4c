import { statSync } from 'node:fs';
import { fingerprintOfExceptions } from '../../lambda/detection/exceptions';
import { LIVE, partitionKey } from '../../lambda/detection/store-keys';
import { decodeTally, encodeTally } from '../../lambda/detection/tally';
import type { RememberedObject, ReplayMemory, StoredObject } from '../../lambda/pipeline/replay';
import { type ObjectRef, objectName } from '../../lambda/ports';
import type { ReadOptions } from '../../lambda/trail/object-reader';
import { hashShort } from '../../lambda/util/values';
import { type RunHeader, StateFile } from './state-file';

/** One object in the file: `[bucket, key, bytes, version, counts, parts]`. */
type Line = readonly [bucket: string, key: string, bytes: number, version: string, ...Content];

type Content = readonly [Counts, readonly Part[]];

type Counts = readonly [
  records: number,
  matchedCalls: number,
  faults: number,
  unattributed: number,
  ignoredRegion: number,
  outsideTime: number,
  exceptedBy: readonly (readonly [exception: string, count: number])[],
  unplaceable?: number,
];

type Part = readonly [partition: string, bucketStart: number, sortKey: string, encoded: string];

/** The settings on which the tallies depend. */
type RunReading = Pick<ReadOptions, 'rule' | 'since' | 'until' | 'exceptions' | 'keepsCallers'>;

/** The results of a replay in a file, so that the next run reads only the rest and still finds everything. */
export class FileMemory implements ReplayMemory {
  /** versions of the objects being read, from before they were opened */
  private readonly versions = new WeakMap<StoredObject, string>();

  private constructor(
    private readonly known: KnownObjects,
    private readonly file: StateFile,
  ) {}

  /**
   * Thresholds and windowing may differ from those of the earlier run: tallies do not depend on them.
   * @param startedAt UTC epoch second, for a new file
   * @throws UsageError for a file of another rule, other exceptions or another time
   */
  static async open(path: string, reading: RunReading, startedAt: number): Promise<FileMemory> {
    const known = new KnownObjects();
    const onLine = (line: unknown) => {
      const [bucket, key, bytes, version, ...content] = line as Line;
      known.add(nameOf({ bucket, key }, bytes, version), content);
    };
    const file = await StateFile.open(path, headerOf(reading), onLine, async () => ({ startedAt }));
    return new FileMemory(known, file);
  }

  recall(stored: StoredObject): RememberedObject | undefined {
    const version = stored.version ?? fileVersion(stored.object);
    if (version === undefined) return undefined;
    this.versions.set(stored, version);
    const content = this.known.get(nameOf(stored.object, stored.bytes, version));
    try {
      return content && decode(content, stored.object);
    } catch {
      // What is damaged is read again.
      return undefined;
    }
  }

  async remember(stored: StoredObject, read: RememberedObject): Promise<void> {
    const version = this.versions.get(stored);
    if (version === undefined) return;
    const { bucket, key } = stored.object;
    await this.file.append([bucket, key, stored.bytes, version, ...encode(read)] satisfies Line);
  }

  close(): Promise<void> {
    return this.file.close();
  }
}

/**
 * Known objects by name. For nearly all only the number of records is kept. Their sum would not do, since a run need not
 * list every object of the file.
 */
class KnownObjects {
  private readonly recordsOnly = new Map<string, number>();
  private readonly others = new Map<string, Content>();

  /** Two lines of an object have the same content. */
  add(name: string, content: Content): void {
    const [[records, ...rest], parts] = content;
    const hasOther = rest.some((count) => (Array.isArray(count) ? count.length : count) !== 0);
    if (parts.length > 0 || hasOther) this.others.set(name, content);
    else this.recordsOnly.set(name, records);
  }

  get(name: string): Content | undefined {
    const records = this.recordsOnly.get(name);
    return records === undefined ? this.others.get(name) : [[records, 0, 0, 0, 0, 0, []], []];
  }
}

function headerOf({ rule, since, until, exceptions = [], keepsCallers = false }: RunReading): RunHeader {
  return {
    regionsweep: keepsCallers ? 'backtest' : 'replay',
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

/** The modification time of a local file; standard input has no version. */
function fileVersion({ bucket, key }: ObjectRef): string | undefined {
  if (bucket !== '') return undefined;
  try {
    return String(statSync(key).mtimeMs);
  } catch {
    // Opening it reports the error.
    return undefined;
  }
}

function encode({ counts, tallies }: RememberedObject): Content {
  const { records, matchedCalls, faults, unattributed, ignoredRegion, outsideTime, exceptedBy, unplaceable } = counts;
  return [
    [records, matchedCalls, faults, unattributed, ignoredRegion, outsideTime, [...exceptedBy], unplaceable],
    tallies
      .flatMap((tally) => encodeTally(tally))
      .map(({ bucket, sortKey, encoded }) => [bucket.partition, bucket.start, sortKey, encoded]),
  ];
}

function decode([counts, parts]: Content, object: ObjectRef): RememberedObject {
  const [records, matchedCalls, faults, unattributed, ignoredRegion, outsideTime, exceptedBy, unplaceable = 0] = counts;
  const excepted = exceptedBy.reduce((sum, [, count]) => sum + count, 0);
  const others = { faults, unattributed, ignoredRegion, outsideTime, excepted, unplaceable };
  const tallies = parts.map(([partition, start, sortKey, encoded]) =>
    decodeTally({ object, bucket: { partition, start }, sortKey, encoded }),
  );
  let left = matchedCalls;
  for (const { second, calls } of tallies.flatMap(({ actors }) => actors.flatMap(({ cells }) => cells))) {
    left -= calls;
    // Of each call a table makes a row.
    if (!(Number.isInteger(second) && Number.isInteger(calls) && calls > 0 && left >= 0))
      throw new RangeError('damaged');
  }
  return { counts: { records, matchedCalls, ...others, exceptedBy: new Map(exceptedBy) }, tallies };
}
