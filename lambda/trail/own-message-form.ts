/** The form of our own messages, and how they are read. Loaded when the first one comes: most functions meet none. */
import { inert } from '../alert/inert';
import { NotificationError } from '../errors';
import * as z from '../zod';
import { BUCKET_NAME } from './bucket-name';
import { type OwnMessage, REPLAY_ID, VERSION } from './own-message';

const version = z.literal(VERSION);
const replayId = z.string().check(z.regex(REPLAY_ID));
const epochSecond = z.int();
const text = z.string().check(z.minLength(1));

const ownMessage = z.discriminatedUnion('kind', [
  /** an object to be read as part of a replay */
  z.strictObject({
    ...{ v: version, kind: z.literal('object'), replayId },
    bucket: z.string().check(z.regex(BUCKET_NAME)),
    key: text,
  }),
  /** look again at what was alerted, and say so if it grew */
  z.strictObject({
    ...{ v: version, kind: z.literal('follow-up'), replayId: z.optional(replayId) },
    ...{ partition: text, bucketStart: epochSecond, actor: text, alertId: text },
  }),
  /** say how many alerts of an interval were held back */
  z.strictObject({
    ...{ v: version, kind: z.literal('cap-notice'), replayId: z.optional(replayId) },
    intervalStart: epochSecond,
  }),
  /** say how often an actor was met again from `from` on, while it was suppressed */
  z.strictObject({
    ...{ v: version, kind: z.literal('suppression-summary'), replayId: z.optional(replayId) },
    ...{ actor: text, from: epochSecond },
  }),
]);

export type VersionedMessage = z.output<typeof ownMessage>;

const envelope = z.strictObject({ regionsweep: ownMessage });

/**
 * @param value a parsed body that claims to be one
 * @throws NotificationError with the first faults
 */
export function readOwnMessage(value: unknown): OwnMessage {
  const result = envelope.safeParse(value);
  if (result.success) {
    const { v: _, ...message } = result.data.regionsweep;
    return message;
  }
  const faults = result.error.issues
    .slice(0, 3)
    .map(({ path, message }) => `${path.map(String).join('.')}: ${message}`);
  throw new NotificationError(
    `not a message of this version of regionsweep: ${inert(faults.join('; '), 400)}. Is the sender newer than the function? Deploy the same version, then redrive`,
  );
}
