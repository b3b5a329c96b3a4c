/**
 * What the ledger asks of DynamoDB, as its design promises: an object with a sighting is one item put for each bucket it
 * tells of, whatever the number of its actors and windows, and a batch reads each bucket it touched once. Measured
 * against the real requests by bench/ledger-units.ts; a test holds them to it.
 */

/** DynamoDB developer guide, "Read and write operations": bytes of a write unit and of a strongly consistent read unit. */
export const WRITE_UNIT_BYTES = 1024;
export const READ_UNIT_BYTES = 4096;
/** The same guide, "Querying tables": most bytes of one page. */
export const PAGE_BYTES = 2 ** 20;
/** The same guide, "DynamoDB item sizes and formats": what storing an item costs beside its bytes. */
const STORED_ITEM_BYTES = 100;

/** Bytes of a tally: keys, attribute names and the object's name; and each actor with one call, its ARN at 85 bytes. */
export const TALLY_BYTES = { item: 400, actor: 120 } as const;

/** What telling one alert takes beside its bucket: claim, cap, journal, mark, and the look back of its follow-up. */
export const ALERT_REQUESTS = { writes: 5, writeUnits: 9, reads: 6, readUnits: 12 } as const;

/** What objects with a sighting look like to the ledger. All are means; fractions are allowed. */
export interface LedgerLoad {
  /** actors in each of them */
  readonly actors: number;
  /** buckets each tells of, 1 or more: two where it crosses an edge of five minutes */
  readonly buckets: number;
  /** objects that tell of one bucket in the end */
  readonly objectsPerBucket: number;
  /** objects of one bucket that one batch brings together, 1 or more */
  readonly objectsPerEvaluation: number;
}

/** For each object with a sighting. */
export interface LedgerUse {
  readonly writes: number;
  readonly writeUnits: number;
  readonly queries: number;
  readonly readUnits: number;
  /** as stored, overhead included */
  readonly storedBytes: number;
}

/** Bytes of one tally with so many actors. */
export function tallyBytes(actors: number): number {
  return TALLY_BYTES.item + TALLY_BYTES.actor * actors;
}

export function ledgerUse({
  actors,
  buckets,
  objectsPerBucket,
  objectsPerEvaluation,
}: LedgerLoad): LedgerUse {
  const bytes = tallyBytes(actors);
  const evaluation = evaluationsOf(bytes, objectsPerBucket, objectsPerEvaluation);
  return {
    writes: buckets,
    writeUnits: buckets * Math.ceil(bytes / WRITE_UNIT_BYTES),
    queries: buckets * evaluation.queries,
    readUnits: buckets * evaluation.readUnits,
    storedBytes: buckets * (bytes + STORED_ITEM_BYTES),
  };
}

/**
 * A bucket fills up, and each batch that adds to it reads all that is there by then. So what is read grows with the
 * square of the objects in it, divided by how many a batch brings at once.
 * @returns queries (pages) and units, for each object of the bucket
 */
function evaluationsOf(bytes: number, objectsPerBucket: number, objectsPerEvaluation: number) {
  const objects = Math.max(1, Math.ceil(objectsPerBucket));
  const step = Math.min(objects, Math.max(1, Math.floor(objectsPerEvaluation)));
  let queries = 0;
  let readUnits = 0;
  for (let known = step; known < objects + step; known += step) {
    const read = Math.min(known, objects) * bytes;
    queries += Math.ceil(read / PAGE_BYTES);
    readUnits += Math.ceil(read / READ_UNIT_BYTES);
  }
  return { queries: queries / objects, readUnits: readUnits / objects };
}
