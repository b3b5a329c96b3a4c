/** What the function, its schedule and the CLI of regionsweep put on the function's own queue. */
import { asciiJson } from '../util/sanitize';
import { type JsonObject, valueAt } from '../util/values';

/** Names one replay; part of store keys and of message attributes. */
export const REPLAY_ID = /^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$/;

/** A new number for a shape that older functions cannot read; they fail such a message instead of misreading it. */
export const VERSION = 1;

/** The schedule that has what is due handed over. */
export const WAKE_UP_MINUTES = 2;

interface OfReplay {
  /** without it the message is about live state */
  readonly replayId?: string | undefined;
}

/** Times are UTC epoch seconds; keys are decoded. */
export type ControlMessage =
  /** an object to be read as part of a replay */
  | { readonly kind: 'object'; readonly replayId: string; readonly bucket: string; readonly key: string }
  /** hand over what is due; a schedule sends it */
  | { readonly kind: 'wake-up' }
  /** look again for detections in a bucket that had more than one invocation publishes */
  | (OfReplay & { readonly kind: 'bucket'; readonly partition: string; readonly bucketStart: number })
  /** look again at an alert, and publish its final extent if it grew */
  | (OfReplay & {
      readonly kind: 'follow-up';
      readonly partition: string;
      readonly bucketStart: number;
      readonly actor: string;
      readonly alertId: string;
    })
  /** publish how many alerts of an interval the rate limit held */
  | (OfReplay & { readonly kind: 'cap-notice'; readonly intervalStart: number })
  /** publish how often an actor triggered the rule again from `from` on, while it was suppressed */
  | (OfReplay & { readonly kind: 'suppression-summary'; readonly actor: string; readonly from: number });

export type ControlMessageOf<K extends ControlMessage['kind']> = Extract<ControlMessage, { kind: K }>;

/** Those about what is to be published at a time of its own. */
export type DueNotification = ControlMessageOf<'follow-up' | 'cap-notice' | 'suppression-summary'>;

/** Whether a parsed body claims to be one, well-formed or not. */
export function isControlMessage(value: object): boolean {
  return Object.hasOwn(value, 'regionsweep');
}

/** Whether such a body asks to hand over what is due: read without the schema, since it comes all the time. */
export function isWakeUp({ regionsweep }: JsonObject): boolean {
  return valueAt(regionsweep, 'v') === VERSION && valueAt(regionsweep, 'kind') === 'wake-up';
}

/** The body of the SQS message that carries it: ASCII, since SQS refuses characters that an identity may be named with. */
export function writeControlMessage(message: ControlMessage): string {
  return asciiJson({ regionsweep: { v: VERSION, ...message } });
}
