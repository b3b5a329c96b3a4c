import { firstCallOf, lastCallOf } from '../../detection/detections';
import { isIp } from '../../detection/ip';
import { CALL, RULE } from '../../detection/rule';
import { identityOfActor } from '../../state/earlier-alerts';
import { formatInstant } from '../../util/values';
import { type Evidence, type ValueKind, valuesOf } from '../evidence/model';
import { keyKindOf, principalOf } from '../identity';
import {
  type Alert,
  type AlertRegion,
  callCountOf,
  type FollowUp,
  isLowerBound,
  type Listing,
  type Notification,
  type NotificationStyle,
  SCHEMA_VERSION,
  type Step,
  sentenceOf,
  signalsOf,
  TRUNCATED,
  type Verdict,
} from '../model';
import { verbatim } from '../text';

/** The version of the Elastic Common Schema for fields outside `regionsweep`. */
const ECS_VERSION = '8.17.0';

/** Renders an alert as JSON by `docs/alert.schema.json`. Values are verbatim: whoever shows them must sanitize them. */
export function renderEcs(alert: Alert) {
  const { account, accountName: name, evidence, regions } = alert;
  const values = (kind: ValueKind) => valuesOf(evidence[kind]);
  const [sources, names, ids] = [values('sourceAddresses'), values('userNames'), values('principalIds')];
  const ips = sources.filter(isIp);
  return {
    '@timestamp': formatInstant(alert.decidedAt),
    ecs: { version: ECS_VERSION },
    message: verbatim(sentenceOf(alert)),
    tags: [...RULE.tags],
    event: {
      kind: 'alert' as const,
      // ECS values for an API call by a possible intruder.
      category: ['api' as const],
      type: ['access' as const],
      module: 'regionsweep' as const,
      dataset: 'regionsweep.alert' as const,
      url: alert.assessment.guide.investigation.find(({ link }) => link?.includes('/cloudtrailv2/'))?.link,
      id: alert.alertId,
      severity: RULE.riskScore,
      risk_score: RULE.riskScore,
      provider: CALL.eventSource,
      action: CALL.eventName,
      outcome: outcomeOf(evidence),
      start: formatInstant(firstCallOf(regions)),
      end: formatInstant(lastCallOf(regions)),
    },
    rule: pick(RULE, 'id', 'name', 'version', 'description', 'reference'),
    threat: {
      framework: RULE.threat.framework,
      tactic: inArrays(RULE.threat.tactic),
      technique: inArrays(RULE.threat.technique),
    },
    cloud: {
      provider: 'aws' as const,
      ...(account === undefined ? {} : { account: { id: account, ...(name === undefined ? {} : { name }) } }),
      region: regions.map(({ name }) => name),
    },
    aws: {
      cloudtrail: {
        user_identity: {
          ...arnOf(alert),
          type: values('identityTypes'),
          access_key_id: values('accessKeyIds'),
          invoked_by: values('invokedBy'),
          session_context: {
            creation_date: values('sessionsCreated'),
            mfa_authenticated: values('mfa'),
            session_issuer: {
              arn: values('issuers'),
              principal_id: values('issuerIds'),
              type: values('issuerTypes'),
              account_id: values('issuerAccounts'),
              user_name: values('issuerNames'),
            },
          },
        },
        error_code: values('errorCodes'),
      },
    },
    user: { id: ids, name: names },
    source: { address: sources, ip: ips, ...ownersIn(evidence) },
    related: { ip: ips, user: distinct([...names, ...ids, ...values('arns')]) },
    tls: { ...tlsVersionsOf(evidence), cipher: values('tlsCiphers'), client: { server_name: values('tlsHosts') } },
    user_agent: { original: values('userAgents') },
    regionsweep: inSnakeCase(ownFieldsOf(alert)),
  };
}

/** Any notification as JSON: an alert or follow-up as in `renderEcs`, with how it was published. */
export function renderEcsNotification(notification: Notification, style: NotificationStyle) {
  const { detector, replayId, isFromHistory } = style;
  const published = { detector, kind: notification.kind, replayId, fromHistory: isFromHistory || undefined };
  if ('alert' in notification) {
    const ecs = renderEcs(notification.alert);
    const growth = notification.kind === 'follow-up' ? growthOf(notification) : {};
    return { ...ecs, regionsweep: { ...ecs.regionsweep, ...inSnakeCase({ ...published, ...growth }) } };
  }
  const { from, until } = notification;
  const interval = { start: formatInstant(from), end: formatInstant(until) };
  return {
    '@timestamp': interval.end,
    event: { kind: 'event' },
    rule: pick(RULE, 'id', 'name', 'version'),
    regionsweep: inSnakeCase({ ...published, interval, ...unpublishedOf(notification) }),
  };
}

function growthOf({ regionsBefore, added, joinedWith }: FollowUp) {
  return { regionsBefore, regionsAdded: added?.map(regionOf), joinedWith };
}

function unpublishedOf(notification: Listing) {
  const { count, entries } = notification;
  const ids = entries.map(({ alertId }) => alertId);
  if (notification.kind === 'notice') return { heldCount: count, heldAlertIds: ids };
  return { actor: notification.actor, repeatCount: count, repeatedAlertIds: ids };
}

/** The identity's ARN; an array if grouped by issuer, where sessions share an actor; nothing without an ARN. */
function arnOf({ actor, evidence, rule }: Alert): { arn?: string | string[] } {
  const arns = valuesOf(evidence.arns);
  if (rule.groupBy === 'issuer') return { arn: arns };
  const arn = arns[0] ?? (actor.startsWith('arn:') ? actor : undefined);
  return arn === undefined ? {} : { arn };
}

function ownersIn({ owners = [] }: Evidence) {
  const numbers = owners.flatMap(({ asn }) => asn ?? []);
  const names = owners.flatMap(({ organization }) => organization ?? []);
  const countries = owners.flatMap(({ country }) => country ?? []);
  const as = { number: distinct(numbers), organization: { name: distinct(names) } };
  return {
    ...(numbers.length + names.length === 0 ? {} : { as }),
    ...(countries.length === 0 ? {} : { geo: { country_iso_code: distinct(countries) } }),
  };
}

function outcomeOf({ calls, failed }: Evidence): 'success' | 'failure' | 'unknown' {
  if (calls === 0) return 'unknown';
  if (failed === 0) return 'success';
  return failed === calls ? 'failure' : 'unknown';
}

/** `TLSv1.3` is version 1.3 of the protocol tls. */
function tlsVersionsOf({ tlsVersions }: Evidence) {
  const named = valuesOf(tlsVersions).map((value) => /^([a-z]+)v([\d.]+)$/i.exec(value) ?? [value, '', value]);
  const protocols = named.flatMap(([, protocol]) => (protocol ? protocol.toLowerCase() : []));
  return { version: named.map(([, , version]) => version!), version_protocol: distinct(protocols) };
}

function distinct<T>(values: readonly T[]): T[] {
  return [...new Set(values)];
}

function inArrays({ id, name, reference }: { id: string; name: string; reference: string }) {
  return { id: [id], name: [name], reference: [reference] };
}

/** The fields under `regionsweep`, whose names never change, even if the model renames them. */
function ownFieldsOf(alert: Alert) {
  const { evidence, rule, assessment } = alert;
  const { sessions, search } = evidence;
  const { investigation, containment, falsePositive } = assessment.guide;
  const { when, note, exception } = falsePositive;
  return {
    schemaVersion: SCHEMA_VERSION,
    alertId: alert.alertId,
    ...pick(RULE, 'severity', 'origin', 'references'),
    window: { start: formatInstant(alert.start), end: formatInstant(alert.end) },
    ...pick(rule, 'windowing', 'groupBy'),
    ...pick(assessment, 'verdict'),
    verdictReasons: assessment.reasons,
    signals: signalsOf(alert),
    actor: alert.actor,
    regionCount: alert.regions.length,
    callCount: callCountOf(alert),
    callCountIsLowerBound: isLowerBound(alert),
    deniedCount: evidence.failed,
    regions: alert.regions.map(regionOf),
    recurrence: recurrenceOf(alert),
    ...pick(evidence, 'userAgents', 'sourceAddresses', 'accessKeyIds', 'errorCodes'),
    addressOwners: evidence.owners,
    objects: alert.objects,
    notes: evidence.shortened ? [...evidence.gaps, TRUNCATED] : evidence.gaps,
    partial: alert.partial,
    identity: {
      kind: principalOf(alert).kind,
      ...pick(evidence, 'principalIds', 'issuers', 'sessionsCreated', 'mfa', 'sourceIdentities', 'invokedBy'),
      ...pick(evidence, 'roleDeliveries', 'issuedTo'),
      recipientAccounts: evidence.recipients,
      sessionCount: sessions.count,
      sessionsInOneRegion: sessions.inOneRegion,
    },
    accessKeys: evidence.accessKeyIds.map(({ value, calls }) => ({ id: value, kind: keyKindOf(value), calls })),
    consoleCredentialCount: evidence.fromConsole,
    ...pick(evidence, 'consoleUses', 'outcomes', 'vpcEndpoints', 'vpcEndpointAccounts'),
    reopenedRegions: evidence.reopened,
    outsideWindow: pick(evidence.around, 'refused', 'allowed'),
    claimedTools: evidence.claims,
    userAgentContradictions: evidence.contradictions,
    unfilteredCount: evidence.unfiltered,
    dryRunCount: evidence.dryRuns,
    dryRunAllowedCount: evidence.allowedDryRuns,
    refusedCount: evidence.refused,
    ...pick(evidence, 'parameters', 'tlsHosts'),
    calls: evidence.requests.map(({ eventId, region, second, error, parameters }) => {
      const outcome = error === undefined ? ('success' as const) : ('failure' as const);
      return { eventId, region, time: formatInstant(second), outcome, errorCode: error, parameters };
    }),
    otherCalls: evidence.otherCalls.map(inInstants),
    signIns: evidence.signIns.map(({ second, began, isOwn, claim, ...rest }) => {
      return { ...rest, time: formatInstant(second), beganSession: began, sameCaller: isOwn, claimedTool: claim };
    }),
    neighbours: evidence.neighbours,
    siblingSessions: evidence.siblings,
    distinctCounts: distinctOf(evidence),
    search: {
      filesTelling: search.named,
      filesTold: search.read,
      filesBeside: search.nearby,
      listRequests: search.listRequests,
      regionsArrived: search.arrived,
      regionsNotArrived: search.missing,
      notSearched: search.notSearched,
    },
    facts: assessment.findings.map(({ id, verdict, text, why, field }) => {
      return { id, leans: LEANS[verdict], text: verbatim(text), why, field };
    }),
    guide: {
      questions: investigation.map(stepOf),
      ifBad: containment.map(stepOf),
      ifExpected: { when: when.map(verbatim), note: verbatim(note), exception },
    },
  };
}

function recurrenceOf({ actor, recurrence }: Alert) {
  if (recurrence === undefined) return undefined;
  const { memory, since, days, earlier, last, same, added, isUsual } = recurrence;
  const instant = (second: number | undefined) => (second === undefined ? undefined : formatInstant(second));
  const identity = identityOfActor(actor).name;
  const past = { earlierAlerts: earlier, lastAlert: instant(last), same, added, isUsual };
  return { identity, memory, since: instant(since), days, ...past };
}

const LEANS = {
  suspicious: 'suspicious',
  'likely-benign': 'ordinary',
  context: 'neither',
} as const satisfies Record<Verdict, string>;

function regionOf({ name, first, last, calls, failed, refused }: AlertRegion) {
  return inInstants({ name, first, last, calls, denied: failed, refused });
}

function inInstants<T extends { readonly first: number; readonly last: number }>(span: T) {
  return { ...span, first: formatInstant(span.first), last: formatInstant(span.last) };
}

function distinctOf({ distinct }: Evidence) {
  return {
    ...pick(distinct, 'arns', 'principalIds', 'issuers', 'sessionsCreated', 'mfa', 'sourceIdentities', 'invokedBy'),
    recipientAccounts: distinct.recipients,
    accessKeys: distinct.accessKeyIds,
    sourceAddresses: distinct.sourceAddresses,
    sourceIps: distinct.ips,
    ...pick(distinct, 'userAgents', 'userNames', 'tlsHosts', 'parameters', 'errorCodes', 'signIns', 'neighbours'),
    siblingSessions: distinct.siblings,
    otherCalls: distinct.otherCalls,
    notes: distinct.gaps,
  };
}

function stepOf({ text, known, command, link }: Step) {
  return { text: verbatim(text), known: known && verbatim(known), command: command?.join('\n'), link };
}

function pick<T, Name extends keyof T>(from: T, ...names: readonly Name[]): Pick<T, Name> {
  return Object.fromEntries(names.map((name) => [name, from[name]])) as Pick<T, Name>;
}

type SnakeName<Name extends string> = Name extends `${infer First}${infer Rest}`
  ? `${First extends Lowercase<First> ? First : `_${Lowercase<First>}`}${SnakeName<Rest>}`
  : Name;

type InSnakeCase<T> = T extends readonly (infer Element)[]
  ? InSnakeCase<Element>[]
  : T extends object
    ? { -readonly [Key in keyof T as SnakeName<Key & string>]: InSnakeCase<T[Key]> }
    : T;

/** Fields in snake case, without those that have no value. */
export function inSnakeCase<T>(value: T): InSnakeCase<T>;
export function inSnakeCase(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map((one) => inSnakeCase(one));
  const renamed: Record<string, unknown> = {};
  for (const [name, field] of Object.entries(value)) {
    if (field === undefined) continue;
    renamed[name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)] = inSnakeCase(field);
  }
  return renamed;
}
