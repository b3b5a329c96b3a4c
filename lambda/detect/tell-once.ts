import { type Detector, LEASE_SLACK_SECONDS } from './detector';

/** What a register remembers of something that is to be told once. Seconds are UTC epoch. */
interface Claimable {
  readonly claimId?: string | undefined;
  readonly leaseUntil?: number | undefined;
}

/** The register, or the part of it, that says whether it was told. */
export interface ToldOnce<T extends Claimable> {
  /** @throws LedgerError */
  change(next: (value: T) => T | undefined): Promise<unknown>;
  isSent(value: T): boolean;
  sent(value: T): T;
}

/**
 * Tells something unless it was told, or somebody with a live lease is at it. A failure ends the lease at once.
 * @param claimId who tells it: the same in a repetition by the same invocation
 * @throws LedgerError, and whatever `tell` throws
 */
export async function tellOnce<T extends Claimable>(
  told: ToldOnce<T>,
  claimId: string,
  { now, deadline }: Detector,
  tell: () => Promise<void>,
): Promise<void> {
  let claimed = false;
  await told.change((value) => {
    const isFree = (value.leaseUntil ?? 0) <= now() || value.claimId === claimId;
    claimed = !told.isSent(value) && isFree;
    return claimed ? { ...value, claimId, leaseUntil: deadline + LEASE_SLACK_SECONDS } : undefined;
  });
  if (!claimed) return;
  try {
    await tell();
    await told.change((value) => ({ ...told.sent(value), leaseUntil: 0 }));
  } catch (error) {
    await told.change((value) => (value.claimId === claimId ? { ...value, leaseUntil: 0 } : undefined));
    throw error;
  }
}
