import type { TallyPart } from '../detection/tally';
import { StateStoreError } from '../errors';
import { formatInstant } from '../util/values';

/** Attribute names of the table, fixed by its data. */
export const STATE_TABLE = { partitionKey: 'pk', sortKey: 'sk', expiry: 'expiresAt' } as const;

const DAY = 86_400;

/** Lifetime of a tally from writing: 14 days in the queue, 14 in the dead-letter queue, and a week to redrive. */
export const TALLY_SECONDS = 35 * DAY;

/** Lifetime of items and entries from writing: longer than any message that could publish an alert again. */
export const ALERT_SECONDS = 60 * DAY;

/**
 * The state store: tallies, versioned items that change under an optimistic lock, and entries for people to list. Two
 * implementations, one contract: memory for local replay, DynamoDB for the deployed detector. Every read sees all that
 * any process wrote before it, and nothing that has expired. Seconds are UTC epoch.
 * @throws StateStoreError from every method, when the store cannot be reached or refuses
 */
export interface StateStore {
  /** Adds one part under `key` (see `bucketKey`); adding it again changes only its expiry. */
  putTally(key: string, part: TallyPart, expiresAt: number): Promise<void>;
  /** All parts and items under the partition key, in no order; items by sort key. */
  read(key: string): Promise<StatePage>;
  readItem(key: ItemKey): Promise<VersionedItem | undefined>;
  /**
   * Writes an item if it still has `version` (0: if there is none), and moves it to the next version.
   * @returns whether it was written. After a lost answer this may be false for a write that succeeded: read and compare.
   */
  writeItem(key: ItemKey, value: string, version: number, expiresAt: number): Promise<boolean>;
  /** Writes or replaces an entry, on which no decision depends: what was published, how a replay goes. */
  putEntry(key: ItemKey, value: string, expiresAt: number): Promise<void>;
  /** The entries of a partition key with sort keys from `from` (included) to `before` (excluded), in their order. */
  entries(partitionKey: string, from: string, before: string): AsyncIterable<Entry>;
}

/** Key of an item or an entry. Entries have partition keys of their own, apart from tallies and items. */
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

/** Partition key of the entries of one UTC day; their sort keys begin with the epoch second. */
export function dayKey(prefix: string, second: number): string {
  return `${prefix}/${formatInstant(second).slice(0, 10)}`;
}

/** The entries under a prefix from `since` (included) to `until` (excluded), by time; UTC epoch seconds. */
export async function* entriesByTime(
  store: StateStore,
  prefix: string,
  since: number,
  until: number,
): AsyncIterable<Entry> {
  for (let day = Math.floor(since / DAY) * DAY; day < until; day += DAY) {
    // Ten digits until the year 2286, so their order as text is their order in time.
    yield* store.entries(dayKey(prefix, day), String(since), String(until));
  }
}

/** An item whose value is JSON. */
export interface JsonItem<T> {
  readonly key: ItemKey;
  /** the value of an item that does not exist */
  readonly absent: T;
  /** as read before, if it was */
  readonly known?: { readonly item: VersionedItem | undefined } | undefined;
}

export async function readValue<T>(store: StateStore, { key, absent }: JsonItem<T>): Promise<T> {
  return parseValue(key, await store.readItem(key), absent);
}

/** @throws StateStoreError that names an item whose value is no JSON */
export function parseValue<T>(key: ItemKey, item: VersionedItem | undefined, absent: T): T {
  return item === undefined ? absent : decoded(key, () => JSON.parse(item.value) as T);
}

/** What is read of an item or entry. @throws StateStoreError that names it, where it cannot be */
export function decoded<T>({ partitionKey, sortKey }: ItemKey, decode: () => T): T {
  try {
    return decode();
  } catch (cause) {
    const what = `${partitionKey} ${sortKey}: not readable; was it written by another version?`;
    throw new StateStoreError(what, { cause });
  }
}

/** An item that loses this many writes in a row does not lose them to a race. */
const MAX_ATTEMPTS = 50;

/**
 * Updates an item with an optimistic lock: reads it, computes the next value, and writes that if the version is
 * unchanged, until it succeeds. A write whose answer was lost is read back as its own value: `change` must not change it.
 * @param now UTC epoch second, from which the item lives ALERT_SECONDS
 * @param change returns the next value, or `undefined` to leave the item as it is
 * @returns the value at the end
 * @throws StateStoreError
 */
export async function updateItem<T>(
  store: StateStore,
  { key, absent, known }: JsonItem<T>,
  now: number,
  change: (value: T) => T | undefined,
): Promise<T> {
  let item = known === undefined ? await store.readItem(key) : known.item;
  for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt += 1) {
    const value = parseValue(key, item, absent);
    const next = change(value);
    const text = JSON.stringify(next);
    if (next === undefined || text === item?.value) return value;
    if (await store.writeItem(key, text, item?.version ?? 0, now + ALERT_SECONDS)) return next;
    item = await store.readItem(key);
  }
  throw new StateStoreError(
    `${key.partitionKey} ${key.sortKey}: other writers changed it ${MAX_ATTEMPTS} times in a row; the message will be retried`,
  );
}
