import { isObject, valueAt } from '../../util/values';
import type { OtherKind, Outcome } from './model';

/** Calls that issue credentials or ask whose they are: tools make them first, and sessions begin with them. */
const SIGN_INS: ReadonlySet<string> = new Set([
  ...['AssumeRole', 'AssumeRoleWithSAML', 'AssumeRoleWithWebIdentity', 'AssumeRoot', 'ConsoleLogin'],
  ...['GetCallerIdentity', 'GetFederationToken', 'GetSessionToken', 'GetSigninToken', 'SwitchRole'],
]);

/** Calls by service that take data, grant access, end logging, or prepare that; starred where deployments make them. */
const SENSITIVE: ReadonlyMap<string, ReadonlyMap<string, boolean>> = new Map(
  [
    // data of instances: shared or exported disks, passwords, screens
    'ec2 GetPasswordData GetConsoleOutput GetConsoleScreenshot GetLaunchTemplateData ExportImage ModifyImageAttribute',
    'ec2 CreateInstanceExportTask CreateStoreImageTask ModifySnapshotAttribute DisableSnapshotBlockPublicAccess',
    'ec2 DisableImageBlockPublicAccess',
    // access to an instance, or a new one
    'ec2 RunInstances* StartInstances* RequestSpotInstances* RequestSpotFleet* CreateFleet* CreateKeyPair',
    'ec2 ModifyInstanceAttribute* AuthorizeSecurityGroupIngress* CreateVpcPeeringConnection* TerminateInstances*',
    'ec2 AssociateIamInstanceProfile* ReplaceIamInstanceProfileAssociation EnableSerialConsoleAccess ImportKeyPair',
    'ecs RunTask* RegisterTaskDefinition*',
    'lightsail CreateInstances* GetInstanceAccessDetails DownloadDefaultKeyPair',
    'ec2-instance-connect SendSSHPublicKey SendSerialConsoleSSHPublicKey',
    'ssm StartAutomationExecution* CreateAssociation* ModifyDocumentPermission',
    'ssm SendCommand StartSession GetParameter* GetParameters* GetParametersByPath* GetParameterHistory',
    'ebs GetSnapshotBlock',
    'secretsmanager GetSecretValue BatchGetSecretValue PutResourcePolicy',
    // more regions, larger quotas
    'account EnableRegion*',
    'servicequotas RequestServiceQuotaIncrease*',
    // permissions
    'iam CreateUser CreateAccessKey UpdateAccessKey CreateLoginProfile UpdateLoginProfile CreateRole* AddUserToGroup',
    'iam AttachUserPolicy AttachRolePolicy* AttachGroupPolicy PutUserPolicy PutRolePolicy* PutGroupPolicy',
    'iam UpdateAssumeRolePolicy CreatePolicyVersion* SetDefaultPolicyVersion* AddRoleToInstanceProfile*',
    'iam DeactivateMFADevice CreateSAMLProvider CreateOpenIDConnectProvider CreateServiceSpecificCredential',
    'iam DeleteRolePermissionsBoundary DeleteUserPermissionsBoundary UploadSSHPublicKey',
    'rolesanywhere CreateTrustAnchor CreateProfile',
    'sso CreateAccountAssignment AttachManagedPolicyToPermissionSet PutInlinePolicyToPermissionSet',
    'kms ScheduleKeyDeletion DisableKey PutKeyPolicy',
    // logging and detection
    'cloudtrail StopLogging DeleteTrail UpdateTrail PutEventSelectors DeleteEventDataStore',
    'ec2 DeleteFlowLogs',
    'logs DeleteLogGroup* DeleteLogStream*',
    'bedrock DeleteModelInvocationLoggingConfiguration',
    'guardduty DeleteDetector UpdateDetector CreateFilter CreateIPSet DisassociateFromMasterAccount',
    'guardduty StopMonitoringMembers DisassociateFromAdministratorAccount',
    'organizations LeaveOrganization DetachPolicy CreateAccount',
    'config StopConfigurationRecorder DeleteConfigurationRecorder',
    'securityhub DisableSecurityHub DisassociateFromAdministratorAccount',
    // data and code
    's3 PutBucketPolicy* DeleteBucketPolicy* PutBucketAcl PutBucketReplication DeleteBucketPublicAccessBlock',
    's3 DeleteAccountPublicAccessBlock DeletePublicAccessBlock PutBucketLifecycle*',
    'backup DeleteRecoveryPoint* DeleteBackupVault PutBackupVaultAccessPolicy',
    'lambda CreateFunction20150331* UpdateFunctionCode20150331v2* AddPermission20150331v2*',
    'bedrock InvokeModel* InvokeModelWithResponseStream* Converse* ConverseStream*',
    'rds DeleteDBInstance* DeleteDBCluster* ModifyDBSnapshotAttribute ModifyDBClusterSnapshotAttribute StartExportTask',
  ].reduce((sets, line) => {
    const [service, ...names] = line.split(' ') as [string, ...string[]];
    const marked = names.map((name): [string, boolean] => [name.replace('*', ''), name.endsWith('*')]);
    return sets.set(service, new Map([...(sets.get(service) ?? []), ...marked]));
  }, new Map<string, Map<string, boolean>>()),
);

/** Whether deployments, backups and schedulers make the sensitive call as well. */
export function isDeployment(service: string, name: string): boolean {
  return SENSITIVE.get(service)?.get(name) === true;
}

const DISCOVERY = /^(?:Describe|List|Get|BatchGet|Lookup|Search|Head|Scan|Query|Select|View|Check)/;

/** What a call means near a sweep. @param parameters the record's requestParameters */
export function kindOfAction(service: string, name: string, parameters: unknown): OtherKind {
  if (SIGN_INS.has(name)) return 'sign-in';
  // The start script of an instance often contains passwords.
  if (name === 'DescribeInstanceAttribute' && valueAt(parameters, 'attribute') === 'userData') return 'sensitive';
  const isSensitive = SENSITIVE.get(service)?.has(name) === true;
  if (isSensitive && !isPublicParameter(service, parameters) && !isUnshared(name, parameters)) return 'sensitive';
  return DISCOVERY.test(name) && !(service === 'ecr' && PULLS.has(name)) ? 'discovery' : 'other';
}

/** Every build that pulls an image makes this call. */
const PULLS: ReadonlySet<string> = new Set(['GetAuthorizationToken', 'GetDownloadUrlForLayer', 'BatchGetImage']);

/** Parameters by which a call that can share a disk says that it changes something else, or revokes a permission. */
function isUnshared(name: string, parameters: unknown): boolean {
  if (!/^Modify(?:Image|Snapshot)Attribute$/.test(name) || !isObject(parameters)) return false;
  const { launchPermission, createVolumePermission, attributeType } = parameters;
  const permission = launchPermission ?? createVolumePermission;
  if (permission !== undefined) return isObject(permission) && Object.keys(permission).join() === 'remove';
  return typeof attributeType === 'string' && !/permission/i.test(attributeType);
}

/** Public parameters of AWS: image ids, regions, endpoints. */
const PUBLIC_PARAMETER = /^(?:arn:[\w-]+:ssm:[\w-]*:[^:]*:parameter)?\/aws\/service(?:\/|$)/;

function isPublicParameter(service: string, parameters: unknown): boolean {
  if (service !== 'ssm' || !isObject(parameters)) return false;
  const { name, names, path } = parameters;
  const asked = [name, path, ...(Array.isArray(names) ? names : [])].filter((one) => one !== undefined);
  return asked.length > 0 && asked.every((one) => typeof one === 'string' && PUBLIC_PARAMETER.test(one));
}

/** Copies of disks within the account, and their removal, which backup tools make every night. */
export function isOwnSnapshot(service: string, name: string): boolean {
  return ['ec2', 'rds'].includes(service) && /^(?:Create|Copy|Delete|Deregister)\w*(?:Snapshots?|Image)$/.test(name);
}

/** Error codes of EC2 and of the other services. */
const ERRORS: readonly (readonly [Outcome, RegExp])[] = [
  // The error of a dry run that would have been allowed (EC2 API reference, DescribeInstances, DryRun).
  ['allowed', /^(?:Client\.)?DryRunOperation$/],
  // A region that the account has not enabled rejects its credentials.
  ['not_enabled', /AuthFailure|OptInRequired|UnrecognizedClient|InvalidClientTokenId/i],
  ['throttled', /Throttl|RequestLimitExceeded|TooManyRequests|SlowDown/i],
  ['denied', /Unauthorized|AccessDenied|NotAuthorized|ExplicitDeny|\bnot authorized\b/i],
];

/** The error of a record with an errorMessage alone, which then says what it was. */
export const WITHOUT_CODE = 'error without a code';

/** Source: IAM user guide, "Troubleshoot access denied error messages". */
const BY_ORGANIZATION = /\b(?:service|resource) control policy\b/i;

export function outcomeOf(errorCode: string | undefined, errorMessage = ''): Outcome {
  if (errorCode === undefined) return 'allowed';
  const error = errorCode === WITHOUT_CODE ? errorMessage : errorCode;
  const outcome = ERRORS.find(([, pattern]) => pattern.test(error))?.[0] ?? 'other';
  return outcome === 'denied' && BY_ORGANIZATION.test(errorMessage) ? 'denied_by_organization' : outcome;
}

export function isRefusal(outcome: Outcome): boolean {
  return outcome === 'denied' || outcome === 'denied_by_organization';
}
