/** What a message on the queue, or a direct invocation, asks for. Pure; every envelope, in any wrapping, ends here. */
import { NotificationError } from '../errors';
import type { ObjectRef } from '../ports';
import { BUCKET_NAME } from '../trail/object-key';
import { sanitize } from '../util/sanitize';
import { isObject, type JsonObject } from '../util/values';
import { isControlMessage } from './control-message';

/** Objects to read, what claims to be a message of our own and is to be read as one, or nothing to do for the reason given. */
export type Notification = ObjectNotice | { readonly kind: 'control'; readonly claimed: JsonObject };

/** What CloudTrail publishes once when a topic is set: plain text, no JSON. */
const TRAIL_VALIDATION = 'CloudTrail validation message.';

const KNOWN =
  "known are S3 events, EventBridge's Object Created, CloudTrail's own notice (each plain or from SNS), and messages of regionsweep";

/**
 * Parses the body of one SQS message.
 * @throws NotificationError when it is not JSON
 */
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
 * @throws NotificationError when it is nothing known, or malformed; says what it was by its first keys, never by its
 * contents
 */
export function readNotification(value: unknown): Notification {
  return read(value, false);
}

/** @param isFromTopic whether SNS wrapped it: anybody allowed to publish may have sent it, and it is wrapped but once */
function read(value: unknown, isFromTopic: boolean): Notification {
  if (value === TRAIL_VALIDATION) return ignored('CloudTrail tried whether it may publish');
  if (!isObject(value)) throw unknownNotice(value);
  if (isControlMessage(value)) return readOwn(value, isFromTopic);
  if (value.Type === 'Notification') return readWrapped(value.Message, isFromTopic);
  if (Array.isArray(value.Records)) return readRecords(value.Records, isFromTopic);
  if (value.source === 'aws.s3') return readEventBridge(value);
  if (Object.hasOwn(value, 's3Bucket')) return readTrailNotice(value);
  if (value.Event === 's3:TestEvent') return ignored('s3:TestEvent: S3 tried whether it may send');
  throw unknownNotice(value);
}

/** Messages of our own go straight to the queue, whose policy lets in only identities of its account. */
function readOwn(value: JsonObject, isFromTopic: boolean): Notification {
  if (isFromTopic) {
    throw new NotificationError(
      'a message of regionsweep that came by way of SNS, where its sender cannot be told; send it to the queue itself',
    );
  }
  return { kind: 'control', claimed: value };
}

/** The `Message` of an SNS envelope. Source: Amazon SNS developer guide, "Parsing Amazon SNS message formats". */
function readWrapped(message: unknown, isFromTopic: boolean): Notification {
  if (isFromTopic) throw new NotificationError('an SNS message inside an SNS message; subscribe the queue once');
  if (typeof message !== 'string') throw new NotificationError('an SNS message whose Message is no text');
  return read(parseBody(message), true);
}

/** An S3 event, or the event by which SNS invokes a function; a message is taken whole or not at all. */
function readRecords(records: readonly unknown[], isFromTopic: boolean): Notification {
  const notices = records.map((record) => readRecord(record, isFromTopic));
  const objects = notices.flatMap((notice) => (notice.kind === 'objects' ? notice.objects : []));
  if (objects.length > 0) return { kind: 'objects', objects };
  const reasons = new Set(notices.flatMap((notice) => (notice.kind === 'ignored' ? [notice.reason] : [])));
  if (reasons.size === 0) throw new NotificationError(`an empty list of Records; ${KNOWN}`);
  return ignored([...reasons].slice(0, 5).join(', '));
}

function readRecord(record: unknown, isFromTopic: boolean): Notification {
  if (!isObject(record)) throw new NotificationError(`Records that hold ${describe(record)}; ${KNOWN}`);
  if (record.eventSource === 'aws:s3') return readS3Record(record);
  if (record.EventSource === 'aws:sns') {
    return readWrapped(isObject(record.Sns) ? record.Sns.Message : undefined, isFromTopic);
  }
  const source = record.eventSource ?? record.EventSource;
  const from = typeof source === 'string' ? `from ${sanitize(JSON.stringify(source), 80)}` : 'without an eventSource';
  throw new NotificationError(`Records ${from}, ${describe(record)}; ${KNOWN}`);
}

function unknownNotice(value: unknown): NotificationError {
  if (isObject(value) && typeof value.Type === 'string') {
    return new NotificationError(`an SNS message of type ${sanitize(JSON.stringify(value.Type), 60)}; ${KNOWN}`);
  }
  return new NotificationError(`no notice, but ${describe(value)}; ${KNOWN}`);
}

/** What a value is, in a few words without its contents. */
function describe(value: unknown): string {
  if (Array.isArray(value)) return `an array of ${value.length}`;
  if (typeof value === 'string') return `a text of ${value.length} characters`;
  if (!isObject(value)) return value === null ? 'null' : `a ${typeof value}`;
  const keys = Object.keys(value);
  if (keys.length === 0) return 'an object without keys';
  const first = keys.slice(0, 5).map((key) => sanitize(JSON.stringify(key), 40));
  return `an object with the keys ${first.join(', ')}${keys.length > first.length ? ', …' : ''}`;
}

/**
 * The notices that name objects, each in its own dialect:
 * - S3 event: Amazon S3 user guide, "Event message structure". Keys are URL-encoded, with `+` for a blank.
 * - EventBridge: Amazon S3 user guide, "EventBridge event message structure". Keys are as they are.
 * - CloudTrail's own: CloudTrail user guide, "Configuring Amazon SNS notifications for CloudTrail". Keys are as they are.
 */

export type ObjectNotice =
  | { readonly kind: 'objects'; readonly objects: readonly ObjectRef[] }
  | { readonly kind: 'ignored'; readonly reason: string };

export function ignored(reason: string): ObjectNotice {
  return { kind: 'ignored', reason };
}

/** One element of an S3 event's `Records`. */
export function readS3Record(record: JsonObject): ObjectNotice {
  const { eventName, s3 } = record;
  if (typeof eventName !== 'string') throw new NotificationError('an S3 event without an eventName');
  // The notification configuration says `s3:ObjectCreated:Put`, the event itself leaves `s3:` out.
  if (!/^(?:s3:)?ObjectCreated:/.test(eventName)) return ignored(`S3 event ${sanitize(eventName, 60)}`);
  const { bucket, object } = isObject(s3) ? s3 : {};
  const key = isObject(object) ? object.key : undefined;
  const decoded = typeof key === 'string' ? decodeKey(key) : key;
  return created([notified('S3 event', nameOf(bucket), decoded)]);
}

/** An event of EventBridge whose source is `aws.s3`. */
export function readEventBridge(event: JsonObject): ObjectNotice {
  const { detail, 'detail-type': type } = event;
  if (typeof type !== 'string' || !/^Object [A-Z]/.test(type)) {
    const what = typeof type === 'string' ? `of type ${sanitize(JSON.stringify(type), 60)}` : 'without a type';
    throw new NotificationError(
      `an EventBridge event from aws.s3 ${what}; match "Object Created" in the EventBridge rule`,
    );
  }
  if (type !== 'Object Created') return ignored(`EventBridge event ${sanitize(type, 60)}`);
  const { bucket, object } = isObject(detail) ? detail : {};
  const key = isObject(object) ? object.key : undefined;
  return created([notified('EventBridge event', nameOf(bucket), key)]);
}

/** `{"s3Bucket": name, "s3ObjectKey": [key, …]}` */
export function readTrailNotice({ s3Bucket, s3ObjectKey }: JsonObject): ObjectNotice {
  if (!Array.isArray(s3ObjectKey) || s3ObjectKey.length === 0) {
    throw new NotificationError("CloudTrail's notice without a list s3ObjectKey");
  }
  return created(s3ObjectKey.map((key: unknown) => notified("CloudTrail's notice", s3Bucket, key)));
}

function created(objects: readonly ObjectRef[]): ObjectNotice {
  return { kind: 'objects', objects };
}

function nameOf(bucket: unknown): unknown {
  return isObject(bucket) ? bucket.name : undefined;
}

function notified(what: string, bucket: unknown, key: unknown): ObjectRef {
  if (typeof bucket !== 'string' || !BUCKET_NAME.test(bucket)) {
    throw new NotificationError(`${what} whose bucket is ${shown(bucket)}, which is no bucket's name`);
  }
  if (typeof key !== 'string' || key === '') {
    throw new NotificationError(`${what} for bucket ${bucket} whose object key is ${shown(key)}`);
  }
  return { bucket, key };
}

function decodeKey(key: string): string {
  try {
    return decodeURIComponent(key.replaceAll('+', ' '));
  } catch (cause) {
    throw new NotificationError(
      `S3 event whose object key ${shown(key)} is not URL-encoded; S3 encodes every key, so was this made by hand?`,
      { cause },
    );
  }
}

function shown(value: unknown): string {
  if (typeof value === 'string') return sanitize(JSON.stringify(value.slice(0, 200)), 120);
  return value === undefined ? 'missing' : `no text but ${value === null ? 'null' : typeof value}`;
}
