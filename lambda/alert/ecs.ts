import { CALL, RULE } from '../rule/rule';
import { formatInstant } from '../time';
import { firstCallOf, lastCallOf } from '../window/hits';
import { type Alert, type AlertRegion, callCountOf, isLowerBound, sentenceOf } from './alert';
import { ecsEvidence } from './ecs-evidence';
import type { EcsAlert } from './ecs-schema';
import type { Counted, Evidence } from './evidence/evidence';
import { isIp } from './evidence/neighbourhood';
import { SCHEMA_VERSION } from './schema-version';
import { verbatim } from './text';

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
