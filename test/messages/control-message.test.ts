import { NotificationError } from '../../lambda/errors';
import { type ControlMessage, writeControlMessage } from '../../lambda/messages/control-message';
import { readControlMessage } from '../../lambda/messages/control-message-schema';
import { parseBody, readNotification } from '../../lambda/messages/notifications';
import { snsEnvelope, snsEvent } from '../support/notices';
import { MALLORY, T0 } from '../support/records';

const OBJECT = { kind: 'object', replayId: 'r-1', bucket: 'trail', key: 'a b+ü/__proto__' } as const;

const FOLLOW_UP = {
  kind: 'follow-up',
  partition: '111122223333',
  bucketStart: T0,
  actor: MALLORY,
  alertId: 'a1',
} as const;

const SUMMARY = { kind: 'suppression-summary', actor: MALLORY, from: T0 } as const;

const CAP_NOTICE = { kind: 'cap-notice', intervalStart: T0 } as const;

const BUCKET = { kind: 'bucket', partition: '111122223333', bucketStart: T0 } as const;

const MESSAGES: readonly ControlMessage[] = [
  OBJECT,
  BUCKET,
  { ...BUCKET, replayId: 'r' },
  FOLLOW_UP,
  { ...FOLLOW_UP, replayId: 'r' },
  SUMMARY,
  { ...SUMMARY, replayId: 'r' },
  CAP_NOTICE,
  { ...CAP_NOTICE, replayId: 'A_1-'.repeat(16) },
];

function read(value: unknown) {
  const notification = readNotification(value);
  return notification.kind === 'control' ? readControlMessage(notification.body) : notification;
}

function refusalOf(value: unknown): string {
  try {
    read(value);
  } catch (error) {
    expect(error).toBeInstanceOf(NotificationError);
    return (error as Error).message;
  }
  throw new Error('was accepted');
}

describe('a control message', () => {
  it.each(MESSAGES)('is read as it was written: %j', (message) => {
    expect(read(parseBody(writeControlMessage(message)))).toEqual(message);
  });

  it('has the form that is promised', () => {
    expect(JSON.parse(writeControlMessage(OBJECT))).toEqual({ regionsweep: { v: 1, ...OBJECT } });
  });

  it.each(MESSAGES)('is refused when SNS wrapped it, which hides its sender: %j', (message) => {
    const body = writeControlMessage(message);
    expect(refusalOf(snsEnvelope(body))).toMatch(/which hides its sender/);
    expect(refusalOf(snsEvent(body))).toMatch(/which hides its sender/);
  });

  const own = (fields: object) => ({ regionsweep: { v: 1, ...fields } });
  it.each([
    [{ regionsweep: null }, /regionsweep: /],
    [{ regionsweep: OBJECT }, /regionsweep.v: /],
    [{ regionsweep: { ...OBJECT, v: 2 } }, /regionsweep.v: .*newer than the function/],
    [{ regionsweep: { ...OBJECT, v: '1' } }, /regionsweep.v: /],
    [own({ kind: 'else' }), /regionsweep.kind: /],
    [own({}), /regionsweep.kind: /],
    [own({ ...OBJECT, replayId: undefined }), /regionsweep.replayId: /],
    [own({ ...OBJECT, replayId: '-r' }), /regionsweep.replayId: /],
    [own({ ...OBJECT, replayId: 'a/b' }), /regionsweep.replayId: /],
    [own({ ...OBJECT, replayId: 'a\n' }), /regionsweep.replayId: /],
    [own({ ...OBJECT, replayId: 'x'.repeat(65) }), /regionsweep.replayId: /],
    [own({ ...OBJECT, bucket: 'arn:aws:s3:::trail' }), /regionsweep.bucket: /],
    [own({ ...OBJECT, key: '' }), /regionsweep.key: /],
    [own({ ...OBJECT, more: 1 }), /more/],
    [own({ ...FOLLOW_UP, bucketStart: T0 + 0.5 }), /regionsweep.bucketStart: /],
    [own({ ...FOLLOW_UP, bucketStart: String(T0) }), /regionsweep.bucketStart: /],
    [own({ ...FOLLOW_UP, actor: '' }), /regionsweep.actor: /],
    [own({ ...CAP_NOTICE, intervalStart: Number.NaN }), /regionsweep.intervalStart: /],
    [own({ ...SUMMARY, actor: '' }), /regionsweep.actor: /],
    [own({ ...SUMMARY, until: T0 }), /until/],
    [own({ ...CAP_NOTICE, alertId: 'a' }), /alertId/],
    [{ ...own(OBJECT), Records: [] }, /Records/],
  ])('is refused when it is malformed: %j', (value, message) => {
    expect(refusalOf(value)).toMatch(/^not a control message of this version of regionsweep: /);
    expect(refusalOf(value)).toMatch(message);
  });

  it('is refused in few words that cannot harm a log', () => {
    const key = '\u001b[31m\n'.repeat(10_000);
    const message = refusalOf(own({ ...OBJECT, [key]: 1, [`${key}2`]: 2 }));
    expect(message.length).toBeLessThan(600);
    expect(message).not.toMatch(/\p{Cc}/u);
  });
});
