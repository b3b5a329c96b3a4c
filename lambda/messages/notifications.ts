import { NotificationError } from '../errors';
import type { ObjectRef } from '../ports';
import { BUCKET_NAME } from '../trail/object-key';
import { sanitize } from '../util/sanitize';
import { isObject, type JsonObject, valueAt } from '../util/values';
import { isControlMessage } from './control-message';

/** Reads what a queue message or a direct invocation asks for, in any envelope. */
export type Notification =
  | { readonly kind: 'objects'; readonly objects: readonly ObjectRef[] }
  /** nothing to do, for the reason given */
  | { readonly kind: 'ignored'; readonly reason: string }
  /** claims to be a control message; not yet validated */
  | { readonly kind: 'control'; readonly body: JsonObject };

/** CloudTrail publishes this once when a topic is set: plain text, no JSON. */
const TRAIL_VALIDATION = 'CloudTrail validation message.';

const KNOWN =
  "known are S3 events, EventBridge's Object Created, CloudTrail's own notification (each plain or from SNS), and control messages of regionsweep";

/** Parses the body of one SQS message. @throws NotificationError when it is not JSON */
export function parseBody(body: string): unknown {
  if (body === TRAIL_VALIDATION) return body;
  try {
    return JSON.parse(body);
  } catch (cause) {
    throw new NotificationError(`not JSON, but ${describe(body)}; ${KNOWN}`, { cause });
  }
}

/**
 * Reads a parsed body, or the event of a direct invocation.
 * @param isFromTopic whether it came in an SNS envelope: then any publisher may have sent it, and no second envelope is
 * read
 * @throws NotificationError if it is malformed or of an unknown kind; names its first keys, never its contents
 */
export function readNotification(value: unknown, isFromTopic = false): Notification {
  if (value === TRAIL_VALIDATION) return ignored("CloudTrail's test message");
  if (!isObject(value)) throw unknown(value);
  if (isControlMessage(value)) {
    // The queue's policy admits only identities of its account; SNS hides the sender.
    if (!isFromTopic) return { kind: 'control', body: value };
    throw new NotificationError('a control message from SNS, which hides its sender; send it to the queue itself');
  }
  if (value.Type === 'Notification') return readWrapped(value.Message, isFromTopic);
  if (Array.isArray(value.Records)) return readRecords(value.Records, isFromTopic);
  if (value.source === 'aws.s3') return readEventBridge(value);
  if (Object.hasOwn(value, 's3Bucket')) return readTrailNotification(value);
  if (value.Event === 's3:TestEvent') return ignored('s3:TestEvent, the test message of S3');
  throw unknown(value);
}

function ignored(reason: string): Notification {
  return { kind: 'ignored', reason };
}

function unknown(value: unknown): NotificationError {
  const type = valueAt(value, 'Type');
  const what =
    typeof type === 'string' ? `an SNS message of type ${quoted(type, 60)}` : `no notification, but ${describe(value)}`;
  return new NotificationError(`${what}; ${KNOWN}`);
}

/** The `Message` of an SNS envelope. Source: Amazon SNS developer guide, "Parsing Amazon SNS message formats". */
function readWrapped(message: unknown, isFromTopic: boolean): Notification {
  if (isFromTopic) throw new NotificationError('an SNS message inside an SNS message; subscribe the queue once');
  if (typeof message !== 'string') throw new NotificationError('an SNS message whose Message is no text');
  return readNotification(parseBody(message), true);
}

/** An S3 event, or the event by which SNS invokes a function; a message is read completely or not at all. */
function readRecords(records: readonly unknown[], isFromTopic: boolean): Notification {
  const notifications = records.map((record) => readRecord(record, isFromTopic));
  const objects = notifications.flatMap((one) => (one.kind === 'objects' ? one.objects : []));
  if (objects.length > 0) return { kind: 'objects', objects };
  const reasons = new Set(notifications.flatMap((one) => (one.kind === 'ignored' ? [one.reason] : [])));
  if (reasons.size === 0) throw new NotificationError(`an empty list of Records; ${KNOWN}`);
  return ignored([...reasons].slice(0, 5).join(', '));
}

function readRecord(record: unknown, isFromTopic: boolean): Notification {
  if (!isObject(record)) throw new NotificationError(`Records that hold ${describe(record)}; ${KNOWN}`);
  if (record.eventSource === 'aws:s3') return readS3Record(record);
  if (record.EventSource === 'aws:sns') return readWrapped(valueAt(record, 'Sns', 'Message'), isFromTopic);
  const source = record.eventSource ?? record.EventSource;
  const from = typeof source === 'string' ? `from ${quoted(source, 80)}` : 'without an eventSource';
  throw new NotificationError(`Records ${from}, ${describe(record)}; ${KNOWN}`);
}

/** Source: Amazon S3 user guide, "Event message structure". Keys are URL-encoded, with `+` for a blank. */
function readS3Record({ eventName, s3 }: JsonObject): Notification {
  if (typeof eventName !== 'string') throw new NotificationError('an S3 event without an eventName');
  // The notification configuration says `s3:ObjectCreated:Put`, the event itself leaves `s3:` out.
  if (!/^(?:s3:)?ObjectCreated:/.test(eventName)) return ignored(`S3 event ${sanitize(eventName, 60)}`);
  const key = valueAt(s3, 'object', 'key');
  return objectsOf('S3 event', valueAt(s3, 'bucket', 'name'), [typeof key === 'string' ? decodeKey(key) : key]);
}

/** Source: Amazon S3 user guide, "EventBridge event message structure". Keys are as they are. */
function readEventBridge({ detail, 'detail-type': type }: JsonObject): Notification {
  if (typeof type !== 'string' || !/^Object [A-Z]/.test(type)) {
    const what = typeof type === 'string' ? `of type ${quoted(type, 60)}` : 'without a type';
    const advice = 'match "Object Created" in the EventBridge rule';
    throw new NotificationError(`an EventBridge event from aws.s3 ${what}; ${advice}`);
  }
  if (type !== 'Object Created') return ignored(`EventBridge event ${sanitize(type, 60)}`);
  return objectsOf('EventBridge event', valueAt(detail, 'bucket', 'name'), [valueAt(detail, 'object', 'key')]);
}

/** Source: CloudTrail user guide, "Configuring Amazon SNS notifications for CloudTrail". Keys are as they are. */
function readTrailNotification({ s3Bucket, s3ObjectKey }: JsonObject): Notification {
  if (!Array.isArray(s3ObjectKey) || s3ObjectKey.length === 0) {
    throw new NotificationError("CloudTrail's notification without a list s3ObjectKey");
  }
  return objectsOf("CloudTrail's notification", s3Bucket, s3ObjectKey);
}

function objectsOf(what: string, bucket: unknown, keys: readonly unknown[]): Notification {
  if (typeof bucket !== 'string' || !BUCKET_NAME.test(bucket)) {
    throw new NotificationError(`${what} whose bucket is ${shown(bucket)}, which is no bucket's name`);
  }
  const objects = keys.map((key) => {
    if (typeof key === 'string' && key !== '') return { bucket, key };
    throw new NotificationError(`${what} for bucket ${bucket} whose object key is ${shown(key)}`);
  });
  return { kind: 'objects', objects };
}

function decodeKey(key: string): string {
  try {
    return decodeURIComponent(key.replaceAll('+', ' '));
  } catch (cause) {
    const advice = 'S3 encodes every key, so was this made by hand?';
    throw new NotificationError(`S3 event whose object key ${shown(key)} is not URL-encoded; ${advice}`, { cause });
  }
}

/** What a value is, in a few words without its contents. */
function describe(value: unknown): string {
  if (Array.isArray(value)) return `an array of ${value.length}`;
  if (typeof value === 'string') return `a text of ${value.length} characters`;
  if (!isObject(value)) return value === null ? 'null' : `a ${typeof value}`;
  const keys = Object.keys(value);
  if (keys.length === 0) return 'an object without keys';
  const first = keys.slice(0, 5).map((key) => quoted(key, 40));
  return `an object with the keys ${first.join(', ')}${keys.length > first.length ? ', …' : ''}`;
}

function shown(value: unknown): string {
  if (typeof value === 'string') return quoted(value.slice(0, 200), 120);
  return value === undefined ? 'missing' : `no text but ${value === null ? 'null' : typeof value}`;
}

function quoted(text: string, longest: number): string {
  return sanitize(JSON.stringify(text), longest);
}
