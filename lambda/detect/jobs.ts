import { inert } from '../alert/inert';
import { entry } from '../collections';
import { METRICS } from '../metric-names';
import { type ObjectRef, objectName, type Telemetry } from '../ports';
import { parseBody, readNotification } from '../trail/notification';
import { classifyKey } from '../trail/object-key';
import type { OwnMessage } from '../trail/own-message';
import { LIVE, type Scope, scopePrefix } from '../window/bucket-key';
import type { Failures } from './failures';
import { alerting } from './on-demand';

/** A message of the queue. `receives` counts how often it was handed out, this time included. */
export interface QueueMessage {
  readonly id: string;
  /** text, or the event of a direct invocation as it came */
  readonly body: unknown;
  readonly receives: number;
}

/** An object to read, and the messages that stand or fall with it. */
export interface ObjectJob {
  readonly object: ObjectRef;
  readonly scope: Scope;
  readonly messageIds: Set<string>;
  /** the most often one of them was handed out */
  receives: number;
}

export interface OwnJob {
  readonly message: Exclude<OwnMessage, { kind: 'object' }>;
  readonly messageId: string;
}

/** Sorts a batch into jobs. Keys that are no log are passed over and counted before anything is downloaded. */
export async function sortMessages(
  messages: readonly QueueMessage[],
  telemetry: Telemetry,
  failures: Failures,
): Promise<{ objects: ObjectJob[]; own: OwnJob[] }> {
  const objects = new Map<string, ObjectJob>();
  const own: OwnJob[] = [];
  for (const message of messages) {
    await failures.guard([message.id], 'message', async () => {
      const { body } = message;
      const notification = readNotification(typeof body === 'string' ? parseBody(body) : body);
      switch (notification.kind) {
        case 'ignored':
          telemetry.info('notice ignored', { messageIds: [message.id], reason: inert(notification.reason) });
          break;
        case 'objects':
          for (const object of notification.objects) addObject(objects, object, LIVE, message, telemetry);
          break;
        case 'own': {
          const { readOwnMessage } = await alerting();
          const sent = readOwnMessage(notification.claimed);
          if (sent.kind === 'object')
            addObject(objects, sent, { replayId: sent.replayId }, message, telemetry);
          else own.push({ message: sent, messageId: message.id });
          break;
        }
      }
    });
  }
  return { objects: [...objects.values()], own };
}

function addObject(
  jobs: Map<string, ObjectJob>,
  { bucket, key }: ObjectRef,
  scope: Scope,
  message: QueueMessage,
  telemetry: Telemetry,
): void {
  const object = { bucket, key };
  const { kind } = classifyKey(key);
  if (kind !== 'log') {
    telemetry.count(METRICS.objectsSkipped, 1);
    telemetry.info('object passed over', { object: inert(objectName(object), 1100), kind });
    return;
  }
  const job = entry(jobs, `${scopePrefix(scope)} ${objectName(object)}`, (): ObjectJob => {
    return { object, scope, messageIds: new Set(), receives: 0 };
  });
  job.messageIds.add(message.id);
  job.receives = Math.max(job.receives, message.receives);
}
