import type { RuleParameters } from '../../rule/rule';
import { actorNameOf, callIdOf, isObject, type TrailRecord } from '../../trail/sighting';
import type { ValueKind } from './evidence';
import { isTrue, parametersOf, type ReadParameters } from './parameters';

/** What is kept of one record: the fields that tell something, without the rest of it. */
export interface SeenCall {
  readonly actor: string | undefined;
  readonly second: number;
  readonly region: string;
  readonly callId: string;
  readonly service: string;
  readonly name: string;
  /** the errorCode, or that there was an errorMessage alone */
  readonly error: string | undefined;
  readonly fromConsole: boolean;
  readonly parameters: ReadParameters;
  readonly values: Readonly<Partial<Record<ValueKind, string>>>;
  /** the key that an AssumeRole handed out, and the role it asked for */
  readonly issuedKey: string | undefined;
  readonly roleAsked: string | undefined;
  /** whether a ConsoleLogin was with MFA, as it says */
  readonly mfaUsed: string | undefined;
}

/**
 * What a record tells. Nothing of its shape is taken on trust.
 * @param second the time of the call
 */
export function seenCallOf(
  record: TrailRecord,
  second: number,
  text: () => string,
  rule: RuleParameters,
): SeenCall {
  return {
    actor: actorNameOf(record.userIdentity, rule),
    second,
    region: textOf(record.awsRegion) ?? 'unknown',
    callId: callIdOf(record, text),
    service: (textOf(record.eventSource) ?? 'unknown').split('.', 1)[0]!,
    name: textOf(record.eventName) ?? 'unknown',
    error: errorOf(record),
    fromConsole: isTrue(record.sessionCredentialFromConsole),
    parameters: parametersOf(record.requestParameters),
    values: valuesOf(record),
    issuedKey: textOf(within(record, 'responseElements', 'credentials').accessKeyId),
    roleAsked: textOf(within(record, 'requestParameters').roleArn),
    mfaUsed: textOf(within(record, 'additionalEventData').MFAUsed),
  };
}

function valuesOf(record: TrailRecord): SeenCall['values'] {
  const identity = within(record, 'userIdentity');
  const issuer = within(identity, 'sessionContext', 'sessionIssuer');
  const attributes = within(identity, 'sessionContext', 'attributes');
  const values: Partial<Record<ValueKind, unknown>> = {
    arns: identity.arn,
    principalIds: identity.principalId,
    identityTypes: identity.type,
    accounts: identity.accountId ?? record.recipientAccountId,
    recipients: record.recipientAccountId,
    userNames: identity.userName ?? issuer.userName,
    issuers: issuer.arn,
    sessionsCreated: attributes.creationDate,
    mfa: attributes.mfaAuthenticated,
    sourceIdentities: within(identity, 'sessionContext').sourceIdentity ?? attributes.sourceIdentity,
    invokedBy: identity.invokedBy,
    accessKeyIds: identity.accessKeyId,
    sourceAddresses: record.sourceIPAddress,
    userAgents: record.userAgent,
    tlsHosts: within(record, 'tlsDetails').clientProvidedHostHeader,
    errorCodes: record.errorCode,
  };
  const texts = Object.entries(values).map(([kind, value]) => [kind, textOf(value)] as const);
  return Object.fromEntries(texts.filter(([, value]) => value !== undefined));
}

/**
 * As Elastic's CloudTrail integration reads `event.outcome`: an errorCode or an errorMessage is a failure. A ConsoleLogin
 * says it in its answer as well.
 */
function errorOf(record: TrailRecord): string | undefined {
  const { errorCode, errorMessage } = record;
  if (isGiven(errorCode)) return textOf(errorCode) ?? 'error';
  const isRefusedLogin = within(record, 'responseElements').ConsoleLogin === 'Failure';
  return isGiven(errorMessage) || isRefusedLogin ? 'error without a code' : undefined;
}

function isGiven(field: unknown): boolean {
  return field !== undefined && field !== null && field !== '';
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}

/** The object some fields down; an empty one where there is none. */
function within(record: TrailRecord, ...path: readonly string[]): TrailRecord {
  let at: unknown = record;
  for (const field of path) at = isObject(at) ? at[field] : undefined;
  return isObject(at) ? at : {};
}
