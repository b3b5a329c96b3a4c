import { scopePrefix } from '../detection/store-keys';
import { objectName } from '../ports';
import { ALERT_SECONDS, type StateStore } from '../state/store';
import { hashHex } from '../util/values';
import type { ObjectJob } from './messages';

/** The outcome of one object of a deployed replay, for `--wait`: an entry of the state store. */
export interface ReplayProgress {
  readonly object: string;
  /** why it failed; absent once it is done */
  readonly reason?: string | undefined;
  /** receive count of its message */
  readonly receives: number;
}

/** Records that an object of a replay is done, or why not yet; nothing for live objects. @throws StateStoreError */
export async function recordProgress(
  { object, scope: { replayId }, receiveCount }: ObjectJob,
  reason: string | undefined,
  store: StateStore,
  now: number,
): Promise<void> {
  if (replayId === undefined) return;
  const name = objectName(object);
  const sortKey = `${reason === undefined ? 'done' : 'failed'}/${hashHex(16, name)}`;
  const progress: ReplayProgress = { object: name, reason, receives: receiveCount };
  await store.putEntry({ partitionKey: progressKey(replayId), sortKey }, JSON.stringify(progress), now + ALERT_SECONDS);
}

/** Partition key of the progress of a replay; sort keys start with `done/` or `failed/`. */
export const progressKey = (replayId: string) => scopePrefix({ replayId }).slice(0, -1);
