import type { TopicMessage } from '../ports';
import { RULE } from '../rule/rule';
import { formatInstant } from '../time';
import { renderChatCard } from './chat-card';
import { ecsRegion, renderEcs } from './ecs';
import { renderEmail } from './email';
import { accountOf, subjectOf } from './headline';
import { inertJson } from './inert';
import { CUTS, shortened } from './shorten';
import type { Telling, TellingStyle } from './telling';

/** SNS takes this much for all protocols' texts together; source: Amazon SNS API reference, Publish. */
const MOST_BYTES = 262_144;

/** A telling as SNS takes it: text for people, a card for chat clients, JSON for machines. Never too large. */
export function renderTopicMessage(telling: Telling, style: TellingStyle): TopicMessage {
  const attributes = attributesOf(telling, style);
  return {
    subject: subjectOf(telling, style),
    body: fittingBody(telling, style, MOST_BYTES - bytesOf(attributes)),
    attributes,
  };
}

/** Names, types and values count as well. */
function bytesOf(attributes: Readonly<Record<string, string>>): number {
  return Buffer.byteLength(
    Object.entries(attributes)
      .map(([name, value]) => `${name}String${value}`)
      .join(''),
  );
}

function fittingBody(telling: Telling, style: TellingStyle, mostBytes: number): string {
  // The machine's form is in it four times: what is this large cannot fit, and would take long to render.
  const isHuge = JSON.stringify(telling).length > mostBytes;
  let body = isHuge ? '' : bodyOf(telling, style);
  for (const cut of CUTS) {
    if (body !== '' && Buffer.byteLength(body) <= mostBytes) break;
    body = bodyOf(shortened(telling, cut), style);
  }
  return body;
}

function bodyOf(telling: Telling, style: TellingStyle): string {
  const text = renderEmail(telling, style);
  const card = inertJson(renderChatCard(telling, style));
  const json = inertJson(machineForm(telling, style));
  return JSON.stringify({
    default: style.chatAsDefault ? card : text,
    email: text,
    'email-json': json,
    https: card,
    sqs: json,
    lambda: json,
    firehose: json,
  });
}

function machineForm(telling: Telling, { detector, replayId }: TellingStyle) {
  const told = { detector, kind: telling.kind, ...(replayId === undefined ? {} : { replay_id: replayId }) };
  switch (telling.kind) {
    case 'alert':
    case 'follow-up': {
      const ecs = renderEcs(telling.alert);
      const followUp =
        telling.kind === 'alert'
          ? {}
          : {
              regions_before: telling.regionsBefore,
              ...(telling.added === undefined ? {} : { regions_added: telling.added.map(ecsRegion) }),
              joined_with: telling.joinedWith,
            };
      return { ...ecs, regionsweep: { ...ecs.regionsweep, ...told, ...followUp } };
    }
    case 'notice':
      return {
        ...eventForm(telling.until),
        regionsweep: {
          ...told,
          ...intervalForm(telling),
          held_count: telling.heldCount,
          held_alert_ids: telling.held.map(({ alertId }) => alertId),
        },
      };
    case 'summary':
      return {
        ...eventForm(telling.until),
        regionsweep: {
          ...told,
          ...intervalForm(telling),
          actor: telling.actor,
          repeat_count: telling.repeatCount,
          repeated_alert_ids: telling.repeats.map(({ alertId }) => alertId),
        },
      };
  }
}

function eventForm(until: number) {
  return {
    '@timestamp': formatInstant(until),
    event: { kind: 'event' },
    rule: { id: RULE.id, name: RULE.name, version: RULE.version },
  };
}

function intervalForm({ from, until }: { readonly from: number; readonly until: number }) {
  return { interval: { start: formatInstant(from), end: formatInstant(until) } };
}

function attributesOf(telling: Telling, { replayId }: TellingStyle): Record<string, string> {
  const account = accountOf(telling);
  return {
    rule_id: RULE.id,
    severity: RULE.severity,
    kind: telling.kind,
    // SNS refuses attributes with control characters, and whoever filters by account wants an account.
    ...(account === undefined || !/^\d{12}$/.test(account) ? {} : { account_id: account }),
    ...(replayId === undefined ? {} : { replay_id: replayId }),
  };
}
