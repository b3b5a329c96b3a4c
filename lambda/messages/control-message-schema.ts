/** The form of our own messages, and how they are read. Loaded when the first one comes: most functions meet none. */

import { NotificationError } from '../errors';
import { BUCKET_NAME } from '../trail/object-key';
import { sanitize } from '../util/sanitize';
import * as z from '../util/zod';
import { type ControlMessage, REPLAY_ID, VERSION } from './control-message';

const version = z.literal(VERSION);

const replayId = z.string().check(z.regex(REPLAY_ID));

const epochSecond = z.int();

const text = z.string().check(z.minLength(1));

const controlMessage = z.discriminatedUnion('kind', [
  z.strictObject({
    ...{ v: version, kind: z.literal('object'), replayId },
    bucket: z.string().check(z.regex(BUCKET_NAME)),
    key: text,
  }),
  z.strictObject({
    ...{ v: version, kind: z.literal('follow-up'), replayId: z.optional(replayId) },
    ...{ partition: text, bucketStart: epochSecond, actor: text, alertId: text },
  }),
  z.strictObject({
    ...{ v: version, kind: z.literal('cap-notice'), replayId: z.optional(replayId) },
    intervalStart: epochSecond,
  }),
  z.strictObject({
    ...{ v: version, kind: z.literal('suppression-summary'), replayId: z.optional(replayId) },
    ...{ actor: text, from: epochSecond },
  }),
]);

const envelope = z.strictObject({ regionsweep: controlMessage });

/**
 * @param value a parsed body that claims to be one
 * @throws NotificationError with the first faults
 */
export function readControlMessage(value: unknown): ControlMessage {
  const result = envelope.safeParse(value);
  if (result.success) {
    const { v: _, ...message } = result.data.regionsweep;
    return message;
  }
  const faults = result.error.issues
    .slice(0, 3)
    .map(({ path, message }) => `${path.map(String).join('.')}: ${message}`);
  throw new NotificationError(
    `not a message of this version of regionsweep: ${sanitize(faults.join('; '), 400)}. Is the sender newer than the function? Deploy the same version, then redrive`,
  );
}
