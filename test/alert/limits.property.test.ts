import Ajv from 'ajv';
import fc from 'fast-check';
import { VALUE_KINDS, type ValueKind } from '../../lambda/alert/evidence/model';
import type { Alert, Notification, Step } from '../../lambda/alert/model';
import { renderTopicMessage } from '../../lambda/alert/render/sns-message';
import { ecsAlertSchema } from '../../scripts/alert-schema';
import { CHAT_SCHEMA } from '../support/chat-schema';
import { hostileAlert } from '../support/hostile-alert';
import { holds } from '../support/properties';

const MAX_BYTES = 262_144;

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

type AlertTelling = Extract<Notification, { readonly alert: unknown }>;

/** Up to about ten megabytes in all. */
const alerts = fc
  .record({ piece, length: fc.constantFrom(1, 30, 200, 1000, 4000), arn: fc.boolean() })
  .map(({ piece: part, length, arn }) =>
    hostileAlert((place) => {
      const text = `${part.repeat(Math.ceil(length / part.length))}${place}`;
      return arn && place % 3 === 0 ? `arn:aws:sts::111122223333:assumed-role/${text}` : text;
    }),
  );

const notifications = fc.oneof(
  alerts.map((alert): AlertTelling => ({ kind: 'alert', alert })),
  alerts.map(
    (alert): AlertTelling => ({
      kind: 'follow-up',
      alert,
      regionsBefore: 10,
      added: alert.regions,
      joinedWith: Array.from({ length: 900 }, () => alert.alertId),
    }),
  ),
);

type AlertState = ReturnType<typeof ecsAlertSchema.parse>['regionsweep'];

/** What is cut to fit changes no conclusion: facts, commands, queries and the exception are those of the whole. */
function expectFindingsOfTheWhole({ facts, guide }: AlertState, alert: Alert): void {
  const whole = alert.assessment;
  const commandsOf = (steps: readonly Step[]) => steps.map(({ command }) => command?.join('\n'));
  expect(facts.map(({ id }) => id)).toEqual(whole.findings.map(({ id }) => id));
  expect(guide.questions.map(({ command }) => command)).toEqual(commandsOf(whole.guide.investigation));
  expect(guide.if_bad.map(({ command }) => command)).toEqual(commandsOf(whole.guide.containment));
  expect(guide.if_expected.exception).toBe(whole.guide.falsePositive.exception);
}

it('whatever the records hold, a message fits, its subject is valid, all of it parses back and concludes the same', async () => {
  let [largest, cut] = [0, 0];
  const property = fc.property(notifications, (notification) => {
    const { subject, body, attributes } = renderTopicMessage(notification, STYLE);
    largest = Math.max(largest, Buffer.byteLength(body));
    expect(Buffer.byteLength(body)).toBeLessThanOrEqual(MAX_BYTES);
    expect(subject).toMatch(/^[\x21-\x7e](?:[\x20-\x7e]{0,97}[\x21-\x7e])?$/);
    const variants = JSON.parse(body) as Record<string, string>;
    const alert = ecsAlertSchema.parse(JSON.parse(variants.sqs!));
    expect(alert.regionsweep.alert_id).toBe('0123456789abcdef0123456789abcdef');
    expect(alert.regionsweep.kind).toBe(notification.kind);
    expectFindingsOfTheWhole(alert.regionsweep, notification.alert);
    if (alert.regionsweep.notes.some((note) => note.startsWith('lists and texts were shortened'))) cut += 1;
    expect(isCard(JSON.parse(variants.https!)) ? [] : isCard.errors).toEqual([]);
    if (attributes.account_id !== undefined) expect(subject).toContain(`account ${attributes.account_id}`);
    for (const value of Object.values(attributes)) expect(value).toMatch(/^[\x20-\x7e]+$/);
  });
  await holds(40, property);
  expect(largest).toBeGreaterThan(MAX_BYTES / 8);
  expect(cut).toBeGreaterThan(10);
});

it('ten megabytes in one place are cut too', () => {
  const huge = '\u202e'.repeat(10_000_000);
  const alert = hostileAlert((place) => (place === 7 ? huge : `arn:aws:iam::111122223333:user/u${place}`));
  const { body } = renderTopicMessage({ kind: 'alert', alert }, STYLE);
  expect(Buffer.byteLength(body)).toBeLessThanOrEqual(MAX_BYTES);
});

it('a message that fits keeps everything', () => {
  const alert = hostileAlert((place) => `v${place}`);
  const { body } = renderTopicMessage({ kind: 'alert', alert }, STYLE);
  const told = ecsAlertSchema.parse(JSON.parse((JSON.parse(body) as { sqs: string }).sqs));
  expect(told.regionsweep.call_count).toBe(100);
  expect(told.regionsweep.facts.length).toBeGreaterThan(10);
});

it('what is cut away is concluded from nevertheless', () => {
  const filler = '\u202e'.repeat(700);
  const arn = `arn:aws:iam::111122223333:user/${'u'.repeat(60)}/deploy`;
  const lists = VALUE_KINDS.map((kind, index) => [kind, 50 * index] as const);
  const start = Object.fromEntries(lists) as Record<ValueKind, number>;
  const alert = hostileAlert((place) => {
    if (place === 50 * VALUE_KINDS.length) return arn;
    if (place >= start.sourceAddresses && place < start.sourceAddresses + 50) return `198.51.100.${place % 50}`;
    return place === start.userAgents + 49 ? 'Pacu' : `${filler}${place}`;
  });
  const { body } = renderTopicMessage({ kind: 'alert', alert }, STYLE);
  const { email, sqs } = JSON.parse(body) as { email: string; sqs: string };
  const told = ecsAlertSchema.parse(JSON.parse(sqs)).regionsweep;
  expect(told.source_addresses.length).toBeLessThan(10);
  expect(email).toContain('User agent claims Pacu.');
  expect(email).toContain('The calls came from 4000 addresses');
  expect(email).toContain('--user-name deploy');
  expect(JSON.parse(told.guide.if_expected.exception!)).toEqual(
    expect.not.objectContaining({ source: expect.anything() }),
  );
});
