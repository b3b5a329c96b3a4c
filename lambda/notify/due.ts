import { RULE } from '../detection/rule';
import { type ControlMessage, writeControlMessage } from '../messages/control-message';
import { ALERT_SECONDS, dayKey, entriesByTime, type JsonItem, readValue, updateItem } from '../state/store';
import { hashHex } from '../util/values';
import type { Stateful, Uses } from './context';
import { SLACK_SECONDS } from './lease';

/**
 * The due list: control messages for later, as entries of the state store ordered by time. A schedule wakes the
 * function, which sends those that are due. Messages that the function sent itself would form a chain, which Lambda
 * ends after about 16 invocations. Source: AWS Lambda developer guide, "Recursive loop detection".
 */

/**
 * Schedules a message for `at` (UTC epoch second), or for soon after the end of this invocation, whichever is later: so
 * the entries before a time are complete once every invocation that may have written them has ended.
 * @throws ServiceError
 */
export async function addDue(message: ControlMessage, at: number, detector: Stateful): Promise<void> {
  const body = writeControlMessage(message);
  const dueAt = Math.ceil(Math.max(at, detector.invocation.deadline + SLACK_SECONDS));
  const key = { partitionKey: dayKey(DUE, dueAt), sortKey: `${dueAt}/${hashHex(8, body)}` };
  await detector.store.putEntry(key, body, dueAt + ALERT_SECONDS);
}

/** The UTC epoch second at which an interval that ends at `until` is over by the clock of every function. */
export function overAt(until: number): number {
  return until + SLACK_SECONDS;
}

/** Puts a message that came early back on the list. @returns whether it was early @throws ServiceError */
export async function postponeIfEarly(message: ControlMessage, at: number, detector: Stateful): Promise<boolean> {
  if (detector.invocation.now() >= at) return false;
  await addDue(message, at, detector);
  return true;
}

const DUE = `${RULE.id}/due`;

/** The time up to which due messages were sent. */
const PROGRESS: JsonItem<{ readonly until: number }> = {
  key: { partitionKey: DUE, sortKey: 'progress' },
  absent: { until: 0 },
};

/** How far back the first wake-up looks, in seconds: a deployment takes less from the function to its schedule. */
const FIRST_SECONDS = 86_400;

/** Seconds between updates of that time while nothing is due, so that idle wake-ups write nothing. */
const NOTED_SECONDS = 3600;

/** Messages sent by one wake-up; more only if they are due in the same second as the last. */
const MAX_SENT = 2000;

/**
 * Sends the due messages to the function's queue. After a failure the next wake-up sends them again, so a message may
 * be handled twice.
 * @throws ServiceError
 */
export async function sendDue(detector: Stateful & Uses<'queue' | 'telemetry'>): Promise<void> {
  const { store, queue, telemetry } = detector;
  const { now } = detector.invocation;
  const { until: done } = await readValue(store, PROGRESS);
  const since = done === 0 ? now() - FIRST_SECONDS : done;
  let until = Math.floor(now() - SLACK_SECONDS);
  const bodies: string[] = [];
  let last = 0;
  for await (const { sortKey, value } of entriesByTime(store, DUE, since, until)) {
    const dueAt = Number.parseInt(sortKey, 10);
    if (bodies.length >= MAX_SENT && dueAt > last) {
      until = dueAt;
      break;
    }
    bodies.push(value);
    last = dueAt;
  }
  if (bodies.length > 0) {
    await queue.sendBatch(bodies);
    telemetry.info('due messages sent', { messages: bodies.length });
  } else if (until < done + NOTED_SECONDS) return;
  await updateItem(store, PROGRESS, now(), (progress) => (progress.until < until ? { until } : undefined));
}
