import Ajv from 'ajv';
import fc from 'fast-check';
import { ecsAlertSchema } from '../../lambda/alert/ecs-schema';
import type { Telling } from '../../lambda/alert/telling';
import { renderTopicMessage } from '../../lambda/alert/topic-message';
import { CHAT_SCHEMA } from '../support/chat-schema';
import { hostileAlert } from '../support/hostile-alert';
import { holds } from '../support/properties';

const MOST_BYTES = 262_144;
const STYLE = { detector: 'security', severityText: 'low', chatAsDefault: false, replayId: undefined };
const isCard = new Ajv().compile(CHAT_SCHEMA);

/** What takes most room, escaped once and again, and what else there is to write. */
const piece = fc.oneof(
  fc.constantFrom(
    '\u0001',
    '\u202e',
    '\u{e0041}',
    '\ud800',
    '"',
    '\\',
    '😀',
    '漢',
    '<',
    "'",
    '\n',
    'x',
    '@',
    '.a',
    '_',
  ),
  fc.string({ unit: 'binary', minLength: 1, maxLength: 4 }),
);

/** Up to about ten megabytes in all. */
const alerts = fc
  .record({ piece, length: fc.constantFrom(1, 30, 200, 1000, 4000), arn: fc.boolean() })
  .map(({ piece: part, length, arn }) =>
    hostileAlert((place) => {
      const text = `${part.repeat(Math.ceil(length / part.length))}${place}`;
      return arn && place % 3 === 0 ? `arn:aws:sts::111122223333:assumed-role/${text}` : text;
    }),
  );

const tellings: fc.Arbitrary<Telling> = fc.oneof(
  alerts.map((alert): Telling => ({ kind: 'alert', alert })),
  alerts.map(
    (alert): Telling => ({
      kind: 'follow-up',
      alert,
      regionsBefore: 10,
      joinedWith: Array.from({ length: 900 }, () => alert.alertId),
    }),
  ),
);

it('whatever the records hold, a message fits, its subject is valid, and all of it parses back', async () => {
  let largest = 0;
  const property = fc.property(tellings, (telling) => {
    const { subject, body, attributes } = renderTopicMessage(telling, STYLE);
    largest = Math.max(largest, Buffer.byteLength(body));
    expect(Buffer.byteLength(body)).toBeLessThanOrEqual(MOST_BYTES);
    expect(subject).toMatch(/^[\x21-\x7e](?:[\x20-\x7e]{0,97}[\x21-\x7e])?$/);
    const variants = JSON.parse(body) as Record<string, string>;
    const alert = ecsAlertSchema.parse(JSON.parse(variants.sqs!));
    expect(alert.regionsweep.alert_id).toBe('0123456789abcdef0123456789abcdef');
    expect(alert.regionsweep.kind).toBe(telling.kind);
    expect(isCard(JSON.parse(variants.https!)) ? [] : isCard.errors).toEqual([]);
    for (const value of Object.values(attributes)) expect(value).toMatch(/^[\x20-\x7e]+$/);
  });
  await holds(40, property);
  expect(largest).toBeGreaterThan(MOST_BYTES / 8);
});

it('ten megabytes in one place are cut too', () => {
  const huge = '\u202e'.repeat(10_000_000);
  const alert = hostileAlert((place) => (place === 7 ? huge : `arn:aws:iam::111122223333:user/u${place}`));
  const { body } = renderTopicMessage({ kind: 'alert', alert }, STYLE);
  expect(Buffer.byteLength(body)).toBeLessThanOrEqual(MOST_BYTES);
});

it('a message that fits keeps everything', () => {
  const alert = hostileAlert((place) => `v${place}`);
  const { body } = renderTopicMessage({ kind: 'alert', alert }, STYLE);
  const told = ecsAlertSchema.parse(JSON.parse((JSON.parse(body) as { sqs: string }).sqs));
  expect(told.regionsweep.call_count).toBe(100);
  expect(told.regionsweep.facts.length).toBeGreaterThan(10);
});
