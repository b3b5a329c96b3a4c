import type { TopicMessage } from '../ports';
import { RULE } from '../rule/rule';
import { formatInstant } from '../time';
import type { Alert } from './alert';
import { renderChatCard } from './chat-card';
import { renderEcs } from './ecs';
import { renderEmail } from './email';
import type { Counted, Evidence } from './evidence/evidence';
import { headlineOf } from './headline';
import { inertJson, subjectText } from './inert';
import type { Telling, TellingStyle } from './telling';

/** SNS takes this much for all protocols' texts together; source: Amazon SNS API reference, Publish. */
const MOST_BYTES = 262_144;

/** How much is kept of each list and each text, from everything to almost nothing; the first that fits is taken. */
const CUTS = [
  { values: 50, characters: 2000, objects: 200 },
  { values: 20, characters: 300, objects: 50 },
  { values: 5, characters: 100, objects: 5 },
] as const;

/** A telling as SNS takes it: text for people, a card for chat clients, JSON for machines. Never too large. */
export function renderTopicMessage(telling: Telling, style: TellingStyle): TopicMessage {
  return {
    subject: subjectText(headlineOf(telling, style)),
    body: fittingBody(telling, style),
    attributes: attributesOf(telling, style),
  };
}

function fittingBody(telling: Telling, style: TellingStyle): string {
  let body = bodyOf(telling, style);
  for (const cut of CUTS) {
    if (Buffer.byteLength(body) <= MOST_BYTES) break;
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
          : { regions_before: telling.regionsBefore, joined_with: telling.joinedWith };
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
    ...(account === undefined ? {} : { account_id: account }),
    ...(replayId === undefined ? {} : { replay_id: replayId }),
  };
}

function accountOf(telling: Telling): string | undefined {
  switch (telling.kind) {
    case 'alert':
    case 'follow-up':
      return telling.alert.account;
    case 'notice':
      return undefined;
    case 'summary':
      return telling.account;
  }
}

type Cut = (typeof CUTS)[number];

function shortened(telling: Telling, cut: Cut): Telling {
  switch (telling.kind) {
    case 'alert':
    case 'follow-up':
      return { ...telling, alert: shortenedAlert(telling.alert, cut) };
    case 'notice':
      return { ...telling, held: telling.held.slice(0, cut.values) };
    case 'summary':
      return { ...telling, repeats: telling.repeats.slice(0, cut.values) };
  }
}

function shortenedAlert(alert: Alert, cut: Cut): Alert {
  return {
    ...alert,
    actor: alert.actor.slice(0, 2048),
    objects: alert.objects.slice(0, cut.objects),
    evidence: shortenedEvidence(alert.evidence, cut),
  };
}

function shortenedEvidence(evidence: Evidence, { values, characters }: Cut): Evidence {
  const list = (counted: readonly Counted[]): Counted[] =>
    counted.slice(0, values).map(({ value, calls }) => ({ value: value.slice(0, characters), calls }));
  const gaps = evidence.gaps.slice(0, values).map((gap) => gap.slice(0, characters));
  return {
    ...evidence,
    arns: list(evidence.arns),
    identityTypes: list(evidence.identityTypes),
    accounts: list(evidence.accounts),
    userNames: list(evidence.userNames),
    accessKeyIds: list(evidence.accessKeyIds),
    sourceAddresses: list(evidence.sourceAddresses),
    userAgents: list(evidence.userAgents),
    errorCodes: list(evidence.errorCodes),
    gaps,
    shortened: true,
  };
}
