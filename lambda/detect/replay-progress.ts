import { hashHex } from '../hash';
import { type Ledger, objectName, type Place } from '../ports';
import { scopePrefix } from '../window/bucket-key';
import { ALERT_SECONDS } from './detector';
import type { ObjectJob } from './jobs';

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
  ledger: Ledger,
  now: number,
): Promise<void> {
  if (scope.replayId === undefined) return;
  const place = progressPlace(scope.replayId, reason === undefined ? 'done' : 'failed', objectName(object));
  const progress: ReplayProgress = { object: objectName(object), reason, receives };
  await ledger.putEntry(place, JSON.stringify(progress), now + ALERT_SECONDS);
}

/** Where the progress of a replay lies; sort keys start with `done/` or `failed/`. */
export function progressKey(replayId: string): string {
  return scopePrefix({ replayId }).slice(0, -1);
}

function progressPlace(replayId: string, outcome: 'done' | 'failed', name: string): Place {
  return { partitionKey: progressKey(replayId), sortKey: `${outcome}/${hashHex(16, name)}` };
}
