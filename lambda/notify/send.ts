import type { Notification } from '../alert/model';
import { renderTopicMessage } from '../alert/render/sns-message';
import type { Scope } from '../detection/keys';
import { type ControlMessage, writeControlMessage } from '../messages/control-message';
import type { LogFields } from '../ports';
import { sanitize } from '../util/sanitize';
import type { Uses } from './context';

/**
 * Publishes to the topic.
 * @returns the message's id
 * @throws SendError
 */
export async function publish(
  notification: Notification,
  { replayId }: Scope,
  { sink, alerting, telemetry }: Uses<'sink' | 'alerting' | 'telemetry'>,
): Promise<string> {
  const messageId = await sink.publish(renderTopicMessage(notification, { ...alerting, replayId }));
  telemetry.info('published', { kind: notification.kind, messageId, replayId, ...logFieldsOf(notification) });
  return messageId;
}

function logFieldsOf(notification: Notification): LogFields {
  switch (notification.kind) {
    case 'notice':
      return { heldCount: notification.heldCount };
    case 'summary':
      return { actor: sanitize(notification.actor), repeats: notification.repeatCount };
    case 'alert':
    case 'follow-up': {
      const { alertId, actor, regions, evidence, objects } = notification.alert;
      const names = objects.slice(0, 50).map((name) => sanitize(name, 400));
      return { alertId, actor: sanitize(actor), regions: regions.length, calls: evidence.calls, objects: names };
    }
  }
}

/** Puts a control message on the function's own queue. @throws SendError */
export function sendControl(message: ControlMessage, delaySeconds: number, { queue }: Uses<'queue'>): Promise<void> {
  return queue.send(writeControlMessage(message), delaySeconds);
}

/** A message about an interval is due this long after its end, when the interval is over by every function's clock. */
const SLACK_SECONDS = 5;

/** The longest that SQS delays a message; source: Amazon SQS API reference, SendMessage. */
const MAX_DELAY_SECONDS = 900;

/**
 * Sends a control message about an interval that ends at `until`: to arrive when that is over, or earlier, where SQS
 * cannot delay it as long.
 * @throws SendError
 */
export function sendWhenOver(
  message: ControlMessage,
  until: number,
  { queue, invocation }: Uses<'queue' | 'invocation'>,
): Promise<void> {
  const delay = Math.max(until + SLACK_SECONDS - invocation.now(), 0);
  return sendControl(message, Math.ceil(Math.min(delay, MAX_DELAY_SECONDS)), { queue });
}

/**
 * Sends a message that arrived before its interval is over once more.
 * @returns whether it did
 * @throws SendError
 */
export async function postponeIfEarly(
  message: ControlMessage,
  until: number,
  detector: Uses<'queue' | 'invocation'>,
): Promise<boolean> {
  if (detector.invocation.now() >= until + SLACK_SECONDS) return false;
  await sendWhenOver(message, until, detector);
  return true;
}
