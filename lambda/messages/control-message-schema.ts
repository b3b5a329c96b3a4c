/** Parses control messages. Loaded with the first one: most functions receive none. */
import { NotificationError } from '../errors';
import { BUCKET_NAME } from '../trail/object-key';
import { sanitize } from '../util/sanitize';
import * as z from '../util/zod';
import { type ControlMessage, REPLAY_ID, VERSION } from './control-message';

const replayId = z.string().check(z.regex(REPLAY_ID));

/** Epoch seconds have ten digits until the year 2286. */
const epochSecond = z.int().check(z.gte(0), z.lt(1e10));

const text = z.string().check(z.minLength(1));

const ofReplay = { v: z.literal(VERSION), replayId: z.optional(replayId) };

const bucket = z.string().check(z.regex(BUCKET_NAME));

const envelope = z.strictObject({
  regionsweep: z.discriminatedUnion('kind', [
    z.strictObject({ ...ofReplay, kind: z.literal('object'), replayId, bucket, key: text }),
    z.strictObject({ ...ofReplay, kind: z.literal('bucket'), partition: text, bucketStart: epochSecond }),
    z.strictObject({
      ...{ ...ofReplay, kind: z.literal('follow-up') },
      ...{ partition: text, bucketStart: epochSecond, actor: text, alertId: text },
    }),
    z.strictObject({ ...ofReplay, kind: z.literal('cap-notice'), intervalStart: epochSecond }),
    z.strictObject({ ...ofReplay, kind: z.literal('suppression-summary'), actor: text, from: epochSecond }),
  ]),
});

/** @param value a parsed body for which `isControlMessage` holds @throws NotificationError with the first faults */
export function readControlMessage(value: unknown): Exclude<ControlMessage, { kind: 'wake-up' }> {
  const result = envelope.safeParse(value);
  if (result.success) {
    const { v: _, ...message } = result.data.regionsweep;
    return message;
  }
  const faults = result.error.issues
    .slice(0, 3)
    .map(({ path, message }) => `${path.map(String).join('.')}: ${message}`);
  throw new NotificationError(
    `not a control message of this version of regionsweep: ${sanitize(faults.join('; '), 400)}. ` +
      'Is the sender newer than the function? Deploy the same version, then redrive',
  );
}
