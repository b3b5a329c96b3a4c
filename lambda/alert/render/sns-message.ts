import { RULE } from '../../detection/rule';
import type { TopicMessage } from '../../ports';
import { sanitizeJson } from '../../util/sanitize';
import { identityOf, type Notification, type NotificationStyle, signalsOf } from '../model';
import { renderChatCard } from './chat-card';
import { renderEcsNotification } from './ecs';
import { renderSubject } from './headline';
import { renderEmail } from './plain-text';
import { LIMITS, truncate } from './truncate';

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
