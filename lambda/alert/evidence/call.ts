import { actorNameOf, callIdOf, type TrailRecord } from '../../detection/classify';
import type { RuleParameters } from '../../detection/rule';
import { isObject, valueAt } from '../../util/values';
import type { OtherKind, ValueKind } from './model';

/** What is kept of one record: the fields that evidence is made of. */
export interface RecordedCall {
  readonly actor: string | undefined;
  readonly second: number;
  readonly region: string;
  readonly callId: string;
  readonly service: string;
  readonly name: string;
  /** the errorCode, or that there was an errorMessage alone */
  readonly error: string | undefined;
  readonly fromConsole: boolean;
  readonly parameters: CallParameters;
  readonly values: Readonly<Partial<Record<ValueKind, string>>>;
  /** AssumeRole: the key it issued, and the role that was asked for */
  readonly issuedKey: string | undefined;
  readonly requestedRole: string | undefined;
  /** whether a ConsoleLogin was with MFA, as it says */
  readonly mfaUsed: string | undefined;
}

/**
 * Reads a record. Nothing of its shape is taken on trust.
 * @param second the time of the call
 */
export function readCall(record: TrailRecord, second: number, text: () => string, rule: RuleParameters): RecordedCall {
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
    issuedKey: textOf(valueAt(record, 'responseElements', 'credentials', 'accessKeyId')),
    requestedRole: textOf(valueAt(record, 'requestParameters', 'roleArn')),
    mfaUsed: textOf(valueAt(record, 'additionalEventData', 'MFAUsed')),
  };
}

function valuesOf(record: TrailRecord): RecordedCall['values'] {
  const identity = (...path: string[]) => valueAt(record, 'userIdentity', ...path);
  const session = (...path: string[]) => identity('sessionContext', ...path);
  const values: Partial<Record<ValueKind, unknown>> = {
    arns: identity('arn'),
    principalIds: identity('principalId'),
    identityTypes: identity('type'),
    accounts: identity('accountId') ?? record.recipientAccountId,
    recipients: record.recipientAccountId,
    userNames: identity('userName') ?? session('sessionIssuer', 'userName'),
    issuers: session('sessionIssuer', 'arn'),
    sessionsCreated: session('attributes', 'creationDate'),
    mfa: session('attributes', 'mfaAuthenticated'),
    sourceIdentities: session('sourceIdentity') ?? session('attributes', 'sourceIdentity'),
    invokedBy: identity('invokedBy'),
    accessKeyIds: identity('accessKeyId'),
    sourceAddresses: record.sourceIPAddress,
    userAgents: record.userAgent,
    tlsHosts: valueAt(record, 'tlsDetails', 'clientProvidedHostHeader'),
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
  const isFailedLogin = valueAt(record, 'responseElements', 'ConsoleLogin') === 'Failure';
  return isGiven(errorMessage) || isFailedLogin ? 'error without a code' : undefined;
}

function isGiven(field: unknown): boolean {
  return field !== undefined && field !== null && field !== '';
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}

/** What a DescribeInstances asked for. */
interface CallParameters {
  /** `no filter`, or what was asked for: `filter instance-state-name=running`, `3 instances by id`, `dry run` */
  readonly text: string;
  readonly isUnfiltered: boolean;
  readonly isDryRun: boolean;
}

const MAX_FILTERS = 5;

const MAX_FILTER_VALUES = 3;

/** Reads `requestParameters` of EC2, where lists are `{"items":[…]}`. */
function parametersOf(value: unknown): CallParameters {
  const filters = itemsOf(valueAt(value, 'filterSet'));
  const instances = itemsOf(valueAt(value, 'instancesSet'));
  const isDryRun = isTrue(valueAt(value, 'dryRun') ?? valueAt(value, 'DryRun'));
  const isUnfiltered = filters.length === 0 && instances.length === 0;
  const parts = [
    ...filters.slice(0, MAX_FILTERS).map((filter) => `filter ${filterText(filter)}`),
    ...(filters.length > MAX_FILTERS ? [`${filters.length - MAX_FILTERS} more filters`] : []),
    ...(instances.length === 0 ? [] : [`${instances.length} instances by id`]),
    ...(isUnfiltered ? ['no filter'] : []),
    ...(isDryRun ? ['dry run'] : []),
  ];
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

/** Calls that issue credentials or ask whom they belong to: what tools call first, and where a session begins. */
const SIGN_INS: ReadonlySet<string> = new Set([
  ...['AssumeRole', 'AssumeRoleWithSAML', 'AssumeRoleWithWebIdentity', 'AssumeRoot', 'ConsoleLogin'],
  ...['GetCallerIdentity', 'GetFederationToken', 'GetSessionToken', 'GetSigninToken', 'SwitchRole'],
]);

/** Calls that take something out, let somebody in, or switch off who would see it; by what they do. */
const SENSITIVE: ReadonlySet<string> = new Set([
  // what an instance holds: disks, passwords, user data, screens
  ...['GetPasswordData', 'GetConsoleOutput', 'GetConsoleScreenshot', 'GetLaunchTemplateData'],
  ...['CreateInstanceExportTask', 'CreateStoreImageTask', 'ExportImage', 'StartExportTask'],
  // into an instance, or a new one
  ...['RunInstances', 'SendCommand', 'StartSession', 'SendSSHPublicKey', 'SendSerialConsoleSSHPublicKey'],
  ...['CreateKeyPair', 'ImportKeyPair', 'ModifyInstanceAttribute', 'AuthorizeSecurityGroupIngress'],
  ...['CreateVpcPeeringConnection', 'RequestSpotInstances', 'RequestSpotFleet', 'CreateFleet'],
  // secrets
  ...['GetSecretValue', 'BatchGetSecretValue', 'GetParameter', 'GetParameters', 'GetParametersByPath'],
  // who may do what
  ...['CreateUser', 'CreateAccessKey', 'CreateLoginProfile', 'UpdateLoginProfile', 'CreateRole'],
  ...['AttachUserPolicy', 'AttachRolePolicy', 'AttachGroupPolicy', 'PutUserPolicy', 'PutRolePolicy'],
  ...['PutGroupPolicy', 'AddUserToGroup', 'UpdateAssumeRolePolicy', 'CreatePolicyVersion'],
  ...['SetDefaultPolicyVersion', 'AddRoleToInstanceProfile', 'DeactivateMFADevice', 'CreateSAMLProvider'],
  ...['CreateOpenIDConnectProvider', 'DeleteRolePermissionsBoundary', 'DeleteUserPermissionsBoundary'],
  // who sees it
  ...['StopLogging', 'DeleteTrail', 'UpdateTrail', 'PutEventSelectors', 'DeleteFlowLogs', 'DeleteDetector'],
  ...['UpdateDetector', 'DisassociateFromMasterAccount', 'DisassociateFromAdministratorAccount'],
  ...['LeaveOrganization', 'StopConfigurationRecorder', 'DeleteConfigurationRecorder', 'DisableSecurityHub'],
  // data and code
  ...['PutBucketPolicy', 'DeleteBucketPolicy', 'PutBucketAcl', 'DeletePublicAccessBlock', 'PutBucketReplication'],
  ...['CreateFunction20150331', 'UpdateFunctionCode20150331v2', 'AddPermission20150331v2', 'InvokeModel'],
  ...['DeleteDBInstance', 'DeleteDBCluster', 'ScheduleKeyDeletion', 'DisableKey', 'TerminateInstances'],
]);

const DISCOVERY = /^(?:Describe|List|Get|BatchGet|Lookup|Search|Head|Scan|Query|Select|View|Check)/;

/** Snapshots and images are whole disks: whoever copies or shares one needs no instance any more. */
const DISK_COPY = /Snapshot|Image/;

/** What a call means near a sweep. Changes to snapshots and images are sensitive, looking at them is discovery. */
export function kindOfCall(name: string): OtherKind {
  if (SIGN_INS.has(name)) return 'sign-in';
  if (SENSITIVE.has(name)) return 'sensitive';
  if (DISCOVERY.test(name)) return 'discovery';
  return DISK_COPY.test(name) ? 'sensitive' : 'other';
}

/** How EC2 answers a dry run that would have been allowed; source: EC2 API reference, DescribeInstances, DryRun. */
export function isAllowedDryRun(errorCode: string): boolean {
  return /^(?:Client\.)?DryRunOperation$/.test(errorCode);
}

/** Error codes of a missing permission, as EC2 and the other services spell them. */
export function isRefusal(errorCode: string): boolean {
  return /Unauthorized|AccessDenied|NotAuthorized|AuthFailure|OptInRequired|ExplicitDeny/i.test(errorCode);
}
