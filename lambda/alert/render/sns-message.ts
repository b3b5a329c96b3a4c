import { RULE } from '../../detection/rule';
import type { TopicMessage } from '../../ports';
import { sanitizeJson } from '../../util/sanitize';
import { formatInstant } from '../../util/values';
import { assess, shortenedAssessment } from '../assemble';
import { type Counted, type Evidence, VALUE_KINDS, type ValueKind } from '../evidence/model';
import type { Alert, Notification, NotificationStyle } from '../model';
import { renderChatCard } from './chat-card';
import { ecsRegion, renderEcs } from './ecs';
import { renderEmail } from './plain-text';
import { accountOf, subjectOf } from './report';

/** SNS takes this much for all protocols' texts together; source: Amazon SNS API reference, Publish. */
const MAX_BYTES = 262_144;

/** A telling as SNS takes it: text for people, a card for chat clients, JSON for machines. Never too large. */
export function renderTopicMessage(notification: Notification, style: NotificationStyle): TopicMessage {
  const attributes = attributesOf(notification, style);
  return {
    subject: subjectOf(notification, style),
    body: fittingBody(notification, style, MAX_BYTES - bytesOf(attributes)),
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

function fittingBody(notification: Notification, style: NotificationStyle, maxBytes: number): string {
  // The machine's form is in it four times: what is this large cannot fit, and would take long to render.
  const isHuge = JSON.stringify(notification).length > maxBytes;
  let body = isHuge ? '' : bodyOf(notification, style);
  for (const cut of CUTS) {
    if (body !== '' && Buffer.byteLength(body) <= maxBytes) break;
    body = bodyOf(shortened(notification, cut), style);
  }
  return body;
}

function bodyOf(notification: Notification, style: NotificationStyle): string {
  const text = renderEmail(notification, style);
  const card = sanitizeJson(renderChatCard(notification, style));
  const json = sanitizeJson(machineForm(notification, style));
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

function machineForm(notification: Notification, { detector, replayId }: NotificationStyle) {
  const told = {
    detector,
    kind: notification.kind,
    ...(replayId === undefined ? {} : { replay_id: replayId }),
  };
  switch (notification.kind) {
    case 'alert':
    case 'follow-up': {
      const ecs = renderEcs(notification.alert);
      const followUp =
        notification.kind === 'alert'
          ? {}
          : {
              regions_before: notification.regionsBefore,
              ...(notification.added === undefined ? {} : { regions_added: notification.added.map(ecsRegion) }),
              joined_with: notification.joinedWith,
            };
      return { ...ecs, regionsweep: { ...ecs.regionsweep, ...told, ...followUp } };
    }
    case 'notice':
      return {
        ...eventForm(notification.until),
        regionsweep: {
          ...told,
          ...intervalForm(notification),
          held_count: notification.heldCount,
          held_alert_ids: notification.held.map(({ alertId }) => alertId),
        },
      };
    case 'summary':
      return {
        ...eventForm(notification.until),
        regionsweep: {
          ...told,
          ...intervalForm(notification),
          actor: notification.actor,
          repeat_count: notification.repeatCount,
          repeated_alert_ids: notification.repeats.map(({ alertId }) => alertId),
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

function attributesOf(notification: Notification, { replayId }: NotificationStyle): Record<string, string> {
  const account = accountOf(notification);
  return {
    rule_id: RULE.id,
    severity: RULE.severity,
    kind: notification.kind,
    // SNS refuses attributes with control characters, and whoever filters by account wants an account.
    ...(account === undefined || !/^\d{12}$/.test(account) ? {} : { account_id: account }),
    ...(replayId === undefined ? {} : { replay_id: replayId }),
  };
}

/** How much is kept of each list, each text, the names of objects, and the actor's own name. */
export interface Cut {
  readonly values: number;
  readonly characters: number;
  readonly objects: number;
  readonly actor: number;
  readonly regions: number;
}

/**
 * From nearly everything to almost nothing. At the last nothing that anybody may write is long enough to matter: 40 names
 * of regions are more than there are, and each of a name's characters takes 28 bytes in the four forms at most.
 */
export const CUTS: readonly Cut[] = [
  { values: 50, characters: 2000, objects: 200, actor: 2048, regions: 100 },
  { values: 20, characters: 300, objects: 50, actor: 1024, regions: 60 },
  { values: 8, characters: 120, objects: 10, actor: 512, regions: 50 },
  { values: 3, characters: 60, objects: 3, actor: 200, regions: 40 },
  { values: 1, characters: 25, objects: 1, actor: 60, regions: 40 },
];

export function shortened(notification: Notification, cut: Cut): Notification {
  switch (notification.kind) {
    case 'alert':
      return { ...notification, alert: shortenedAlert(notification.alert, cut) };
    case 'follow-up':
      return {
        ...notification,
        alert: shortenedAlert(notification.alert, cut),
        added: notification.added && shortenedRegions(notification.added, cut),
        joinedWith: notification.joinedWith.slice(0, cut.values),
      };
    case 'notice':
      return { ...notification, held: notification.held.slice(0, cut.values) };
    case 'summary':
      return {
        ...notification,
        actor: notification.actor.slice(0, cut.actor),
        repeats: notification.repeats.slice(0, cut.values),
      };
  }
}

function shortenedAlert(alert: Alert, cut: Cut): Alert {
  return {
    ...alert,
    actor: alert.actor.slice(0, cut.actor),
    account: alert.account?.slice(0, cut.characters),
    regions: shortenedRegions(alert.regions, cut),
    objects: alert.objects.slice(0, cut.objects).map((name) => name.slice(0, 2 * cut.actor)),
    evidence: shortenedEvidence(alert.evidence, cut),
    assessment: shortenedAssessment(assess(alert), cut.characters),
  };
}

function shortenedRegions(regions: Alert['regions'], cut: Cut): Alert['regions'] {
  return regions.slice(0, cut.regions).map((region) => ({ ...region, name: region.name.slice(0, cut.characters) }));
}

function shortenedEvidence(evidence: Evidence, { values, characters, regions }: Cut): Evidence {
  const text = (value: string) => value.slice(0, characters);
  const maybe = (value: string | undefined) => value?.slice(0, characters);
  const { search } = evidence;
  return {
    ...evidence,
    ...shortenedLists(evidence, (counted) =>
      counted.slice(0, values).map(({ value, calls }) => ({ value: text(value), calls })),
    ),
    timeline: evidence.timeline.map((cell) => ({ ...cell, region: text(cell.region) })),
    requests: evidence.requests.slice(0, values).map((request) => ({
      ...request,
      eventId: text(request.eventId),
      region: text(request.region),
      error: maybe(request.error),
      parameters: text(request.parameters),
    })),
    otherCalls: evidence.otherCalls
      .slice(0, values)
      .map((call) => ({ ...call, service: text(call.service), name: text(call.name) })),
    signIns: evidence.signIns.slice(-values).map((signIn) => ({
      ...signIn,
      name: text(signIn.name),
      region: text(signIn.region),
      by: text(signIn.by),
      address: maybe(signIn.address),
      detail: maybe(signIn.detail),
      role: maybe(signIn.role),
    })),
    neighbours: shortenedNeighbours(evidence.neighbours, values, characters),
    siblings: shortenedNeighbours(evidence.siblings, values, characters),
    search: {
      ...search,
      arrived: search.arrived?.slice(0, regions).map(text),
      missing: search.missing.slice(0, regions).map(text),
      notSearched: search.notSearched.slice(0, values).map(text),
    },
    gaps: evidence.gaps.slice(0, values).map(text),
    shortened: true,
  };
}

function shortenedLists(
  evidence: Evidence,
  shorten: (counted: readonly Counted[]) => Counted[],
): Record<ValueKind, Counted[]> {
  const lists = VALUE_KINDS.map((kind) => [kind, shorten(evidence[kind])]);
  return Object.fromEntries(lists) as Record<ValueKind, Counted[]>;
}

function shortenedNeighbours(
  neighbours: Evidence['neighbours'],
  values: number,
  characters: number,
): Evidence['neighbours'] {
  return neighbours.slice(0, values).map((neighbour) => ({
    ...neighbour,
    actor: neighbour.actor.slice(0, characters),
    shares: neighbour.shares.slice(0, characters),
  }));
}
