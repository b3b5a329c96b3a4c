/** What the function and the CLI of regionsweep put on the function's own queue. */

/** Names one replay; part of store keys and of message attributes. */
export const REPLAY_ID = /^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$/;

/** A new number for a shape that older functions cannot read; they fail such a message instead of misreading it. */
export const VERSION = 1;

interface OfReplay {
  /** without it the message is about live state */
  readonly replayId?: string | undefined;
}

/** Times are UTC epoch seconds; keys are decoded. */
export type ControlMessage =
  /** an object to be read as part of a replay */
  | { readonly kind: 'object'; readonly replayId: string; readonly bucket: string; readonly key: string }
  /** look again at an alert, and publish its final extent if it grew */
  | (OfReplay & {
      readonly kind: 'follow-up';
      readonly partition: string;
      readonly bucketStart: number;
      readonly actor: string;
      readonly alertId: string;
    })
  /** publish how many alerts of an interval the rate limit held back */
  | (OfReplay & { readonly kind: 'cap-notice'; readonly intervalStart: number })
  /** publish how often an actor triggered the rule again from `from` on, while it was suppressed */
  | (OfReplay & { readonly kind: 'suppression-summary'; readonly actor: string; readonly from: number });

export type ControlMessageOf<K extends ControlMessage['kind']> = Extract<ControlMessage, { kind: K }>;

export interface ControlJob {
  readonly message: Exclude<ControlMessage, { kind: 'object' }>;
  readonly messageId: string;
}

/** Whether a parsed body claims to be one, well-formed or not. */
export function isControlMessage(value: object): boolean {
  return Object.hasOwn(value, 'regionsweep');
}

/** The body of the SQS message that carries it. */
export function writeControlMessage(message: ControlMessage): string {
  return JSON.stringify({ regionsweep: { v: VERSION, ...message } });
}
