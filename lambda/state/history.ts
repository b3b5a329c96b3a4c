import { type Scope, scopePrefix } from '../detection/keys';
import { RULE } from '../detection/rule';
import { StateStoreError } from '../errors';
import { formatInstant } from '../util/values';
import { ALERT_SECONDS, type ItemKey, type StateStore } from './store';

/**
 * What was published, held, suppressed and followed up, for people to list: entries of the state store by UTC day. No
 * decision depends on them. Seconds are UTC epoch.
 */
export interface HistoryEntry {
  readonly kind: 'alert' | 'held' | 'suppressed' | 'follow-up';
  readonly alertId: string;
  /** when it was done */
  readonly at: number;
  readonly actor: string;
  readonly account: string | undefined;
  readonly start: number;
  readonly end: number;
  readonly regions: number;
  readonly messageId?: string | undefined;
  /** of an alert that was published */
  readonly verdict?: string | undefined;
}

const DAY_SECONDS = 86_400;

export function historyKey({ at, kind, alertId }: HistoryEntry, scope: Scope): ItemKey {
  return { partitionKey: dayKey(at, scope), sortKey: `${at}/${kind}/${alertId}` };
}

/** Writes or replaces an entry, at its place in the history or under another key. @throws StateStoreError */
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
export async function* readHistory(
  store: StateStore,
  since: number,
  until: number,
  scope: Scope,
): AsyncIterable<HistoryEntry> {
  for (let day = Math.floor(since / DAY_SECONDS) * DAY_SECONDS; day < until; day += DAY_SECONDS) {
    // Ten digits until the year 2286, so their order as text is their order in time.
    yield* historyUnder(store, dayKey(day, scope), String(since), String(until));
  }
}

/**
 * The entries of a partition key, by sort key from `from` to `before`.
 * @throws StateStoreError also for an entry that cannot be parsed
 */
export async function* historyUnder(
  store: StateStore,
  partitionKey: string,
  from: string,
  before: string,
): AsyncIterable<HistoryEntry> {
  for await (const { sortKey, value } of store.entries(partitionKey, from, before)) {
    let entry: HistoryEntry;
    try {
      entry = JSON.parse(value) as HistoryEntry;
    } catch (cause) {
      const what = `history entry ${sortKey}: not readable; was it written by another version?`;
      throw new StateStoreError(what, { cause });
    }
    yield entry;
  }
}

function dayKey(second: number, scope: Scope): string {
  return `${scopePrefix(scope)}${RULE.id}/journal/${formatInstant(second).slice(0, 10)}`;
}
