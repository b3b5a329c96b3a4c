import type { Notification } from '../alert/model';
import { renderTopicMessage } from '../alert/render/sns-message';
import type { Scope } from '../detection/store-keys';
import { reasonOf } from '../errors';
import type { LogFields } from '../ports';
import { type HistoryEntry, putHistory } from '../state/history';
import { TALLY_SECONDS } from '../state/store';
import { sanitize } from '../util/sanitize';
import type { Publishing } from './context';

/** Publishes to the topic. @returns the message's id @throws ServiceError */
export async function publish(notification: Notification, { replayId }: Scope, detector: Publishing): Promise<string> {
  const { sink, alerting, telemetry, invocation } = detector;
  // It may or may not have been published.
  const memory = invocation.now() - TALLY_SECONDS;
  const isFromHistory = replayId === undefined && 'alert' in notification && notification.alert.end < memory;
  const messageId = await sink.publish(renderTopicMessage(notification, { ...alerting, replayId, isFromHistory }));
  telemetry.info('published', { kind: notification.kind, messageId, replayId, ...logFieldsOf(notification) });
  return messageId;
}

function logFieldsOf(notification: Notification): LogFields {
  if (notification.kind === 'notice') return { heldCount: notification.count };
  if (notification.kind === 'summary') return { actor: sanitize(notification.actor), repeats: notification.count };
  const { alertId, actor, regions, evidence, objects } = notification.alert;
  const names = objects.slice(0, 50).map((name) => sanitize(name, 400));
  return { alertId, actor: sanitize(actor), regions: regions.length, calls: evidence.calls, objects: names };
}

/** Records what was published. A failure does not fail the message: the log says it too. */
export async function noteHistory(entry: HistoryEntry, scope: Scope, detector: Publishing): Promise<void> {
  try {
    await putHistory(detector.store, entry, scope);
  } catch (error) {
    detector.telemetry.warn('history entry not written', {
      alertId: entry.alertId,
      reason: sanitize(reasonOf(error), 400),
    });
  }
}
