import { RULE } from '../../detection/rule';
import type { TopicMessage } from '../../ports';
import { sanitizeJson } from '../../util/sanitize';
import { identityOf, type Notification, type NotificationStyle, signalsOf } from '../model';
import { renderChatCard } from './chat-card';
import { renderEcsNotification } from './ecs';
import { renderSubject } from './headline';
import { renderEmail } from './plain-text';

/** Most bytes of all protocols' texts and attributes together; source: Amazon SNS API reference, Publish. */
const MAX_BYTES = 262_144;

/** A notification for SNS: text for people, a card for chat clients, JSON for machines. Never too large. */
export function renderTopicMessage(notification: Notification, style: NotificationStyle): TopicMessage {
  const attributes = attributesOf(notification, style);
  const signals = 'alert' in notification ? signalsOf(notification.alert) : [];
  return {
    subject: renderSubject(notification, style),
    body: fittingBody(notification, style, MAX_BYTES - bytesOf({ ...attributes, signals: JSON.stringify(signals) })),
    attributes,
    signals,
  };
}

/** The attributes for filters. Only alerts have a verdict; filters by it also pass messages without one. */
function attributesOf(notification: Notification, style: NotificationStyle): Record<string, string> {
  const { replayId, isFromHistory = false } = style;
  const { account } = identityOf(notification);
  return {
    rule_id: RULE.id,
    severity: RULE.severity,
    // Old alerts must not page anybody.
    kind: isFromHistory ? 'history' : notification.kind,
    // SNS refuses attributes with control characters, and filters by account expect an account.
    ...(account === undefined || !/^\d{12}$/.test(account) ? {} : { account_id: account }),
    ...(replayId === undefined ? {} : { replay_id: replayId }),
    ...('alert' in notification ? { verdict: notification.alert.assessment.verdict } : {}),
  };
}

/** Names, types and values count as well. */
function bytesOf(attributes: Readonly<Record<string, string>>): number {
  const texts = Object.entries(attributes).map(([name, value]) => `${name}String.Array${value}`);
  return Buffer.byteLength(texts.join(''));
}

function fittingBody(notification: Notification, style: NotificationStyle, maxBytes: number): string {
  for (const limits of [undefined, ...LIMITS]) {
    const cut = limits === undefined ? notification : truncate(notification, limits);
    const body = bodyWithin(cut, style, maxBytes);
    if (body !== undefined) return body;
  }
  throw new RangeError(`a ${notification.kind} takes more than ${maxBytes} bytes however it is cut`);
}

/** The body, or `undefined` if it is too large. */
function bodyWithin(notification: Notification, style: NotificationStyle, maxBytes: number): string | undefined {
  const form = renderEcsNotification(notification, style);
  // The body contains it four times: if that is too much, rendering the rest is useless.
  if (4 * JSON.stringify(form).length > maxBytes) return undefined;
  const json = JSON.stringify(sanitizeJson(form));
  if (4 * json.length > maxBytes) return undefined;
  const text = JSON.stringify(renderEmail(notification, style));
  const card = JSON.stringify(sanitizeJson(renderChatCard(notification, style)));
  const variants = {
    default: style.chatAsDefault ? card : text,
    email: text,
    'email-json': json,
    https: card,
    sqs: json,
    lambda: json,
    firehose: json,
  };
  const body = `{${Object.entries(variants).map(([protocol, variant]) => `"${protocol}":${variant}`)}}`;
  return Buffer.byteLength(body) <= maxBytes ? body : undefined;
}

/**
 * Limits of lists, texts, names of objects, the actor's name and regions, from nearly everything to almost nothing. At the
 * last, nothing that anybody may write is long enough to matter: 40 names of regions are more than there are, and each of a
 * name's characters takes at most 28 bytes in the four copies of the JSON.
 */
const LIMITS = [
  { entries: 50, characters: 2000, objects: 200, actor: 2048, regions: 100 },
  { entries: 20, characters: 300, objects: 50, actor: 1024, regions: 60 },
  { entries: 8, characters: 120, objects: 10, actor: 512, regions: 50 },
  { entries: 3, characters: 60, objects: 3, actor: 200, regions: 40 },
  { entries: 1, characters: 20, objects: 1, actor: 60, regions: 40 },
];

type Limits = (typeof LIMITS)[number];

/** The same notification with shorter lists and texts. The conclusions stay as they are. */
function truncate(notification: Notification, limits: Limits): Notification {
  const cut = truncated(notification, limits, fieldLimits(limits)) as Notification;
  if (!('alert' in cut)) return cut;
  return { ...cut, alert: { ...cut.alert, evidence: { ...cut.alert.evidence, shortened: true } } };
}

type ValueLimits = Pick<Limits, 'entries' | 'characters'> & { readonly keepsLast?: boolean };

const WHOLE: ValueLimits = { entries: Number.POSITIVE_INFINITY, characters: Number.POSITIVE_INFINITY };

/** Limits of a field and its descendants, if they differ from the parent's. */
function fieldLimits({ characters, objects, actor, regions }: Limits): Readonly<Record<string, Partial<ValueLimits>>> {
  return {
    // Only untrusted pieces are cut: a cut command would do something else.
    assessment: WHOLE,
    recurrence: WHOLE,
    untrusted: { characters },
    alertId: WHOLE,
    joinedWith: { characters: WHOLE.characters },
    rule: WHOLE,
    actor: { characters: actor },
    objects: { entries: objects, characters: 2 * actor },
    timeline: { entries: WHOLE.entries },
    signIns: { keepsLast: true },
    ...{ regions: { entries: regions }, added: { entries: regions } },
    ...{ arrived: { entries: regions }, missing: { entries: regions } },
  };
}

function truncated(value: unknown, limits: ValueLimits, fields: ReturnType<typeof fieldLimits>): unknown {
  if (typeof value === 'string') return value.slice(0, limits.characters);
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) {
    const kept = limits.keepsLast === true ? value.slice(-limits.entries) : value.slice(0, limits.entries);
    return kept.map((one) => truncated(one, limits, fields));
  }
  const cut: Record<string, unknown> = {};
  for (const [name, field] of Object.entries(value)) {
    const own = fields[name];
    cut[name] = truncated(field, own === undefined ? limits : { ...limits, ...own }, fields);
  }
  return cut;
}
