import { RULE } from '../detection/rule';
import { type Scope, scopePrefix } from '../detection/store-keys';
import { type ObjectRef, objectName } from '../ports';
import { hashHex } from '../util/values';
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

/** Writes or replaces an entry, under its key in the history or another. @throws ServiceError */
export function putHistory(store: StateStore, entry: HistoryEntry, scope: Scope, key = historyKey(entry, scope)) {
  return store.putEntry(key, JSON.stringify(entry), entry.at + ALERT_SECONDS);
}

/** The entries from `since` to before `until` (UTC epoch seconds). @throws ServiceError also if unreadable */
export function readHistory(store: StateStore, since: number, until: number, scope: Scope) {
  return parsed(journal(scope), entriesByTime(store, journal(scope), since, until));
}

/** The entries of a partition key, by sort key. @throws ServiceError also if unreadable */
export function historyUnder(store: StateStore, partitionKey: string, from: string, before: string) {
  return parsed(partitionKey, store.entries(partitionKey, from, before));
}

async function* parsed(partitionKey: string, entries: AsyncIterable<Entry>): AsyncIterable<HistoryEntry> {
  for await (const { sortKey, value } of entries) {
    yield decoded({ partitionKey, sortKey }, () => JSON.parse(value) as HistoryEntry);
  }
}

const journal = (scope: Scope) => `${scopePrefix(scope)}${RULE.id}/journal`;

/** The outcome of one object of a deployed replay, for `--wait`: an entry of the state store. */
export interface ReplayProgress {
  readonly object: string;
  /** why it failed; absent once it is done */
  readonly reason?: string | undefined;
  /** receive count of its message */
  readonly receives: number;
}

/** Records that an object of a replay is done, or why not yet; nothing for live objects. @throws ServiceError */
export async function recordProgress(
  { object, scope: { replayId }, receiveCount: receives }: { object: ObjectRef; scope: Scope; receiveCount: number },
  reason: string | undefined,
  store: StateStore,
  now: number,
): Promise<void> {
  if (replayId === undefined) return;
  const name = objectName(object);
  const sortKey = `${reason === undefined ? 'done' : 'failed'}/${hashHex(16, name)}`;
  const progress: ReplayProgress = { object: name, reason, receives };
  await store.putEntry({ partitionKey: progressKey(replayId), sortKey }, JSON.stringify(progress), now + ALERT_SECONDS);
}

/** Partition key of the progress of a replay; sort keys start with `done/` or `failed/`. */
export const progressKey = (replayId: string) => scopePrefix({ replayId }).slice(0, -1);
