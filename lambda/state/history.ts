import { type Scope, scopePrefix } from '../detection/keys';
import { RULE } from '../detection/rule';
import { StateStoreError } from '../errors';
import { formatInstant } from '../util/values';
import type { ItemKey, StateStore } from './store';

/**
 * What was told, held back and followed up, for people to list: entries of the ledger by UTC day. Nothing is decided by
 * them. Seconds are UTC epoch.
 */
export interface JournalEntry {
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
}

const DAY_SECONDS = 86_400;

export function historyKey({ at, kind, alertId }: JournalEntry, scope: Scope): ItemKey {
  return { partitionKey: dayKey(at, scope), sortKey: `${at}/${kind}/${alertId}` };
}

/**
 * The entries from `since` on and before `until`, in order of time; UTC epoch seconds.
 * @throws LedgerError also for an entry that is not readable
 */
export async function* readJournal(
  store: StateStore,
  since: number,
  until: number,
  scope: Scope,
): AsyncIterable<JournalEntry> {
  for (let day = Math.floor(since / DAY_SECONDS) * DAY_SECONDS; day < until; day += DAY_SECONDS) {
    // Ten digits until the year 2286, so their order as text is their order in time.
    for await (const { sortKey, value } of store.entries(dayKey(day, scope), String(since), String(until))) {
      yield parseEntry(value, sortKey);
    }
  }
}

/** @throws LedgerError for an entry that is not readable */
export function parseEntry(value: string, sortKey: string): JournalEntry {
  try {
    return JSON.parse(value) as JournalEntry;
  } catch (cause) {
    throw new StateStoreError(`journal entry ${sortKey}: not readable; was it written by another version?`, {
      cause,
    });
  }
}

function dayKey(second: number, scope: Scope): string {
  return `${scopePrefix(scope)}${RULE.id}/journal/${formatInstant(second).slice(0, 10)}`;
}
