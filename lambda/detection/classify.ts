import { hashHex, isObject, parseInstant, parseTime, valueAt } from '../util/values';
import { CALL, type RuleParameters } from './rule';

/** One call the rule counts. */
export interface MatchedCall {
  readonly actor: string;
  readonly region: string;
  /** UTC epoch second of the call */
  readonly second: number;
  /** the eventID; for a record without one, a hash of its text, so that a copy of it still counts once */
  readonly callId: string;
}

/** What a record is to the rule. `other` is every record that is not the rule's call. */
export type RecordReading =
  | { readonly kind: 'match'; readonly matchedCall: MatchedCall }
  | { readonly kind: 'unattributed' | 'ignored-region'; readonly second: number }
  | { readonly kind: 'fault'; readonly reason: string }
  | { readonly kind: 'other' };

/** The JSON text every counted record contains, unless it hides it behind a `\u00` escape. */
export const CALL_LITERAL = JSON.stringify(CALL.eventName);

/** Reads one record. Denied calls count; a record that names the call but cannot be placed is a fault, never dropped. */
export function matchCall(record: TrailRecord, text: () => string, rule: RuleParameters): RecordReading {
  if (record.eventName !== CALL.eventName) return { kind: 'other' };
  if (typeof record.eventSource !== 'string') return fault('eventSource', 'a service name', record.eventSource);
  if (record.eventSource !== CALL.eventSource) return { kind: 'other' };
  const second = secondOf(record.eventTime);
  if (second === undefined) return fault('eventTime', 'an ISO 8601 time', record.eventTime);
  const region = record.awsRegion;
  if (typeof region !== 'string' || region === '') return fault('awsRegion', 'a region name', region);
  const actor = actorOf(record.userIdentity, rule);
  if (actor.kind === 'fault') return actor;
  if (actor.kind === 'unattributed') return { kind: 'unattributed', second };
  if (rule.ignoreRegions.includes(region)) return { kind: 'ignored-region', second };
  return {
    kind: 'match',
    matchedCall: { actor: actor.name, region, second, callId: callIdOf(record, text) },
  };
}

/** UTC epoch second of an eventTime: as CloudTrail writes it, as tables show it, or in epoch seconds or milliseconds. */
export function secondOf(time: unknown): number | undefined {
  if (typeof time !== 'string' && typeof time !== 'number') return undefined;
  const text = String(time);
  if (/^\d{10}(?:\d{3})?$/.test(text)) return Number(text.slice(0, 10));
  return parseInstant(text) ?? (text.length > 10 ? parseTime(text) : undefined);
}

type ActorReading =
  | { readonly kind: 'actor'; readonly name: string }
  | { readonly kind: 'unattributed' }
  | { readonly kind: 'fault'; readonly reason: string };

/** Whom a record is counted under, if anybody: as `matchCall` has it, for records of any call. */
export function actorNameOf(identity: unknown, rule: Pick<RuleParameters, 'groupBy'>): string | undefined {
  const actor = actorOf(identity, rule);
  return actor.kind === 'actor' ? actor.name : undefined;
}

/** No ARN is longer; source: IAM user guide, "IAM and AWS STS quotas". What is, nothing could store or send. */
export const MAX_ACTOR_LENGTH = 2048;

/**
 * The session issuer's ARN when grouping by issuer; else the identity's own ARN, without one its principalId. A service
 * that acts by itself has neither, nor need one have whose type CloudTrail could not tell.
 */
function actorOf(identity: unknown, rule: Pick<RuleParameters, 'groupBy'>): ActorReading {
  if (!isObject(identity)) return fault('userIdentity', 'an object', identity);
  const candidates: [string, unknown][] = [
    ['userIdentity.arn', identity.arn],
    ['userIdentity.principalId', identity.principalId],
  ];
  if (rule.groupBy === 'issuer') {
    const issuer = valueAt(identity, 'sessionContext', 'sessionIssuer', 'arn');
    candidates.unshift(['userIdentity.sessionContext.sessionIssuer.arn', issuer]);
  }
  for (const [field, value] of candidates) {
    if (value === undefined || value === null || value === '') continue;
    if (typeof value !== 'string') return fault(field, 'a text', value);
    if (value.length > MAX_ACTOR_LENGTH) return fault(field, `at most ${MAX_ACTOR_LENGTH} characters`, value);
    return { kind: 'actor', name: value };
  }
  const { type, invokedBy } = identity;
  // A trail whose calls have lost their identities must not pass for one without a sweep.
  const hasNone = type === 'AWSService' || type === 'Unknown' || (typeof invokedBy === 'string' && invokedBy !== '');
  return hasNone ? { kind: 'unattributed' } : fault('userIdentity.arn', 'a text', undefined);
}

export function callIdOf(record: TrailRecord, text: () => string): string {
  return typeof record.eventID === 'string' && record.eventID !== ''
    ? record.eventID
    : `no-event-id:${hashHex(16, text())}`;
}

function fault(field: string, wanted: string, got: unknown): { kind: 'fault'; reason: string } {
  return { kind: 'fault', reason: `${field} should be ${wanted}, but ${shown(got)}` };
}

/** Only plain values are quoted, and cut: whoever made the call may have written them, to any depth. */
function shown(got: unknown): string {
  if (got === undefined) return 'it is missing';
  if (Array.isArray(got)) return 'it is an array';
  if (isObject(got)) return 'it is an object';
  return `it is ${JSON.stringify(got).slice(0, 60)}`;
}

/** One parsed CloudTrail record; nothing of its shape is taken on trust. */
export type TrailRecord = Record<string, unknown>;
