/** The part of an alert's JSON that tells what the evidence shows and what to do with it. */
import { formatInstant } from '../time';
import type { Alert } from './alert';
import type { EcsAlert } from './ecs-schema';
import type { Evidence } from './evidence/evidence';
import { findingsOf } from './findings';
import type { Guide, Step } from './guide/guide';
import { principalOf } from './principal';
import { keyIdOf } from './quoting';
import { verbatim } from './text';

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
  const { facts, guide } = findingsOf(alert);
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
    facts: facts.map(({ id, leans, text, why, field }) => ({
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
  const { named, told, beside, lists, arrived, missing, notSearched } = search;
  return {
    files_telling: named,
    files_told: told,
    files_beside: beside,
    list_requests: lists,
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
