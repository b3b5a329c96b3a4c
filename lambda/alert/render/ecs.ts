import { firstCallOf, lastCallOf } from '../../detection/detections';
import { isIp } from '../../detection/ip';
import { CALL, RULE } from '../../detection/rule';
import { formatInstant } from '../../util/values';
import { assess } from '../assemble';
import type { Counted, Evidence } from '../evidence/model';
import { keyIdOf, principalOf } from '../identity';
import { type Alert, type AlertRegion, callCountOf, type Guide, isLowerBound, type Step, sentenceOf } from '../model';
import { verbatim } from '../text';
import type { EcsAlert } from './ecs-schema';

const SHORTENED = 'lists and texts were cut to fit the message';

/** Renders an alert as the JSON of `ecs-schema.ts`. Values are verbatim: JSON quotes them, a reader shows them with care. */
export function renderEcs(alert: Alert): EcsAlert {
  const { evidence } = alert;
  const sources = valuesOf(evidence.sourceAddresses);
  return {
    '@timestamp': formatInstant(alert.decidedAt),
    message: verbatim(sentenceOf(alert)),
    tags: [...RULE.tags],
    event: eventOf(alert),
    rule: {
      id: RULE.id,
      name: RULE.name,
      version: RULE.version,
      description: RULE.description,
      reference: RULE.references[0],
    },
    threat: {
      framework: RULE.threat.framework,
      tactic: inArrays(RULE.threat.tactic),
      technique: inArrays(RULE.threat.technique),
    },
    cloud: {
      provider: 'aws',
      ...(alert.account === undefined ? {} : { account: { id: alert.account } }),
      region: alert.regions.map(({ name }) => name),
    },
    aws: {
      cloudtrail: {
        user_identity: {
          ...arnOf(alert),
          type: valuesOf(evidence.identityTypes),
          access_key_id: valuesOf(evidence.accessKeyIds),
        },
        error_code: valuesOf(evidence.errorCodes),
      },
    },
    user: { name: valuesOf(evidence.userNames) },
    source: { address: sources, ip: sources.filter(isIp) },
    user_agent: { original: valuesOf(evidence.userAgents) },
    regionsweep: ownFieldsOf(alert),
  };
}

function eventOf(alert: Alert): EcsAlert['event'] {
  return {
    kind: 'alert',
    id: alert.alertId,
    severity: RULE.riskScore,
    risk_score: RULE.riskScore,
    provider: CALL.eventSource,
    action: CALL.eventName,
    outcome: outcomeOf(alert.evidence),
    start: formatInstant(firstCallOf(alert.regions)),
    end: formatInstant(lastCallOf(alert.regions)),
  };
}

function ownFieldsOf(alert: Alert): EcsAlert['regionsweep'] {
  const { evidence, rule } = alert;
  return {
    schema_version: SCHEMA_VERSION,
    alert_id: alert.alertId,
    severity: RULE.severity,
    origin: RULE.origin,
    references: [...RULE.references],
    window: { start: formatInstant(alert.start), end: formatInstant(alert.end) },
    windowing: rule.windowing,
    group_by: rule.groupBy,
    actor: alert.actor,
    region_count: alert.regions.length,
    call_count: callCountOf(alert),
    call_count_is_lower_bound: isLowerBound(alert),
    denied_count: evidence.failed,
    regions: alert.regions.map(ecsRegion),
    user_agents: [...evidence.userAgents],
    source_addresses: [...evidence.sourceAddresses],
    access_key_ids: [...evidence.accessKeyIds],
    error_codes: [...evidence.errorCodes],
    objects: [...alert.objects],
    notes: evidence.shortened ? [...evidence.gaps, SHORTENED] : [...evidence.gaps],
    partial: alert.partial,
    ...ecsEvidence(alert),
  };
}

export function ecsRegion({ name, first, last, calls, failed, refused }: AlertRegion) {
  return {
    ...{ name, first: formatInstant(first), last: formatInstant(last) },
    ...{ calls, denied: failed, refused },
  };
}

/** The identity's own ARN; an array by issuer, where sessions share an actor; nothing for one that has no ARN. */
function arnOf({ actor, evidence, rule }: Alert): { arn?: string | string[] } {
  const arns = valuesOf(evidence.arns);
  if (rule.groupBy === 'issuer') return { arn: arns };
  const arn = arns[0] ?? (actor.startsWith('arn:') ? actor : undefined);
  return arn === undefined ? {} : { arn };
}

function outcomeOf({ calls, failed }: Evidence): EcsAlert['event']['outcome'] {
  if (calls === 0) return 'unknown';
  if (failed === 0) return 'success';
  return failed === calls ? 'failure' : 'unknown';
}

function valuesOf(counted: readonly Counted[]): string[] {
  return counted.map(({ value }) => value);
}

function inArrays({ id, name, reference }: { id: string; name: string; reference: string }) {
  return { id: [id], name: [name], reference: [reference] };
}

/** The part of an alert's JSON that tells what the evidence shows and what to do with it. */

type Own = EcsAlert['regionsweep'];

type EvidenceFields =
  | 'identity'
  | 'access_keys'
  | 'console_credential_count'
  | 'unfiltered_count'
  | 'dry_run_count'
  | 'dry_run_allowed_count'
  | 'refused_count'
  | 'parameters'
  | 'tls_hosts'
  | 'calls'
  | 'other_calls'
  | 'sign_ins'
  | 'neighbours'
  | 'sibling_sessions'
  | 'distinct_counts'
  | 'search'
  | 'facts'
  | 'guide';

export function ecsEvidence(alert: Alert): Pick<Own, EvidenceFields> {
  const { evidence } = alert;
  const { findings, guide } = assess(alert);
  return {
    identity: identityOf(alert),
    access_keys: evidence.accessKeyIds.map(({ value, calls }) => ({
      id: value,
      kind: keyKindOf(value),
      calls,
    })),
    console_credential_count: evidence.fromConsole,
    unfiltered_count: evidence.unfiltered,
    dry_run_count: evidence.dryRuns,
    dry_run_allowed_count: evidence.allowedDryRuns,
    refused_count: evidence.refused,
    parameters: [...evidence.parameters],
    tls_hosts: [...evidence.tlsHosts],
    calls: callsOf(evidence),
    other_calls: evidence.otherCalls.map((call) => ({
      ...call,
      first: formatInstant(call.first),
      last: formatInstant(call.last),
    })),
    sign_ins: signInsOf(evidence),
    neighbours: [...evidence.neighbours],
    sibling_sessions: [...evidence.siblings],
    distinct_counts: distinctOf(evidence),
    search: searchOf(evidence),
    facts: findings.map(({ id, leans, text, why, field }) => ({
      id,
      leans,
      text: verbatim(text),
      why,
      field,
    })),
    guide: guideForm(guide),
  };
}

function identityOf(alert: Alert): Own['identity'] {
  const { evidence } = alert;
  return {
    kind: principalOf(alert).kind,
    principal_ids: [...evidence.principalIds],
    issuers: [...evidence.issuers],
    sessions_created: [...evidence.sessionsCreated],
    mfa: [...evidence.mfa],
    source_identities: [...evidence.sourceIdentities],
    invoked_by: [...evidence.invokedBy],
    recipient_accounts: [...evidence.recipients],
    session_count: evidence.sessions.count,
    sessions_in_one_region: evidence.sessions.inOneRegion,
  };
}

function keyKindOf(value: string): Own['access_keys'][number]['kind'] {
  const id = keyIdOf(value);
  if (id === undefined) return 'unknown';
  return id.startsWith('AKIA') ? 'long-lived' : 'temporary';
}

function callsOf({ requests }: Evidence): Own['calls'] {
  return requests.map(({ eventId, region, second, error, parameters }) => ({
    event_id: eventId,
    region,
    time: formatInstant(second),
    outcome: error === undefined ? 'success' : 'failure',
    ...(error === undefined ? {} : { error_code: error }),
    parameters,
  }));
}

function signInsOf({ signIns }: Evidence): Own['sign_ins'] {
  return signIns.map(({ second, address, detail, role, began, ...signIn }) => ({
    ...signIn,
    time: formatInstant(second),
    ...(address === undefined ? {} : { address }),
    ...(detail === undefined ? {} : { detail }),
    ...(role === undefined ? {} : { role }),
    began_session: began,
  }));
}

function distinctOf({ distinct }: Evidence): Own['distinct_counts'] {
  return {
    arns: distinct.arns,
    principal_ids: distinct.principalIds,
    issuers: distinct.issuers,
    sessions_created: distinct.sessionsCreated,
    mfa: distinct.mfa,
    source_identities: distinct.sourceIdentities,
    invoked_by: distinct.invokedBy,
    recipient_accounts: distinct.recipients,
    access_keys: distinct.accessKeyIds,
    source_addresses: distinct.sourceAddresses,
    source_ips: distinct.ips,
    user_agents: distinct.userAgents,
    user_names: distinct.userNames,
    tls_hosts: distinct.tlsHosts,
    parameters: distinct.parameters,
    error_codes: distinct.errorCodes,
    sign_ins: distinct.signIns,
    neighbours: distinct.neighbours,
    sibling_sessions: distinct.siblings,
    other_calls: { ...distinct.otherCalls },
    notes: distinct.gaps,
  };
}

function searchOf({ search }: Evidence): Own['search'] {
  const { named, read, nearby, listRequests, arrived, missing, notSearched } = search;
  return {
    files_telling: named,
    files_told: read,
    files_beside: nearby,
    list_requests: listRequests,
    ...(arrived === undefined ? {} : { regions_arrived: [...arrived] }),
    regions_not_arrived: [...missing],
    not_searched: [...notSearched],
  };
}

function guideForm({ questions, ifBad, ifExpected }: Guide): Own['guide'] {
  const { when, note, exception } = ifExpected;
  return {
    questions: questions.map(stepForm),
    if_bad: ifBad.map(stepForm),
    if_expected: {
      when: when.map(verbatim),
      note: verbatim(note),
      ...(exception === undefined ? {} : { exception }),
    },
  };
}

function stepForm({ text, known, command, link }: Step): Own['guide']['questions'][number] {
  return {
    text: verbatim(text),
    ...(known === undefined ? {} : { known: verbatim(known) }),
    ...(command === undefined ? {} : { command: command.join('\n') }),
    ...(link === undefined ? {} : { link }),
  };
}

/** Apart from the schema itself, which takes longer to load than a small replay takes. */

/** Goes up by one in front when a field changes its meaning or goes, behind when one is added. */
export const SCHEMA_VERSION = '1.2';
