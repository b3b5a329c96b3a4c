import type { RegionsweepError } from '../errors';
import type { ObjectRef } from '../ports';
import type { ObjectReading, PassedOver, Reading, RecordFault } from '../trail/object-reader';
import type { TallyPart } from '../window/tally-encoding';
import { readTallies } from './tallies';

/** An object to replay and the size it has in store, in bytes. */
export interface StoredObject {
  readonly object: ObjectRef;
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
    read.push({ counts: countsOf(told), parts, error: told.error, faults: told.faults });
  }
  return read;
}

function countsOf({ records, sightings, faults, passedOver, exceptedBy }: ObjectReading): ObjectCounts {
  return { records, sightings: sightings.length, faults: faults.length, ...passedOver, exceptedBy };
}

/** Files that are read together: so many that handing them on costs little, so few that a Ctrl-C is not waited for. */
const MOST_FILES = 64;
const MOST_BYTES = 1024 * 1024;

/** Files together, up to some number and size; every other object by itself, for it may keep one waiting. */
export async function* inBatches(objects: AsyncIterable<StoredObject>): AsyncIterable<StoredObject[]> {
  let files: StoredObject[] = [];
  let bytes = 0;
  for await (const stored of objects) {
    const isFull = files.length === MOST_FILES || bytes + stored.bytes > MOST_BYTES;
    if (files.length > 0 && (isFull || stored.isFile !== true)) {
      yield files;
      files = [];
      bytes = 0;
    }
    if (stored.isFile === true) {
      files.push(stored);
      bytes += stored.bytes;
    } else {
      yield [stored];
    }
  }
  if (files.length > 0) yield files;
}
