import { DEFAULT_REGIONS } from '../../bin/synthetic-trail/deliveries';
import type { SweepSpec } from '../../bin/synthetic-trail/sweeps';
import { generateTrail } from '../../bin/synthetic-trail/trail';
import type { Alert } from '../../lambda/alert/model';
import type { RuleParameters } from '../../lambda/detection/rule';
import type { JsonObject } from '../../lambda/util/values';
import { memoryListing } from './memory-listing';
import { ACCOUNT, iso, T0 } from './records';
import { objectOf, replayed } from './replay';

/**
 * Sweeps as an analyst would label them, each a trail of its own made by the generator. Hostile are those that somebody
 * does who should not; benign those by their owner, whatever else there is to say of them.
 */
export interface Scene {
  readonly name: string;
  readonly isHostile: boolean;
  /** who sweeps: identity, tool, and what is laid over its records */
  readonly who: Who;
  /** what is special about the sweep itself */
  readonly sweep?: Partial<SweepSpec>;
  /** other calls, in us-east-1 and by the same identity unless said: seconds after the first call of the sweep */
  readonly calls?: readonly (readonly [second: number, call: string, by?: Partial<Who>])[];
  /** days before on which it swept as well; the first is that of other records only, so that it is known since when */
  readonly days?: readonly number[];
  readonly parameters?: Partial<RuleParameters>;
}

type Who = Pick<SweepSpec, 'actor' | 'name' | 'tool' | 'patch'>;

const HOME = '203.0.113.40';
const OFFICE = '198.51.100.20';
const AWAY = '192.0.2.66';

/** Patches of several fields; of objects in several patches the last wins. */
const from = (sourceIPAddress: string, more: JsonObject = {}): JsonObject => ({ sourceIPAddress, ...more });

const user = (name: string, tool: SweepSpec['tool'], patch = from(OFFICE)): Who => ({
  actor: 'iam-user',
  name,
  tool,
  patch,
});

/** A session of a role that no instance has. */
function role(
  name: string,
  tool: SweepSpec['tool'],
  fields: JsonObject = from(OFFICE),
  identity: JsonObject = {},
): Who {
  const {
    sessionContext = {},
    session = 'run-4711',
    path = '',
    ...rest
  } = identity as {
    readonly sessionContext?: JsonObject;
    readonly session?: string;
    readonly path?: string;
  };
  const patch = {
    ...fields,
    userIdentity: {
      ...{ principalId: `AROAEXAMPLE:${session}`, arn: `arn:aws:sts::${ACCOUNT}:assumed-role/${name}/${session}` },
      accessKeyId: `ASIA${name
        .replace(/[^a-z]/gi, '')
        .toUpperCase()
        .slice(0, 12)}EXAMPLE`,
      ...rest,
      sessionContext: {
        ec2RoleDelivery: null,
        ...sessionContext,
        sessionIssuer: { arn: `arn:aws:iam::${ACCOUNT}:role/${path}${name}`, userName: name },
      },
    },
  };
  return { actor: 'assumed-role', name, tool, patch };
}

/** The session of an instance, by its metadata service; with no version one of another name for each region. */
const instance = (name: string, tool: SweepSpec['tool'], address: string, version: string | null = '2.0'): Who => {
  const patch = from(address, { userIdentity: { sessionContext: { ec2RoleDelivery: version } } });
  return { actor: 'assumed-role', name, tool, patch };
};

const SSO = { path: 'aws-reserved/sso.amazonaws.com/', session: 'jane@example.com' };

/** A person of IAM Identity Center. */
const person = (tool: SweepSpec['tool'], fields = from(HOME)): Who =>
  role('AWSReservedSSO_Admin_0123456789abcdef', tool, fields, SSO);

const PAGE = { sessionCredentialFromConsole: 'true', tlsDetails: null };

const SHELL = { sessionCredentialFromConsole: 'true' };

const console = (mfaAuthenticated: string) => ({
  userIdentity: {
    accessKeyId: 'ASIACONSOLEUSEREXAMPLE',
    sessionContext: { attributes: { creationDate: iso(T0 - 1200), mfaAuthenticated } },
  },
});

/** A user who signed in to the console with a password. */
const signedIn = (tool: SweepSpec['tool'], mfa: string, fields: JsonObject): Who =>
  user('bob', tool, { ...console(mfa), ...fields });

/** A call that issued the credentials of a session. */
const issued = (who: Who, address: string): Partial<Who> => {
  const { accessKeyId } = (who.patch?.userIdentity ?? {}) as JsonObject;
  return {
    actor: 'aws-account',
    name: 'broker',
    tool: 'boto3',
    patch: from(address, { responseElements: { credentials: { accessKeyId: accessKeyId! } } }),
  };
};

const service = (name: string, who = role('BackupOperator', 'aws-service')): Who => {
  const { userIdentity } = who.patch as { userIdentity: JsonObject };
  const patch = {
    sourceIPAddress: name,
    userAgent: name,
    tlsDetails: null,
    userIdentity: { ...userIdentity, invokedBy: name },
  };
  return { ...who, patch };
};

const own = (name: string, roleName: string) =>
  service(name, role(roleName, 'aws-service', {}, { path: `aws-service-role/${name}/`, session: 'service' }));

const lambda = (fields = from(OFFICE)): Who =>
  role('nightly', 'sdk-java', fields, {
    inScopeOf: {
      issuerType: 'AWS::Lambda::Function',
      credentialsIssuedTo: `arn:aws:lambda:us-east-1:${ACCOUNT}:function:nightly`,
    },
  });

const MAC = 'aws-cli/2.31.0 md/awscrt#0.27.6 ua/2.1 os/macos#24.6.0 md/arch#arm64 md/command#ec2.describe-instances';

const asks = { preamble: true };

const CI = role('ci-deploy', 'terraform', from(OFFICE));

const LEAKED_CI = role('ci-deploy', 'aws-cli', from(AWAY));

const scene =
  (isHostile: boolean) =>
  (name: string, who: Who, rest: Omit<Scene, 'name' | 'isHostile' | 'who'> = {}): Scene => ({
    name,
    isHostile,
    who,
    ...rest,
  });

const hostile = scene(true);

const benign = scene(false);

const MONTH = [30, 21, 14, 7, 3, 2, 1];

export const SCENES: readonly Scene[] = [
  hostile('stolen user key, asks whose it is', user('deploy', 'aws-cli', from(AWAY)), { sweep: asks }),
  hostile('stolen user key, denied everywhere', user('deploy', 'boto3', from(AWAY)), { sweep: { deniedShare: 1 } }),
  hostile('stolen user key, denied here and there', user('deploy', 'boto3', from(AWAY)), {
    sweep: { deniedShare: 0.3 },
  }),
  hostile('stolen user key, then a new key', user('deploy', 'aws-cli', from(AWAY)), {
    calls: [
      [50, 'ListUsers'],
      [70, 'CreateAccessKey'],
    ],
  }),
  hostile('stolen user key, said to be Terraform', user('deploy', 'terraform', from(AWAY)), { sweep: asks }),
  hostile('stolen user key, nothing else', user('deploy', 'aws-cli', from(AWAY))),
  hostile('stolen key of a nightly job, used elsewhere', user('inventory', 'boto3'), {
    days: MONTH,
    sweep: { patch: from(AWAY) },
  }),
  hostile('stolen user key, the first sweep in a month', user('deploy', 'aws-cli', from(AWAY)), { days: [30] }),
  hostile('Pacu on Kali, all data', user('deploy', 'kali', from(AWAY)), { sweep: { callsPerRegion: 2, ...asks } }),
  hostile('Pacu --instances, with the agent it makes up', user('deploy', 'pacu', from(AWAY)), { sweep: { pace: 0.7 } }),
  hostile('instance key used outside, then a secret', instance('web', 'aws-cli', AWAY), {
    sweep: asks,
    calls: [[40, 'GetSecretValue']],
  }),
  hostile('instance key used outside, denied here and there', instance('web', 'boto3', AWAY), {
    sweep: { deniedShare: 0.4, ...asks },
  }),
  hostile('instance key used outside, while the instance works', instance('web', 'boto3', AWAY), {
    calls: [[30, 'DescribeInstanceStatus', instance('web', 'sdk-go', OFFICE)]],
  }),
  hostile('credentials by SSRF from IMDSv1', instance('web', 'aws-cli', AWAY, '1.0'), { sweep: asks }),
  hostile('leaked CI role, used elsewhere', LEAKED_CI, {
    sweep: asks,
    calls: [[-120, 'AssumeRole', issued(LEAKED_CI, OFFICE)]],
  }),
  hostile('leaked CI role, then logging stopped', LEAKED_CI, { sweep: asks, calls: [[90, 'StopLogging']] }),
  hostile('a session for each region, from one place', instance('ops', 'boto3', AWAY, null), {
    sweep: { sessions: 'per-region' },
    parameters: { groupBy: 'issuer' },
  }),
  hostile('console session stolen, on a command line', person('aws-cli', from(AWAY, SHELL)), { sweep: asks }),
  hostile('console session stolen, pages, then a key', signedIn('browser', 'false', from(AWAY, PAGE)), {
    calls: [[60, 'CreateAccessKey']],
  }),
  hostile('console session of a person stolen, pages alone', person('browser', from(AWAY, PAGE)), {
    calls: [[-900, 'ConsoleLogin', person('browser', from(HOME, PAGE))]],
  }),
  hostile('console password guessed, pages alone', signedIn('browser', 'false', from(AWAY, PAGE))),
  hostile('CloudShell by an intruder without MFA', signedIn('cloudshell', 'false', from(AWAY, SHELL)), { sweep: asks }),
  hostile('CloudShell by an intruder, then a secret', person('cloudshell', from(AWAY, SHELL)), {
    calls: [[60, 'GetSecretValue']],
  }),
  hostile('stolen key made into a console session', {
    actor: 'federated-user',
    name: 'deploy',
    tool: 'browser',
    patch: from(AWAY, PAGE),
  }),
  hostile('root on a command line', { actor: 'root', name: 'root', tool: 'aws-cli', patch: from(AWAY) }),
  hostile(
    'dry runs by a role',
    role('ops', 'boto3', from(AWAY, { requestParameters: { dryRun: true }, errorCode: 'Client.DryRunOperation' })),
  ),
  hostile(
    'in the network of another account',
    role(
      'ops',
      'aws-cli',
      from('10.0.0.9', { vpcEndpointId: 'vpce-0123456789abcdef0', vpcEndpointAccountId: '999988887777' }),
    ),
  ),
  hostile('key of a function, on a Mac', lambda(from(AWAY, { userAgent: MAC }))),
  hostile('Kali by a role', role('ops', 'kali', from(AWAY))),
  hostile('session of a stolen key, then a role', signedIn('aws-cli', 'false', from(AWAY)), {
    sweep: asks,
    calls: [[60, 'AssumeRole']],
  }),
  hostile(
    'listed by CloudFormation for an intruder',
    service('cloudformation.amazonaws.com', role('ops', 'aws-service')),
  ),

  benign('console page, IAM Identity Center', person('browser', from(HOME, PAGE)), {
    calls: [[-900, 'ConsoleLogin']],
  }),
  benign('console page, by AWS Internal', person('console', from('AWS Internal', PAGE))),
  benign('console page, with MFA', signedIn('browser', 'true', from(HOME, PAGE)), {
    calls: [[-1800, 'ConsoleLogin']],
  }),
  benign('console page, without MFA', signedIn('browser', 'false', from(HOME, PAGE))),
  benign('console page, from a new address', person('browser', from(HOME, PAGE)), {
    days: MONTH,
    sweep: { patch: from(AWAY) },
    calls: [[-900, 'ConsoleLogin', person('browser', from(AWAY, PAGE))]],
  }),
  benign('Terraform by its CI role', CI, { sweep: asks, calls: [[20, 'RunInstances']] }),
  benign('Terraform by a user key', user('terraform', 'terraform'), { sweep: asks }),
  benign('Prowler by its role', role('audit', 'prowler'), {
    sweep: { pace: 0, ...asks },
    calls: [
      [1, 'ListUsers'],
      [2, 'GetBucketAcl'],
    ],
  }),
  benign('Prowler on an instance', instance('audit', 'prowler', OFFICE), {
    sweep: { pace: 0, ...asks },
    calls: [[1, 'ListUsers']],
  }),
  benign('Scout Suite by its role', role('SecurityAudit', 'scoutsuite'), { sweep: asks, calls: [[3, 'ListUsers']] }),
  benign('Scout Suite in a restricted organization', role('SecurityAudit', 'scoutsuite'), {
    sweep: { deniedShare: 0.3, ...asks },
  }),
  benign('Steampipe by a person', person('steampipe'), { sweep: { pace: 0, ...asks } }),
  benign('Cloud Custodian, which stops instances', role('custodian', 'custodian'), {
    sweep: asks,
    calls: [[15, 'StopInstances']],
  }),
  benign('AWS Backup for a role', service('backup.amazonaws.com'), { calls: [[20, 'CreateSnapshot']] }),
  benign('Trusted Advisor', own('trustedadvisor.amazonaws.com', 'AWSServiceRoleForTrustedAdvisor')),
  benign('CloudFormation for its stack sets', service('cloudformation.amazonaws.com')),
  benign('Terraform by a person', person('terraform'), { sweep: asks }),
  benign('a cost tool that is throttled', role('cost', 'boto3'), {
    sweep: { deniedShare: 0.3, refusal: 'throttled', ...asks },
  }),
  benign('AWS Config', own('config.amazonaws.com', 'AWSServiceRoleForConfig')),
  benign('a backup tool by its role', role('backup', 'sdk-go'), {
    calls: [
      [10, 'CreateSnapshot'],
      [12, 'CreateSnapshot'],
    ],
  }),
  benign('inventory by a user key', user('inventory', 'boto3')),
  benign('nightly inventory by a user key, for a month', user('inventory', 'boto3'), { days: MONTH, sweep: asks }),
  benign('nightly audit on an instance, for a month', instance('audit', 'prowler', OFFICE), {
    days: MONTH,
    sweep: { deniedShare: 0.2, ...asks },
  }),
  benign('a loop in CloudShell', person('cloudshell', from(HOME, SHELL))),
  benign('root looks at the console', { actor: 'root', name: 'root', tool: 'browser', patch: from(HOME, PAGE) }),
  benign('monitoring by another account', {
    actor: 'cross-account-role',
    name: 'monitoring',
    tool: 'boto3',
    patch: from('192.0.2.200'),
  }),
  benign('a Lambda function', lambda()),
];

const DAY = 86_400;

/**
 * The only alert of the scene's last day, by the production path of a replay, listing included.
 * @param said what the caller wrote into the records of the sweep instead
 */
export async function alertOfScene(
  { name, who, sweep = {}, calls = [], days = [], parameters }: Scene,
  said: JsonObject = {},
): Promise<Alert> {
  const start = T0 + 600;
  const common = { account: ACCOUNT, ...who, regions: DEFAULT_REGIONS, pace: 1 };
  const today: SweepSpec[] = [
    { ...common, start, ...sweep, patch: { ...who.patch, ...sweep.patch, ...said } },
    ...calls.map(([second, call, by]) => ({ ...common, ...by, start: start + second, regions: ['us-east-1'], call })),
  ];
  const { patch: _, ...usual } = sweep;
  const before = days.map((day, index): SweepSpec[] => {
    const at = start - day * DAY;
    return index === 0
      ? [{ ...common, ...user('somebody', 'boto3'), start: at, regions: 1, pace: 0 }]
      : [{ ...common, ...usual, start: at }];
  });
  const objects = [...before, today].flatMap((sweeps) => trailOf(sweeps, name));
  const { alerts } = await replayed(objects, { parameters: parameters ?? {}, listing: memoryListing(objects) });
  const [alert] = alerts;
  if (alert === undefined || alert.start < T0) throw new Error(`${name}: no alert`);
  return alert;
}

function trailOf(sweeps: readonly SweepSpec[], seed: string) {
  const starts = sweeps.map((sweep) => sweep.start);
  const start = Math.min(...starts) - 60;
  const { objects } = generateTrail(
    {
      ...{ start, seconds: Math.max(...starts) - start + 600, accounts: [], regions: DEFAULT_REGIONS, sweeps },
      ...{ recordsPerMinute: 0, identitiesPerAccount: 1, describeInstancesShare: 0 },
    },
    seed,
  );
  return [...objects].map(({ key, body }) => objectOf(key, body));
}
