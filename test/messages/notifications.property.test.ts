import fc from 'fast-check';
import { NotificationError } from '../../lambda/errors';
import { writeControlMessage } from '../../lambda/messages/control-message';
import { readControlMessage } from '../../lambda/messages/control-message-schema';
import { type Notification, parseBody, readNotification } from '../../lambda/messages/notifications';
import * as notices from '../support/notices';
import { holds } from '../support/properties';

const FIXTURES: readonly unknown[] = [
  notices.s3Event(notices.s3Record(notices.TRAIL_KEY), notices.s3Record('b', 'ObjectRemoved:Delete')),
  notices.S3_TEST_EVENT,
  notices.eventBridgeEvent(notices.TRAIL_KEY),
  notices.trailNotice(notices.TRAIL_KEY, 'b'),
  JSON.parse(writeControlMessage({ kind: 'object', replayId: 'r', bucket: 'trail', key: 'k' })),
  JSON.parse(writeControlMessage({ kind: 'cap-notice', intervalStart: 0 })),
];

const ALL = [
  ...FIXTURES,
  ...FIXTURES.map((fixture) => notices.snsEnvelope(fixture)),
  ...FIXTURES.map((fixture) => notices.snsEvent(fixture)),
];

/** Reads; the one error that may come is an answer too. */
function read(value: unknown): Notification | 'refused' {
  try {
    const notification = readNotification(typeof value === 'string' ? parseBody(value) : value);
    if (notification.kind === 'control') readControlMessage(notification.body);
    return notification;
  } catch (error) {
    if (!(error instanceof NotificationError)) throw error;
    expect(error.message.length).toBeLessThan(700);
    return 'refused';
  }
}

function check(value: unknown): void {
  const notification = read(value);
  if (notification === 'refused' || notification.kind !== 'objects') return;
  expect(notification.objects.length).toBeGreaterThan(0);
  for (const { bucket, key } of notification.objects) {
    expect(bucket).toMatch(/^[\w.-]{3,255}$/);
    expect(key).not.toBe('');
  }
}

/** Puts `replacement` where the walk `turns` ends, in a copy. */
function mutated(value: unknown, turns: readonly number[], replacement: unknown): unknown {
  const [turn, ...rest] = turns;
  if (turn === undefined || typeof value !== 'object' || value === null) return replacement;
  const keys = Object.keys(value);
  if (keys.length === 0) return replacement;
  const key = keys[turn % keys.length]!;
  const inner = mutated((value as Record<string, unknown>)[key], rest, replacement);
  return Array.isArray(value) ? value.with(Number(key), inner) : { ...value, [key]: inner };
}

const turns = fc.array(fc.nat(20), { maxLength: 6 });

const anything = fc.oneof(fc.anything({ withNullPrototype: true, withObjectString: true }), fc.jsonValue());

describe('reading a notification', () => {
  it('fails only with a NotificationError, whatever the text', async () => {
    await holds(2000, fc.property(fc.oneof(fc.string({ unit: 'binary' }), fc.json()), check));
  });

  it('never does, whatever the value', async () => {
    await holds(2000, fc.property(anything, check));
  });

  it('never does, whatever is put in some place of a true notification', async () => {
    const property = fc.property(fc.constantFrom(...ALL), turns, anything, (notice, where, value) => {
      check(mutated(notice, where, value));
    });
    await holds(5000, property);
  });

  it('does so too wherever a valid notification is cut or changed', async () => {
    const edit = fc.property(fc.constantFrom(...ALL), fc.nat(), fc.nat(8), fc.string(), (notice, at, cut, put) => {
      const text = JSON.stringify(notice);
      const from = at % text.length;
      check(text.slice(0, from) + put + text.slice(from + cut));
    });
    await holds(3000, edit);
  });

  it('gives back any key, however it was named', async () => {
    const key = fc.string({ unit: 'grapheme', minLength: 1 });
    const property = fc.property(key, (name) => {
      const encoded = encodeURIComponent(name).replaceAll('%20', '+');
      for (const notice of [
        notices.s3Event(notices.s3Record(encoded)),
        notices.eventBridgeEvent(name),
        notices.trailNotice(name),
      ]) {
        for (const value of [notice, notices.snsEnvelope(notice)]) {
          expect(read(JSON.stringify(value))).toMatchObject({ objects: [{ key: name }] });
        }
      }
    });
    await holds(1000, property);
  });
});
