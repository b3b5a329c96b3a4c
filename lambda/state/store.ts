import { decodeTally, type TallyPart } from '../detection/tally';
import { ServiceError } from '../errors';
import { formatInstant } from '../util/values';

/** Attribute names of the table; persisted. */
export const STATE_TABLE = { partitionKey: 'pk', sortKey: 'sk', expiry: 'expiresAt' } as const;

const DAY = 86_400;

/** Lifetime of a tally in seconds: 14 days in the queue, 14 in the dead-letter queue, and a week to redrive. */
export const TALLY_SECONDS = 35 * DAY;

/** Lifetime of items and entries in seconds: longer than that of any message that could publish an alert again. */
export const ALERT_SECONDS = 60 * DAY;

/**
 * The state store: tallies, versioned items that change under an optimistic lock, and entries for people to list. Two
 * implementations have one contract: memory for local replay, DynamoDB for the deployed detector. Every read sees
 * everything that any process wrote before it, and nothing that has expired. Seconds are UTC epoch.
 * @throws ServiceError from every method, if the store cannot be reached or refuses
 */
export interface StateStore {
  /** Adds one part under `key` (see `bucketKey`); repeating it changes only the expiry. */
  putTally(key: string, part: TallyPart, expiresAt: number): Promise<void>;
  /** All parts, in any order, and items, by sort key, under a partition key. */
  read(key: string): Promise<StatePage>;
  readItem(key: ItemKey): Promise<VersionedItem | undefined>;
  /**
   * Writes an item if it still has `version` (0: if it does not exist), and increases the version.
   * @returns whether it was written; after a lost answer maybe false for a write that succeeded: read and compare
   */
  writeItem(key: ItemKey, value: string, version: number, expiresAt: number): Promise<boolean>;
  /** Writes or replaces an entry, on which no decision depends. */
  putEntry(key: ItemKey, value: string, expiresAt: number): Promise<void>;
  /** The entries of a partition key with sort keys from `from` (included) to `before` (excluded), in order. */
  entries(partitionKey: string, from: string, before: string): AsyncIterable<Entry>;
}

/** Key of an item or an entry. Entries do not share partition keys with tallies and items. */
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
export const dayKey = (prefix: string, second: number) => `${prefix}/${formatInstant(second).slice(0, 10)}`;

/** The entries under a prefix from `since` (included) to `until` (excluded), by time; UTC epoch seconds. */
export async function* entriesByTime(store: StateStore, prefix: string, since: number, until: number) {
  for (let day = Math.floor(since / DAY) * DAY; day < until; day += DAY) {
    // Ten digits until the year 2286, so that text order is time order.
    yield* store.entries(dayKey(prefix, day), String(since), String(until));
  }
}

export interface JsonItem<T> {
  readonly key: ItemKey;
  /** the value if the item does not exist */
  readonly absent: T;
  readonly known?: { readonly item: VersionedItem | undefined } | undefined;
}

export async function readValue<T>(store: StateStore, { key, absent }: JsonItem<T>): Promise<T> {
  return parseValue(key, await store.readItem(key), absent);
}

/** @throws ServiceError that names an item whose value is not JSON */
export function parseValue<T>(key: ItemKey, item: VersionedItem | undefined, absent: T): T {
  return item === undefined ? absent : decoded(key, () => JSON.parse(item.value) as T);
}

/** Parses an item or entry. @throws ServiceError that names an unreadable one */
export function decoded<T>({ partitionKey, sortKey }: ItemKey, decode: () => T): T {
  try {
    return decode();
  } catch (cause) {
    const what = `${partitionKey} ${sortKey}: not readable; was it written by another version?`;
    throw new ServiceError(what, { cause });
  }
}

/** The tallies and items under a partition key. @throws ServiceError that names a tally that cannot be decoded */
export async function readBucket(store: StateStore, partitionKey: string) {
  const { parts, items } = await store.read(partitionKey);
  const tallies = parts.map((part) => decoded({ partitionKey, sortKey: part.sortKey }, () => decodeTally(part)));
  return { tallies, items };
}

/** More lost writes in a row are no race. */
const MAX_ATTEMPTS = 50;

/**
 * Updates an item with an optimistic lock: reads it, computes the next value, and writes that if the version is
 * unchanged, until it succeeds. A write whose answer was lost is read back, so `change` must leave its own result as it
 * is.
 * @param now UTC epoch second; the item expires ALERT_SECONDS later
 * @param change returns the next value, or `undefined` to leave the item as it is
 * @returns the final value
 * @throws ServiceError
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
  throw new ServiceError(
    `${key.partitionKey} ${key.sortKey}: other writers changed it ${MAX_ATTEMPTS} times in a row; the message will be retried`,
  );
}
