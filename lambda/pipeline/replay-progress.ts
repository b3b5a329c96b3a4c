import { scopePrefix } from '../detection/keys';
import { ALERT_SECONDS } from '../notify/context';
import { objectName } from '../ports';
import type { ItemKey, StateStore } from '../state/store';
import { hashHex } from '../util/values';
import type { ObjectJob } from './messages';

/** How one object of a stack replay fared, for `--wait`: an entry of the ledger under `replay/{id}`. */
export interface ReplayProgress {
  readonly object: string;
  /** why it failed; absent once it is done */
  readonly reason?: string | undefined;
  /** how often its message was handed out */
  readonly receives: number;
}

/** Notes that an object of a replay is done, or why it is not yet. Live objects leave no note. @throws LedgerError */
export async function noteProgress(
  { object, scope, receives }: ObjectJob,
  reason: string | undefined,
  store: StateStore,
  now: number,
): Promise<void> {
  if (scope.replayId === undefined) return;
  const place = progressItemKey(scope.replayId, reason === undefined ? 'done' : 'failed', objectName(object));
  const progress: ReplayProgress = { object: objectName(object), reason, receives };
  await store.putEntry(place, JSON.stringify(progress), now + ALERT_SECONDS);
}

/** Where the progress of a replay lies; sort keys start with `done/` or `failed/`. */
export function progressKey(replayId: string): string {
  return scopePrefix({ replayId }).slice(0, -1);
}

function progressItemKey(replayId: string, outcome: 'done' | 'failed', name: string): ItemKey {
  return { partitionKey: progressKey(replayId), sortKey: `${outcome}/${hashHex(16, name)}` };
}
