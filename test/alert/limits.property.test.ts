import Ajv from 'ajv';
import fc from 'fast-check';
import { VALUE_KINDS } from '../../lambda/alert/evidence/model';
import type { Alert, Notification, Step } from '../../lambda/alert/model';
import { renderTopicMessage } from '../../lambda/alert/render/sns-message';
import { ecsAlertSchema } from '../../scripts/alert-schema';
import { STYLE } from '../support/alerts';
import { CHAT_SCHEMA } from '../support/chat-schema';
import { hostileAlert } from '../support/hostile-alert';
import { holds } from '../support/properties';

const MAX_BYTES = 262_144;

const isCard = new Ajv().compile(CHAT_SCHEMA);

type Variants = Readonly<Record<'email' | 'https' | 'sqs', string>>;

function published(notification: Notification) {
  const { subject, body, attributes } = renderTopicMessage(notification, STYLE);
  const { email, https, sqs } = JSON.parse(body) as Variants;
  const json = ecsAlertSchema.parse(JSON.parse(sqs)).regionsweep;
  return { subject, attributes, email, card: JSON.parse(https), bytes: Buffer.byteLength(body), json };
}

/** What takes most room, escaped once and again, and what else there is to write. */
const GREEDY = ['\u0001', '\u202e', '\u{e0041}', '\ud800', '"', '\\', '😀', '漢', '<', "'", '\n', 'x', '@', '.a', '_'];

const pieces = fc.oneof(fc.constantFrom(...GREEDY), fc.string({ unit: 'binary', minLength: 1, maxLength: 4 }));

/** Up to about ten megabytes in all. */
const alerts = fc
  .record({ piece: pieces, length: fc.constantFrom(1, 30, 200, 1000, 4000), arn: fc.boolean() })
  .map(({ piece, length, arn }) =>
    hostileAlert((place) => {
      const text = `${piece.repeat(Math.ceil(length / piece.length))}${place}`;
      return arn && place % 3 === 0 ? `arn:aws:sts::111122223333:assumed-role/${text}` : text;
    }),
  );

const notifications = fc.oneof(
  alerts.map((alert) => ({ kind: 'alert', alert }) as const),
  alerts.map((alert) => {
    const joinedWith = Array.from({ length: 900 }, () => alert.alertId);
    return { kind: 'follow-up', alert, regionsBefore: 10, added: alert.regions, joinedWith } as const;
  }),
);

/** Truncation changes no conclusion: findings, commands, queries and the exception are those of the whole. */
function expectWholeAssessment({ facts, guide }: ReturnType<typeof published>['json'], { assessment }: Alert): void {
  const commandsOf = (steps: readonly Step[]) => steps.map(({ command }) => command?.join('\n'));
  expect(facts.map(({ id }) => id)).toEqual(assessment.findings.map(({ id }) => id));
  expect(guide.questions.map(({ command }) => command)).toEqual(commandsOf(assessment.guide.investigation));
  expect(guide.if_bad.map(({ command }) => command)).toEqual(commandsOf(assessment.guide.containment));
  expect(guide.if_expected.exception).toBe(assessment.guide.falsePositive.exception);
}

it('whatever the records hold, a message fits, is valid, parses back and concludes the same', async () => {
  let [largest, truncated] = [0, 0];
  const property = fc.property(notifications, (notification) => {
    const { subject, attributes, card, bytes, json } = published(notification);
    largest = Math.max(largest, bytes);
    expect(bytes).toBeLessThanOrEqual(MAX_BYTES);
    expect(subject).toMatch(/^[\x21-\x7e](?:[\x20-\x7e]{0,97}[\x21-\x7e])?$/);
    expect(json).toMatchObject({ alert_id: '0123456789abcdef0123456789abcdef', kind: notification.kind });
    expectWholeAssessment(json, notification.alert);
    if (json.notes.some((note) => note.startsWith('lists and texts were shortened'))) truncated += 1;
    expect(isCard(card) ? [] : isCard.errors).toEqual([]);
    if (attributes.account_id !== undefined) expect(subject).toContain(`account ${attributes.account_id}`);
    for (const value of Object.values(attributes)) expect(value).toMatch(/^[\x20-\x7e]+$/);
  });
  await holds(40, property);
  expect(largest).toBeGreaterThan(MAX_BYTES / 8);
  expect(truncated).toBeGreaterThan(10);
});

it('ten megabytes in one place are truncated too', () => {
  const huge = '\u202e'.repeat(10_000_000);
  const alert = hostileAlert((place) => (place === 7 ? huge : `arn:aws:iam::111122223333:user/u${place}`));
  expect(published({ kind: 'alert', alert }).bytes).toBeLessThanOrEqual(MAX_BYTES);
});

it('a message that fits keeps everything', () => {
  const { json } = published({ kind: 'alert', alert: hostileAlert((place) => `v${place}`) });
  expect(json.call_count).toBe(100);
  expect(json.facts.length).toBeGreaterThan(10);
});

it('what is truncated was assessed before', () => {
  const first = (kind: (typeof VALUE_KINDS)[number]) => 50 * VALUE_KINDS.indexOf(kind);
  // Behind the lists come the actor, a region, 50 calls elsewhere and 20 reopened objects.
  const firstClaim = 50 * VALUE_KINDS.length + 72;
  const actor = `arn:aws:iam::111122223333:user/${'u'.repeat(60)}/deploy`;
  const alert = hostileAlert((place) => {
    if (place === 50 * VALUE_KINDS.length) return actor;
    const address = place - first('sourceAddresses');
    if (address >= 0 && address < 50) return `198.51.100.${address}`;
    return place === firstClaim + 49 ? 'Pacu' : `${'\u202e'.repeat(700)}${place}`;
  });
  const { json, email } = published({ kind: 'alert', alert });
  expect(json.source_addresses.length).toBeLessThan(10);
  expect(email).toContain('The user agent claims Pacu');
  expect(email).toContain('The calls came from 4000 addresses');
  const exception = JSON.parse(json.guide.if_expected.exception!);
  expect(exception).toMatchObject({ arn: actor });
  expect(exception).not.toHaveProperty('source');
});
