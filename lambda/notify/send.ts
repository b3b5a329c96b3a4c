import type { Notification, NotificationStyle } from '../alert/model';
import { renderTopicMessage } from '../alert/render/sns-message';
import type { LogFields } from '../ports';
import { sanitize } from '../util/sanitize';
import type { Claimed } from './claims';
import { type Detector, LEASE_SLACK_SECONDS } from './context';

/** What a register remembers of something that is to be told once. Seconds are UTC epoch. */
interface Claimable {
  readonly claimId?: string | undefined;
  readonly leaseUntil?: number | undefined;
}

/** The register, or the part of it, that says whether it was told. */
export interface PublishOnce<T extends Claimable> {
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
export async function publishOnce<T extends Claimable>(
  told: PublishOnce<T>,
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

/** @throws SendError */
export async function publish(
  notification: Notification,
  { scope }: Pick<Claimed, 'scope'>,
  detector: Detector,
): Promise<string> {
  const style: NotificationStyle = { ...detector.style, replayId: scope.replayId };
  const messageId = await detector.sink.publish(renderTopicMessage(notification, style));
  detector.telemetry.info('published', {
    kind: notification.kind,
    messageId,
    replayId: scope.replayId,
    ...logFieldsOf(notification),
  });
  return messageId;
}

function logFieldsOf(notification: Notification): LogFields {
  switch (notification.kind) {
    case 'alert':
    case 'follow-up':
      return {
        alertId: notification.alert.alertId,
        actor: sanitize(notification.alert.actor),
        regions: notification.alert.regions.length,
        calls: notification.alert.evidence.calls,
        objects: notification.alert.objects.slice(0, 50).map((name) => sanitize(name, 400)),
      };
    case 'notice':
      return { heldCount: notification.heldCount };
    case 'summary':
      return { actor: sanitize(notification.actor), repeats: notification.repeatCount };
  }
}

/** A message about a time that ends is asked for this long after its end, when every function's clock is past it. */
const SLACK_SECONDS = 5;

/** SQS delays a message no longer; source: Amazon SQS API reference, SendMessage. */
const LONGEST_DELAY_SECONDS = 900;

/**
 * @param until epoch second a time is over, exclusive
 * @returns seconds a message about it may wait in the queue; 0 when the time is over for everybody
 */
export function delayUntilOver(until: number, now: number): number {
  const wait = until + SLACK_SECONDS - now;
  return Math.ceil(Math.min(Math.max(wait, 0), LONGEST_DELAY_SECONDS));
}
