/** What the function and the CLI of regionsweep put on the function's own queue. */
import type { VersionedMessage } from './own-message-form';

/** Names one replay; part of ledger keys and of message attributes. */
export const REPLAY_ID = /^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$/;

/** A new number for a shape that older functions cannot read; they fail such a message instead of misreading it. */
export const VERSION = 1;

type Unversioned<T> = T extends unknown ? Omit<T, 'v'> : never;

/** Times are UTC epoch seconds; keys are decoded. Without a `replayId` a message is about live state. */
export type OwnMessage = Unversioned<VersionedMessage>;

export type OwnMessageOf<K extends OwnMessage['kind']> = Extract<OwnMessage, { kind: K }>;

/** Whether a parsed body claims to be one of ours, well-formed or not. */
export function isOwnMessage(value: object): boolean {
  return Object.hasOwn(value, 'regionsweep');
}

/** The body of the SQS message that carries it. */
export function writeOwnMessage(message: OwnMessage): string {
  return JSON.stringify({ regionsweep: { v: VERSION, ...message } });
}
