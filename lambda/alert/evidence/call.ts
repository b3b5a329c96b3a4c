import { type ConsoleUse, consoleUseOf } from '../../detection/caller';
import { actorNameOf, type TrailRecord } from '../../detection/classify';
import { isPublic } from '../../detection/ip';
import type { RuleParameters } from '../../detection/rule';
import { isObject, present, valueAt } from '../../util/values';
import { instanceNameOf, keyKindOf } from '../identity';
import { kindOfAction, outcomeOf, WITHOUT_CODE } from './actions';
import type { ValueKind } from './model';

/** What is noted of anybody's call. */
export type NotedCall = ReturnType<typeof noteCall>;

/** What is kept of one record: the fields that evidence is made of. */
export type RecordedCall = ReturnType<typeof readCall>;

/** Reads what is noted of every record near a detection, of unverified shape. @param second the time of the call */
export function noteCall(record: TrailRecord, second: number, rule: RuleParameters) {
  const identity = fieldsOf(record.userIdentity);
  return {
    actor: actorNameOf(record.userIdentity, rule),
    second,
    region: textOf(record.awsRegion) ?? 'unknown',
    name: textOf(record.eventName) ?? 'unknown',
    /** the errorCode, or that there was only an errorMessage */
    error: errorOf(record),
    arn: textOf(identity.arn),
    issuer: textOf(valueAt(identity, 'sessionContext', 'sessionIssuer', 'arn')),
    place: placeOf(record),
    /** AssumeRole: the issued key */
    issuedKey: textOf(valueAt(record, 'responseElements', 'credentials', 'accessKeyId')),
  };
}

/** Reads the rest of it, which takes several times as long. */
export function readCall(record: TrailRecord, noted: NotedCall, callId: string) {
  const service = (textOf(record.eventSource) ?? 'unknown').split('.', 1)[0]!;
  const { name, error } = noted;
  return {
    ...noted,
    ...{ callId, service },
    outcome: outcomeOf(error, textOf(record.errorMessage)),
    kind: kindOfAction(service, name, record.requestParameters),
    /** what used the credentials of a console session, if it was one */
    consoleUse: consoleUseIn(record),
    parameters: parametersOf(record.requestParameters),
    values: valuesOf(record),
    /** AssumeRole: the requested role; AssumeRoot: the account of the root user */
    requestedRole:
      textOf(valueAt(record, 'requestParameters', 'roleArn')) ??
      textOf(valueAt(record, 'requestParameters', 'targetPrincipal')),
    /** whether a ConsoleLogin was with MFA, as it says */
    mfaUsed: textOf(valueAt(record, 'additionalEventData', 'MFAUsed')),
  };
}

/** CloudShell's program names the shell that it runs in. */
function consoleUseIn(record: TrailRecord): ConsoleUse | 'shell' | undefined {
  const use = consoleUseOf(record);
  return use === 'program' && /\bexec-env\/CloudShell\b/i.test(textOf(record.userAgent) ?? '') ? 'shell' : use;
}

/**
 * Where a call came from, if that is one place: a public address; behind a VPC endpoint its owner chooses the address,
 * which says something only together with the endpoint.
 */
function placeOf(record: TrailRecord): string | undefined {
  const [address, endpoint] = [textOf(record.sourceIPAddress), textOf(record.vpcEndpointId)];
  if (address === undefined || endpoint === undefined) return publicAddressOf(record);
  return `${address} through ${endpoint}`;
}

function publicAddressOf({ sourceIPAddress, vpcEndpointId }: TrailRecord): string | undefined {
  const address = textOf(sourceIPAddress);
  return address === undefined || isGiven(vpcEndpointId) || !isPublic(address) ? undefined : address;
}

/** Field by field: a loop over names takes several times as long. */
function valuesOf(record: TrailRecord): Readonly<Partial<Record<ValueKind, string | undefined>>> {
  const identity = fieldsOf(record.userIdentity);
  const session = fieldsOf(identity.sessionContext);
  const issuer = fieldsOf(session.sessionIssuer);
  const attributes = fieldsOf(session.attributes);
  const tls = fieldsOf(record.tlsDetails);
  const [arn, key] = [textOf(identity.arn), textOf(identity.accessKeyId)];
  const hasDelivery = isGiven(session.ec2RoleDelivery);
  // A long-lived key has no session, whatever a record says of one.
  const isKey = keyKindOf(key ?? '') === 'long-lived';
  const instance = instanceNameOf(arn ?? '');
  return {
    arns: arn,
    principalIds: textOf(identity.principalId),
    identityTypes: textOf(identity.type),
    accounts: textOf(identity.accountId ?? record.recipientAccountId),
    recipients: textOf(record.recipientAccountId),
    userNames: textOf(identity.userName ?? issuer.userName),
    issuers: textOf(issuer.arn),
    issuerIds: textOf(issuer.principalId),
    issuerTypes: textOf(issuer.type),
    issuerAccounts: textOf(issuer.accountId),
    issuerNames: textOf(issuer.userName),
    roleDeliveries: textOf(session.ec2RoleDelivery),
    instances: hasDelivery ? instance : undefined,
    instanceNames: hasDelivery ? undefined : instance,
    assumedRoots: isTrue(session.assumedRoot) ? 'true' : undefined,
    issuedTo: textOf(valueAt(identity, 'inScopeOf', 'credentialsIssuedTo')),
    sessionsCreated: isKey ? undefined : textOf(attributes.creationDate),
    mfa: isKey ? undefined : textOf(attributes.mfaAuthenticated),
    sourceIdentities: textOf(session.sourceIdentity ?? attributes.sourceIdentity),
    invokedBy: textOf(identity.invokedBy),
    accessKeyIds: key,
    sourceAddresses: textOf(record.sourceIPAddress),
    publicAddresses: publicAddressOf(record),
    userAgents: textOf(record.userAgent),
    vpcEndpoints: textOf(record.vpcEndpointId),
    vpcEndpointAccounts: textOf(record.vpcEndpointAccountId),
    tlsHosts: textOf(tls.clientProvidedHostHeader),
    tlsVersions: textOf(tls.tlsVersion),
    tlsCiphers: textOf(tls.cipherSuite),
    errorCodes: textOf(record.errorCode),
  };
}

const NO_FIELDS = {};

function fieldsOf(value: unknown): { readonly [field: string]: unknown } {
  return isObject(value) ? value : NO_FIELDS;
}

/**
 * As Elastic's CloudTrail integration reads `event.outcome`: an errorCode or an errorMessage is a failure. A ConsoleLogin
 * says it in its answer as well.
 */
function errorOf(record: TrailRecord): string | undefined {
  const { errorCode, errorMessage } = record;
  if (isGiven(errorCode)) return textOf(errorCode) ?? 'error';
  const isFailedLogin = valueAt(record, 'responseElements', 'ConsoleLogin') === 'Failure';
  return isGiven(errorMessage) || isFailedLogin ? WITHOUT_CODE : undefined;
}

function isGiven(field: unknown): boolean {
  return field !== undefined && field !== null && field !== '';
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}

const MAX_FILTERS = 5;
const MAX_FILTER_VALUES = 3;

/**
 * Reads `requestParameters` of EC2, where lists are `{"items":[…]}`. `text` is `no filter`, or what was asked for: `filter
 * instance-state-name=running`, `3 instances by id`, `dry run`; or `not recorded`, as where CloudTrail omitted it
 * for its size (user guide, "Record contents").
 */
function parametersOf(value: unknown) {
  const filters = itemsOf(valueAt(value, 'filterSet'));
  const instances = itemsOf(valueAt(value, 'instancesSet'));
  const isDryRun = isTrue(valueAt(value, 'dryRun') ?? valueAt(value, 'DryRun'));
  const isRecorded = isObject(value) && !isTrue(value.omitted);
  const isUnfiltered = isRecorded && filters.length === 0 && instances.length === 0;
  const parts = present([
    !isRecorded && 'not recorded',
    ...filters.slice(0, MAX_FILTERS).map((filter) => `filter ${filterText(filter)}`),
    filters.length > MAX_FILTERS && `${filters.length - MAX_FILTERS} more filters`,
    instances.length > 0 && `${instances.length} instances by id`,
    isUnfiltered && 'no filter',
    isDryRun && 'dry run',
  ]);
  return { text: parts.join(', '), isUnfiltered, isDryRun };
}

function filterText(filter: unknown): string {
  if (!isObject(filter)) return '?';
  const values = itemsOf(filter.valueSet).map((item) => plain(isObject(item) ? item.value : item));
  const more = values.length > MAX_FILTER_VALUES ? ',…' : '';
  return `${plain(filter.name)}=${values.slice(0, MAX_FILTER_VALUES).join(',')}${more}`.slice(0, 200);
}

/** CloudTrail writes truth values as such and as text. */
function isTrue(value: unknown): boolean {
  return value === true || value === 'true';
}

/** Anything else than a plain value could be made to throw when it is turned into text. */
function plain(value: unknown): string {
  return typeof value === 'object' && value !== null ? '?' : String(value);
}

function itemsOf(set: unknown): unknown[] {
  const items = valueAt(set, 'items');
  return Array.isArray(items) ? items : [];
}
