import type { TallyPart } from '../detection/tally';
import { StateStoreError } from '../errors';

/** Attribute names of the ledger table, fixed by its data. */
export const STATE_TABLE = { partitionKey: 'pk', sortKey: 'sk', expiry: 'expiresAt' } as const;

/** A write that loses this often in a row is no race any more. */
const MAX_ATTEMPTS = 50;

/**
 * Changes a register by reading, computing the next value and writing it under the version read, again and again until
 * nobody was faster. A write whose answer was lost is met again as its own value: `change` must leave that as it is.
 * @param change gives the next value, or `undefined` where nothing is to be changed
 * @param known what was read of it already
 * @returns the value as it is at the end
 * @throws LedgerError
 */
export async function updateItem(
  store: StateStore,
  place: ItemKey,
  expiresAt: number,
  change: (value: string | undefined) => string | undefined,
  known?: { readonly item: VersionedItem | undefined },
): Promise<string | undefined> {
  let item = known === undefined ? await store.readItem(place) : known.item;
  for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt += 1) {
    const next = change(item?.value);
    if (next === undefined || next === item?.value) return item?.value;
    if (await store.writeItem(place, next, item?.version ?? 0, expiresAt)) return next;
    item = await store.readItem(place);
  }
  throw new StateStoreError(
    `${place.partitionKey} ${place.sortKey}: changed by others ${MAX_ATTEMPTS} times while it was to be written; the message will come back`,
  );
}

/**
 * Keeps tallies, and small registers that only change by comparing first. Two implementations, one contract: memory for
 * local replay, DynamoDB for the deployed detector. Every read sees all that was written before it, by anybody; what has
 * expired is not seen. Seconds are UTC epoch.
 * @throws LedgerError from every method, when the store cannot be reached or refuses
 */
export interface StateStore {
  /** Adds one part under `key` (see bucketKey); adding it again changes nothing but its expiry. */
  putTally(key: string, part: TallyPart, expiresAt: number): Promise<void>;
  /** All that is under the key, in no order: the parts, and the registers by their sort key. */
  read(key: string): Promise<StatePage>;
  readItem(place: ItemKey): Promise<VersionedItem | undefined>;
  /**
   * Writes a register if it still is at `version` (0: if there is none), and moves it to the next version.
   * @returns whether it was written. After a lost answer this may be false for a write that was done: read, and compare.
   */
  writeItem(place: ItemKey, value: string, version: number, expiresAt: number): Promise<boolean>;
  /** Writes or replaces an entry that nothing depends on: what was told, how a replay goes. */
  putEntry(place: ItemKey, value: string, expiresAt: number): Promise<void>;
  /** The entries of a partition key with sort keys from `from` on and before `before`, by sort key. */
  entries(partitionKey: string, from: string, before: string): AsyncIterable<Entry>;
}

/** Where a register or an entry lies. Entries have partition keys of their own, apart from tallies and registers. */
export interface ItemKey {
  readonly partitionKey: string;
  readonly sortKey: string;
}

export interface StatePage {
  readonly parts: readonly TallyPart[];
  readonly items: ReadonlyMap<string, VersionedItem>;
}

export interface VersionedItem {
  readonly value: string;
  /** 1 after the first write */
  readonly version: number;
}

export interface Entry {
  readonly sortKey: string;
  readonly value: string;
}
