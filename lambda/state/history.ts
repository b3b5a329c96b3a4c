import { RULE } from '../detection/rule';
import { type Scope, scopePrefix } from '../detection/store-keys';
import { ALERT_SECONDS, dayKey, decoded, type Entry, entriesByTime, type ItemKey, type StateStore } from './store';

/**
 * The history of alerts that were published, rate-limited (`held`), suppressed and followed up, for people: entries by UTC
 * day, on which no decision depends. Seconds are UTC epoch.
 */
export interface HistoryEntry {
  readonly kind: 'alert' | 'held' | 'suppressed' | 'follow-up';
  readonly alertId: string;
  readonly at: number;
  readonly actor: string;
  readonly account: string | undefined;
  readonly start: number;
  readonly end: number;
  readonly regions: number;
  readonly messageId?: string | undefined;
  readonly verdict?: string | undefined;
}

export function historyKey({ at, kind, alertId }: HistoryEntry, scope: Scope): ItemKey {
  return { partitionKey: dayKey(journal(scope), at), sortKey: `${at}/${kind}/${alertId}` };
}

/** Writes or replaces an entry, under its key in the history or another. @throws StateStoreError */
export function putHistory(
  store: StateStore,
  entry: HistoryEntry,
  scope: Scope,
  key = historyKey(entry, scope),
): Promise<void> {
  return store.putEntry(key, JSON.stringify(entry), entry.at + ALERT_SECONDS);
}

/**
 * The entries from `since` (included) to `until` (excluded), by time; UTC epoch seconds.
 * @throws StateStoreError also for an entry that cannot be parsed
 */
export function readHistory(
  store: StateStore,
  since: number,
  until: number,
  scope: Scope,
): AsyncIterable<HistoryEntry> {
  return parsed(journal(scope), entriesByTime(store, journal(scope), since, until));
}

/**
 * The entries of a partition key, by sort key from `from` to `before`.
 * @throws StateStoreError also for an entry that cannot be parsed
 */
export function historyUnder(
  store: StateStore,
  partitionKey: string,
  from: string,
  before: string,
): AsyncIterable<HistoryEntry> {
  return parsed(partitionKey, store.entries(partitionKey, from, before));
}

async function* parsed(partitionKey: string, entries: AsyncIterable<Entry>): AsyncIterable<HistoryEntry> {
  for await (const { sortKey, value } of entries) {
    yield decoded({ partitionKey, sortKey }, () => JSON.parse(value) as HistoryEntry);
  }
}

function journal(scope: Scope): string {
  return `${scopePrefix(scope)}${RULE.id}/journal`;
}
