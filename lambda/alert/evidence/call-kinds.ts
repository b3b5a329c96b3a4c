import type { OtherKind } from './evidence';

/** Where credentials come from or whom they belong to: what tools ask first, and where a session begins. */
const SIGN_INS: ReadonlySet<string> = new Set([
  'AssumeRole',
  'AssumeRoleWithSAML',
  'AssumeRoleWithWebIdentity',
  'AssumeRoot',
  'ConsoleLogin',
  'GetCallerIdentity',
  'GetFederationToken',
  'GetSessionToken',
  'GetSigninToken',
  'SwitchRole',
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
  ...[
    'PutBucketPolicy',
    'DeleteBucketPolicy',
    'PutBucketAcl',
    'DeletePublicAccessBlock',
    'PutBucketReplication',
  ],
  ...['CreateFunction20150331', 'UpdateFunctionCode20150331v2', 'AddPermission20150331v2', 'InvokeModel'],
  ...['DeleteDBInstance', 'DeleteDBCluster', 'ScheduleKeyDeletion', 'DisableKey', 'TerminateInstances'],
]);

const DISCOVERY = /^(?:Describe|List|Get|BatchGet|Lookup|Search|Head|Scan|Query|Select|View|Check)/;

/** Snapshots and images are whole disks: whoever copies or shares one needs no instance any more. */
const DISK_COPY = /Snapshot|Image/;

/** What a call means beside a sweep. Changes to snapshots and images are sensitive, looking at them is discovery. */
export function kindOfCall(name: string): OtherKind {
  if (SIGN_INS.has(name)) return 'sign-in';
  if (SENSITIVE.has(name)) return 'sensitive';
  if (DISCOVERY.test(name)) return 'discovery';
  return DISK_COPY.test(name) ? 'sensitive' : 'other';
}

/** Error codes that say a permission is wanting, as EC2 and the other services spell them. */
const REFUSED = /Unauthorized|AccessDenied|NotAuthorized|AuthFailure|OptInRequired|ExplicitDeny/i;

/** How EC2 answers a dry run that would have been allowed; source: EC2 API reference, DescribeInstances, DryRun. */
const ALLOWED_DRY_RUN = /^(?:Client\.)?DryRunOperation$/;

export function isAllowedDryRun(errorCode: string): boolean {
  return ALLOWED_DRY_RUN.test(errorCode);
}

export function isRefusal(errorCode: string): boolean {
  return REFUSED.test(errorCode);
}
