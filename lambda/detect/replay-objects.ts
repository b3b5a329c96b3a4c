import type { RegionsweepError } from '../errors';
import type { ObjectRef } from '../ports';
import type { ObjectReading, PassedOver, Reading, RecordFault } from '../trail/object-reader';
import type { TallyPart } from '../window/tally-encoding';
import { readTallies } from './tallies';

/** An object to replay and the size it has in store, in bytes. */
export interface StoredObject {
  readonly object: ObjectRef;
  /** @throws ObjectReadError where it is looked up only now, and cannot be */
  readonly bytes: number;
  /** differs when the content does; absent where that cannot be told */
  readonly version?: string | undefined;
  /** a local file that gives the same bytes to whoever opens it */
  readonly isFile?: boolean | undefined;
}

/** What is counted of one object. */
export interface ObjectCounts extends PassedOver {
  readonly records: number;
  readonly sightings: number;
  readonly faults: number;
  /** the excepted ones by the name of the exception */
  readonly exceptedBy: ReadonlyMap<string, number>;
}

/** All that a replay needs of an object it has read. */
export interface RememberedObject {
  /** as stored */
  readonly bytes: number;
  readonly counts: ObjectCounts;
  readonly parts: readonly TallyPart[];
}

export interface ReadObject extends RememberedObject {
  readonly error: RegionsweepError | undefined;
  readonly faults: readonly RecordFault[];
}

/** Reads objects, one after the other. What they say depends on nothing but them and how they are read. */
export async function readObjects(
  objects: readonly StoredObject[],
  reading: Reading,
): Promise<readonly ReadObject[]> {
  const read: ReadObject[] = [];
  for (const { object } of objects) {
    const { reading: told, parts } = await readTallies(object, reading);
    read.push({ counts: countsOf(told), parts, bytes: told.stored, error: told.error, faults: told.faults });
  }
  return read;
}

function countsOf({ records, sightings, faults, passedOver, exceptedBy }: ObjectReading): ObjectCounts {
  return { records, sightings: sightings.length, faults: faults.length, ...passedOver, exceptedBy };
}

/** Files that are read together: so many that handing them on costs little, so few that a Ctrl-C is not waited for. */
const MOST_FILES = 64;
const FIRST_FILES = 16;
const MOST_BYTES = 1024 * 1024;

/** How many files to read together, by the sizes of those that were read: to ask for a size beforehand takes its time. */
export class BatchSize {
  private objects = 0;
  private bytes = 0;

  /** @param bytes of an object that was read, as stored */
  add(bytes: number): void {
    this.objects += 1;
    this.bytes += bytes;
  }

  get files(): number {
    if (this.objects === 0) return FIRST_FILES;
    return Math.max(1, Math.min(MOST_FILES, Math.floor((MOST_BYTES * this.objects) / this.bytes)));
  }
}

/** Files together, so many as there shall be at the time; every other object by itself, for it may keep one waiting. */
export async function* inBatches(
  objects: AsyncIterable<StoredObject>,
  size: BatchSize,
): AsyncIterable<StoredObject[]> {
  let files: StoredObject[] = [];
  for await (const stored of objects) {
    if (files.length > 0 && (stored.isFile !== true || files.length >= size.files)) {
      yield files;
      files = [];
    }
    if (stored.isFile === true) files.push(stored);
    else yield [stored];
  }
  if (files.length > 0) yield files;
}
