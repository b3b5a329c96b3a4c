import { hashHex, isObject, parseInstant, parseTime, valueAt } from '../util/values';
import { CALL, type RuleParameters } from './rule';

export interface MatchedCall {
  readonly actor: string;
  readonly region: string;
  /** UTC epoch second of the call */
  readonly second: number;
  /** the eventID; for a record without one, a hash of its text, so that a copy of it still counts once */
  readonly callId: string;
}

interface Fault {
  readonly kind: 'fault';
  readonly reason: string;
}

/** A record as the rule sees it; `other` is any record of another call. */
export type RecordReading =
  | { readonly kind: 'match'; readonly matchedCall: MatchedCall }
  | { readonly kind: 'unattributed' | 'ignoredRegion'; readonly second: number }
  | Fault
  | { readonly kind: 'other' };

/** Every counted record contains this JSON text, unless a `\u00` escape hides it. */
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
  if (typeof actor === 'object') return actor;
  if (actor === undefined) return { kind: 'unattributed', second };
  if (rule.ignoreRegions.includes(region)) return { kind: 'ignoredRegion', second };
  return { kind: 'match', matchedCall: { actor, region, second, callId: callIdOf(record, text) } };
}

/** UTC epoch second of an eventTime: in CloudTrail's form, in that of tables, or in epoch seconds or milliseconds. */
export function secondOf(time: unknown): number | undefined {
  if (typeof time !== 'string' && typeof time !== 'number') return undefined;
  const text = String(time);
  if (/^\d{10}(?:\d{3})?(?:\.\d+)?$/.test(text)) return Number(text.slice(0, 10));
  return parseInstant(text) ?? (text.length > 10 ? parseTime(text) : undefined);
}

/** The actor that `matchCall` would count a record under, for records of any call. */
export function actorNameOf(identity: unknown, rule: Pick<RuleParameters, 'groupBy'>): string | undefined {
  const actor = actorOf(identity, rule);
  return typeof actor === 'string' ? actor : undefined;
}

/** No ARN is longer (IAM user guide, "IAM and AWS STS quotas"); a longer actor could not be stored or sent. */
export const MAX_ACTOR_LENGTH = 2048;

/**
 * The session issuer's ARN when grouping by issuer; else the identity's ARN, or its principalId. Calls that a service
 * makes for itself have neither, and calls of the type `Unknown` need not.
 */
function actorOf(identity: unknown, rule: Pick<RuleParameters, 'groupBy'>): string | Fault | undefined {
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
    return value;
  }
  const { type, invokedBy } = identity;
  // A trail that has lost its identities must not look like one without a sweep.
  const hasNone = type === 'AWSService' || type === 'Unknown' || (typeof invokedBy === 'string' && invokedBy !== '');
  return hasNone ? undefined : fault('userIdentity.arn', 'a text', undefined);
}

export function callIdOf(record: TrailRecord, text: () => string): string {
  return typeof record.eventID === 'string' && record.eventID !== ''
    ? record.eventID
    : `no-event-id:${hashHex(16, text())}`;
}

function fault(field: string, wanted: string, got: unknown): Fault {
  return { kind: 'fault', reason: `${field} should be ${wanted}, but ${shown(got)}` };
}

/** Quotes only plain values, shortened: the caller may have written them. */
function shown(got: unknown): string {
  if (got === undefined) return 'it is missing';
  if (Array.isArray(got)) return 'it is an array';
  if (isObject(got)) return 'it is an object';
  return `it is ${JSON.stringify(got).slice(0, 60)}`;
}

/** One parsed CloudTrail record, of unverified shape. */
export type TrailRecord = Record<string, unknown>;
