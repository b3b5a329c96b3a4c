/**
 * The notices that name objects, each in its own dialect:
 * - S3 event: Amazon S3 user guide, "Event message structure". Keys are URL-encoded, with `+` for a blank.
 * - EventBridge: Amazon S3 user guide, "EventBridge event message structure". Keys are as they are.
 * - CloudTrail's own: CloudTrail user guide, "Configuring Amazon SNS notifications for CloudTrail". Keys are as they are.
 */
import { inert } from '../alert/inert';
import { NotificationError } from '../errors';
import type { ObjectRef } from '../ports';
import { BUCKET_NAME } from './bucket-name';

export type ObjectNotice =
  | { readonly kind: 'objects'; readonly objects: readonly ObjectRef[] }
  | { readonly kind: 'ignored'; readonly reason: string };

export type JsonObject = Readonly<Record<string, unknown>>;

export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export function ignored(reason: string): ObjectNotice {
  return { kind: 'ignored', reason };
}

/** One element of an S3 event's `Records`. */
export function readS3Record(record: JsonObject): ObjectNotice {
  const { eventName, s3 } = record;
  if (typeof eventName !== 'string') throw new NotificationError('an S3 event without an eventName');
  // The notification configuration says `s3:ObjectCreated:Put`, the event itself leaves `s3:` out.
  if (!/^(?:s3:)?ObjectCreated:/.test(eventName)) return ignored(`S3 event ${inert(eventName, 60)}`);
  const { bucket, object } = isJsonObject(s3) ? s3 : {};
  const key = isJsonObject(object) ? object.key : undefined;
  const decoded = typeof key === 'string' ? decodeKey(key) : key;
  return created([notified('S3 event', nameOf(bucket), decoded)]);
}

/** An event of EventBridge whose source is `aws.s3`. */
export function readEventBridge(event: JsonObject): ObjectNotice {
  const { detail, 'detail-type': type } = event;
  if (typeof type !== 'string' || !/^Object [A-Z]/.test(type)) {
    const what = typeof type === 'string' ? `of type ${inert(JSON.stringify(type), 60)}` : 'without a type';
    throw new NotificationError(
      `an EventBridge event from aws.s3 ${what}; match "Object Created" in the EventBridge rule`,
    );
  }
  if (type !== 'Object Created') return ignored(`EventBridge event ${inert(type, 60)}`);
  const { bucket, object } = isJsonObject(detail) ? detail : {};
  const key = isJsonObject(object) ? object.key : undefined;
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
  return isJsonObject(bucket) ? bucket.name : undefined;
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
  if (typeof value === 'string') return inert(JSON.stringify(value.slice(0, 200)), 120);
  return value === undefined ? 'missing' : `no text but ${value === null ? 'null' : typeof value}`;
}
