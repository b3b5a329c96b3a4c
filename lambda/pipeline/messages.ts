import { type Bucket, LIVE, type Scope, scopePrefix } from '../detection/store-keys';
import { DeferredError, RegionsweepError, reasonOf } from '../errors';
import { type ControlMessage, type DueNotification, isWakeUp } from '../messages/control-message';
import { parseBody, readNotification } from '../messages/notifications';
import type { Uses } from '../notify/context';
import { METRICS, type ObjectRef, objectName, type Telemetry } from '../ports';
import { classifyKey } from '../trail/object-key';
import { sanitize } from '../util/sanitize';
import { getOrInsert } from '../util/values';
import { alerting } from './lazy';

export interface QueueMessage {
  readonly id: string;
  /** text; or the event of a direct invocation */
  readonly body: unknown;
  /** including this time */
  readonly receiveCount: number;
}

/** An object to read, and the messages that succeed or fail with it. */
export interface ObjectJob {
  readonly object: ObjectRef;
  readonly scope: Scope;
  readonly messageIds: Set<string>;
  /** the greatest receive count of its messages */
  receiveCount: number;
}

export interface Jobs {
  readonly objects: ObjectJob[];
  /** to evaluate, each with the message that succeeds or fails with it */
  readonly buckets: { readonly bucket: Bucket; readonly scope: Scope; readonly message: QueueMessage }[];
  readonly notifications: { readonly message: DueNotification; readonly id: string }[];
  readonly wakeUps: string[];
}

/** Sorts a batch into jobs. Objects that are not logs are skipped and counted before any download. */
export async function sortMessages(
  messages: readonly QueueMessage[],
  { telemetry, trail }: Uses<'telemetry' | 'trail'>,
  failures: Failures,
): Promise<Jobs> {
  const objects = new Map<string, ObjectJob>();
  const jobs: Omit<Jobs, 'objects'> = { buckets: [], notifications: [], wakeUps: [] };
  const addObject = ({ bucket, key }: ObjectRef, scope: Scope, { id, receiveCount }: QueueMessage) => {
    const object = { bucket, key };
    // A topic may also carry notices of other buckets and trails; objects of replays were chosen by somebody.
    const isForeign =
      trail !== undefined && scope.replayId === undefined && (bucket !== trail.bucket || !key.startsWith(trail.prefix));
    const kind = isForeign ? 'of another trail' : classifyKey(key).kind;
    if (kind !== 'log') {
      telemetry.count(METRICS.objectsSkipped, 1);
      telemetry.info('object skipped', { object: sanitize(objectName(object), 1100), kind });
      return;
    }
    const job = getOrInsert(objects, `${scopePrefix(scope)} ${objectName(object)}`, (): ObjectJob => {
      return { object, scope, messageIds: new Set(), receiveCount: 0 };
    });
    job.messageIds.add(id);
    job.receiveCount = Math.max(job.receiveCount, receiveCount);
  };
  const addControl = (sent: Exclude<ControlMessage, { kind: 'wake-up' }>, message: QueueMessage): void => {
    const scope = { replayId: sent.replayId };
    if (sent.kind === 'object') {
      addObject(sent, scope, message);
    } else if (sent.kind === 'bucket') {
      jobs.buckets.push({ bucket: { partition: sent.partition, start: sent.bucketStart }, scope, message });
    } else {
      jobs.notifications.push({ message: sent, id: message.id });
    }
  };
  for (const message of messages) {
    const { id, body } = message;
    await failures.guard([id], 'message', async () => {
      const notification = readNotification(typeof body === 'string' ? parseBody(body) : body);
      if (notification.kind === 'ignored') {
        telemetry.info('notice ignored', { messageIds: [id], reason: sanitize(notification.reason) });
      } else if (notification.kind === 'objects') {
        for (const object of notification.objects) addObject(object, LIVE, message);
      } else if (isWakeUp(notification.body)) {
        jobs.wakeUps.push(id);
      } else {
        addControl((await alerting()).readControlMessage(notification.body), message);
      }
    });
  }
  return { objects: [...objects.values()], ...jobs };
}

/** The failed messages of a batch. Each failure is logged with its reason, which dead letters do not contain. */
export class Failures {
  /** the first reason by message id */
  readonly byMessage = new Map<string, string>();

  /** failed messages, without the deferred ones */
  readonly inTrouble = new Set<string>();

  constructor(private readonly telemetry: Telemetry) {}

  /** @param where what failed, such as an object's name; untrusted */
  add(messageIds: Iterable<string>, where: string, error: unknown): void {
    const reason = sanitize(reasonOf(error), 1000);
    const ids = [...messageIds];
    for (const id of ids) {
      if (!this.byMessage.has(id)) this.byMessage.set(id, reason);
      if (!(error instanceof DeferredError)) this.inTrouble.add(id);
    }
    this.telemetry.error('message failed', {
      reason,
      where: sanitize(where, 1000),
      messageIds: ids,
      // Any other error is a defect, for which the stack trace is useful.
      stack: error instanceof Error && !(error instanceof RegionsweepError) ? error.stack : undefined,
    });
  }

  /** Runs `work`; what it throws fails only these messages. */
  async guard(messageIds: Iterable<string>, where: string, work: () => Promise<void> | void): Promise<void> {
    try {
      await work();
    } catch (error) {
      this.add(messageIds, where, error);
    }
  }
}
