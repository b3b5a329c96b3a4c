import type { Invocation } from './context';

/** Seconds that a lease outlives its holder's deadline; the clocks of two functions differ by less. */
export const SLACK_SECONDS = 5;

/**
 * A lease on something to be published once. It expires after its holder's deadline and before the holder's message is
 * visible again: who receives that message finds the lease free, and who meets a live lease may leave the work to its
 * holder.
 */
export interface Lease {
  /** `{invocation}/{work}` */
  readonly claimId: string;
  /** UTC epoch second */
  readonly leaseUntil: number;
}

/** An item of the state store, or a part of one, that can be leased. */
export type Leasable = { readonly [K in keyof Lease]?: Lease[K] | undefined };

/** @param work identifies the lease within the invocation; the same when it tries again */
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

/** Whether this invocation had its last lease. */
export function isHolder({ id }: Invocation, { claimId }: Leasable): boolean {
  return claimId?.split('/', 1)[0] === id;
}

/** Releases it at once, and keeps the holder's id. */
export function endLease<T extends Leasable>(item: T): T {
  return { ...item, leaseUntil: 0 };
}

/** Releases it, and drops the holder's id. */
export function clearLease<T extends Leasable>({ claimId: _claimId, leaseUntil: _leaseUntil, ...item }: T) {
  return item;
}

export type Change<T> = (value: T) => T | undefined;

/**
 * Publishes something unless it was published or another invocation leases it. A failure releases the lease at once.
 * @param item an item, or a part of one, that says whether it was published
 * @throws ServiceError, and whatever `publish` throws
 */
export async function publishOnce<T extends Leasable>(
  item: { update(change: Change<T>): Promise<unknown>; isSent(value: T): boolean; sent(value: T): T },
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
