/** Control messages: what the function, its schedule and the CLI send to the function's own queue. */
import { asciiJson } from '../util/sanitize';
import { type JsonObject, valueAt } from '../util/values';

/** The name of a replay; part of store keys and of message attributes. */
export const REPLAY_ID = /^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$/;

/** Increase it for a shape that older functions cannot read: they then fail the message instead of misreading it. */
export const VERSION = 1;

export const WAKE_UP_MINUTES = 2;

/** Receives after which a message goes to the dead-letter queue. */
export const MAX_RECEIVES = 10;

interface OfReplay {
  /** absent for live state */
  readonly replayId?: string | undefined;
}

interface OfBucket extends OfReplay {
  readonly partition: string;
  readonly bucketStart: number;
}

/** Times are UTC epoch seconds; keys are decoded. */
export type ControlMessage =
  /** read an object as part of a replay */
  | { readonly kind: 'object'; readonly replayId: string; readonly bucket: string; readonly key: string }
  /** send what is due; from the schedule */
  | { readonly kind: 'wake-up' }
  /** evaluate a bucket again that had more detections than one invocation publishes */
  | (OfBucket & { readonly kind: 'bucket' })
  /** evaluate an alert again, and publish its final extent if it grew */
  | (OfBucket & { readonly kind: 'follow-up'; readonly actor: string; readonly alertId: string })
  /** publish how many alerts of an interval the rate limit held */
  | (OfReplay & { readonly kind: 'cap-notice'; readonly intervalStart: number })
  /** publish how often an actor triggered the rule again from `from` on, while it was suppressed */
  | (OfReplay & { readonly kind: 'suppression-summary'; readonly actor: string; readonly from: number });

export type ControlMessageOf<K extends ControlMessage['kind']> = Extract<ControlMessage, { kind: K }>;

/** Those that publish something at a set time. */
export type DueNotification = ControlMessageOf<'follow-up' | 'cap-notice' | 'suppression-summary'>;

/** Whether a parsed body claims to be a control message, well-formed or not. */
export function isControlMessage(value: object): boolean {
  return Object.hasOwn(value, 'regionsweep');
}

/** Whether it is the schedule's message, read without the schema since it comes all the time. */
export function isWakeUp({ regionsweep }: JsonObject): boolean {
  return valueAt(regionsweep, 'v') === VERSION && valueAt(regionsweep, 'kind') === 'wake-up';
}

/** The body of its SQS message: ASCII, since SQS refuses some characters that names of identities may have. */
export function writeControlMessage(message: ControlMessage): string {
  return asciiJson({ regionsweep: { v: VERSION, ...message } });
}
