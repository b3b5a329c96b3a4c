import type { Invocation } from './context';

/** The clocks of two functions differ by less. A lease lasts this long after its holder was ended. */
export const SLACK_SECONDS = 5;

/**
 * A lease on what is published once. It ends after its holder was ended from outside, and before the holder's message is
 * visible again: who receives that finds the lease free, and who meets a live one may leave the work to its holder.
 */
export interface Lease {
  /** `{invocation}/{work}` */
  readonly claimId: string;
  /** UTC epoch second */
  readonly leaseUntil: number;
}

/** What can be leased: an item of the state store, or a part of one. */
export type Leasable = { readonly [K in keyof Lease]?: Lease[K] | undefined };

/** @param work the same when the invocation tries again, and unlike that of its other leases */
export function leaseFor(work: string, { id, deadline }: Invocation): Lease {
  return { claimId: `${id}/${work}`, leaseUntil: deadline + SLACK_SECONDS };
}

export function isLeased({ leaseUntil = 0 }: Leasable, now: number): boolean {
  return leaseUntil > now;
}

/** Whether the holder of `claimId` may work on it. */
export function isLeaseFree(item: Leasable, claimId: string, now: number): boolean {
  return !isLeased(item, now) || item.claimId === claimId;
}

/** Whether its last lease was of this invocation. */
export function isHolder({ id }: Invocation, { claimId }: Leasable): boolean {
  return claimId?.split('/', 1)[0] === id;
}

/** Frees it at once, and keeps who held it. */
export function endLease<T extends Leasable>(item: T): T {
  return { ...item, leaseUntil: 0 };
}

/** Frees it, and forgets who held it. */
export function clearLease<T extends Leasable>({ claimId: _claimId, leaseUntil: _leaseUntil, ...item }: T) {
  return item;
}

/** An item, or a part of one, that says whether something was published. */
export interface PublishedOnce<T extends Leasable> {
  /** @throws StateStoreError */
  update(change: (value: T) => T | undefined): Promise<unknown>;
  isSent(value: T): boolean;
  sent(value: T): T;
}

/**
 * Publishes something unless it was published, or somebody else holds a lease on it. A failure ends the lease at once.
 * @throws StateStoreError, and whatever `publish` throws
 */
export async function publishOnce<T extends Leasable>(
  item: PublishedOnce<T>,
  lease: Lease,
  now: () => number,
  publish: () => Promise<void>,
): Promise<void> {
  let isMine = false;
  await item.update((value) => {
    isMine = !item.isSent(value) && isLeaseFree(value, lease.claimId, now());
    return isMine ? { ...value, ...lease } : undefined;
  });
  if (!isMine) return;
  try {
    await publish();
    await item.update((value) => endLease(item.sent(value)));
  } catch (error) {
    await item.update((value) => (value.claimId === lease.claimId ? endLease(value) : undefined));
    throw error;
  }
}
