import { isIp } from '../../detection/ip';
import type { OtherCall, SignIn } from '../evidence/model';
import type { Assessment, Finding, FindingId, Sweep } from '../model';
import { callsWith } from './quantify';

/** What a verdict is made from. */
interface Case {
  readonly sweep: Sweep;
  /** whether there is a finding of that id */
  readonly has: (id: FindingId) => boolean;
  /** whether there is one, and it is suspicious */
  readonly isBad: (id: FindingId) => boolean;
}

/** Something that speaks for a verdict. */
interface Line {
  readonly applies: (of: Case) => boolean;
  /** a few words, for the alert */
  readonly says: string;
  /** why it weighs as much: who else does the same, and what of it the caller can choose */
  readonly reason: string;
}

interface Weight extends Line {
  /** `SUSPICIOUS` points are suspicious, whether of one line or of several */
  readonly points: number;
  /** does not count where the alert is as usual: whoever does it each day does it by design */
  readonly isHabit?: true;
}

const SUSPICIOUS = 3;

/**
 * What speaks against the caller. A user agent, a session's name and tags can only add points: no line takes any away for
 * what a caller may write.
 */
export const AGAINST: readonly Weight[] = [
  {
    applies: ({ has }) => has('attack-tool'),
    points: 3,
    says: 'offensive tool',
    reason: 'A user agent is only text, but nobody names an offensive tool to look harmless.',
  },
  {
    applies: ({ has }) => has('agent-contradiction'),
    points: 3,
    says: 'user agent contradicts itself',
    reason: 'No program sends it: somebody made it up.',
  },
  {
    applies: ({ has }) => has('foreign-endpoint'),
    points: 3,
    says: "another account's VPC endpoint",
    reason: 'Credentials of this account were used inside of a network of somebody else; AWS writes that field.',
  },
  {
    applies: ({ isBad }) => isBad('all-denied'),
    points: 3,
    says: 'all calls denied',
    reason:
      'A job that does its work has the permission; this one tries what a credential can do. What the organization closes to the account does not count.',
  },
  {
    applies: ({ has }) => has('dry-run'),
    points: 3,
    says: 'dry runs',
    reason: 'A dry run lists nothing; in ten regions it maps permissions.',
  },
  {
    applies: ({ has, sweep }) => has('root') && !isConsolePage(sweep),
    points: 3,
    says: 'root outside of the console',
    reason: 'Nothing that lists instances needs root, and no policy of the account stops it.',
  },
  {
    applies: ({ has, sweep }) => has('root') && isConsolePage(sweep),
    points: 2,
    says: 'root',
    reason: 'Somebody may look at the console as root; they should not.',
  },
  {
    applies: ({ isBad, sweep: { evidence } }) =>
      isBad('session-per-region') && 2 * evidence.distinct.ips < evidence.sessions.count,
    points: 3,
    says: 'a session per region from one place',
    reason: 'It keeps each session below the threshold. A fleet with a machine in each region has as many addresses.',
  },
  {
    applies: ({ has }) => has('long-lived-key'),
    points: 2,
    says: 'long-lived key',
    reason: 'The credential that leaks most. Its owner may run an inventory with it, so it decides nothing alone.',
  },
  {
    applies: ({ sweep: { evidence } }) => evidence.consoleUses.shell + evidence.consoleUses.program > 0,
    points: 2,
    says: 'console credentials in a shell or program',
    reason:
      'CloudShell, or credentials taken out of a console session. That it was CloudShell is only in the user agent, so both weigh the same.',
  },
  {
    applies: ({ has, sweep }) => has('session-moved') && sweep.evidence.fromConsole === 0 && !isIdentityCenter(sweep),
    points: 2,
    isHabit: true,
    says: 'used elsewhere than issued',
    reason:
      'AWS writes both addresses. Brokers of credentials do it by design; IAM Identity Center is one and does not count.',
  },
  {
    applies: ({ has, sweep }) => has('session-moved') && sweep.evidence.fromConsole > 0,
    points: 1,
    isHabit: true,
    says: 'used elsewhere than signed in',
    reason: 'A stolen session of a browser comes from elsewhere; so does a laptop that went from office to home.',
  },
  {
    applies: ({ sweep }) => sensitiveCalls(sweep).some(({ name }) => !CHANGES.has(name)),
    points: 2,
    says: 'sensitive calls: secrets, access or logging',
    reason: 'What an intruder does next. Some administrators do it too.',
  },
  {
    applies: ({ sweep }) =>
      isNotEmpty(sensitiveCalls(sweep)) && sensitiveCalls(sweep).every(({ name }) => CHANGES.has(name)),
    points: 1,
    says: 'sensitive calls as deployments make them',
    reason: 'Deployments start instances and change roles all day; so do miners.',
  },
  {
    applies: ({ has }) => has('instance-role') || has('instance-name') || has('function-role'),
    points: 1,
    isHabit: true,
    says: "a workload's credentials",
    reason:
      'A workload rarely leaves its region, and whoever gets into it has its credentials. Scanners run there too.',
  },
  {
    applies: ({ sweep }) => callsWith(sweep.evidence.roleDeliveries, (version) => version === '1.0') > 0,
    points: 1,
    isHabit: true,
    says: 'credentials from IMDSv1',
    reason:
      'An instance that answers plain requests for its credentials gives them to whoever can make it send one (SSRF).',
  },
  {
    applies: ({ sweep }) => callsWith(sweep.evidence.identityTypes, isFederatedUser) > 0,
    points: 2,
    says: 'a session made of a long-lived key',
    reason:
      'GetFederationToken turns a stolen key into a session that outlives it. Sign-in portals of companies do the same.',
  },
  {
    applies: ({ has }) => has('who-am-i'),
    points: 1,
    isHabit: true,
    says: 'asked whose credentials it has',
    reason:
      'The first call of intruders. Many tools ask too, but which tool it is only the user agent says, so it counts for all.',
  },
  {
    applies: ({ isBad }) => isBad('partly-denied') || isBad('denied-then-allowed'),
    points: 1,
    isHabit: true,
    says: 'denied calls',
    reason: 'The caller does not know where it may call. What an organization closes to everybody does not count.',
  },
  {
    applies: ({ has }) => has('key-elsewhere') && has('instance-role'),
    points: 2,
    says: "an instance's key at two places",
    reason: 'AWS writes both addresses, and hardly any instance has two ways out: somebody else has its key.',
  },
  {
    applies: ({ has }) => has('key-elsewhere') && !has('instance-role'),
    points: 1,
    isHabit: true,
    says: 'its key at another place too',
    reason: 'Two holders of one key; also programs on several machines, or a network with several ways out.',
  },
  {
    applies: ({ has }) => has('several-addresses'),
    points: 1,
    isHabit: true,
    says: 'several addresses',
    reason: 'Proxies, or two holders of one credential; also machines that share an identity.',
  },
  {
    applies: ({ has }) => has('assumed-role'),
    points: 1,
    isHabit: true,
    says: 'took another role',
    reason: 'How intruders move on. Programs across accounts do it by design.',
  },
  {
    applies: ({ sweep }) =>
      sweep.evidence.signIns.some(({ name, failed, isOwn }) => name === 'AssumeRoot' && isOwn && !failed),
    points: 2,
    says: 'opened a root session',
    reason: 'Few people need it, for rare tasks, none of which begins with a list of instances.',
  },
  {
    applies: ({ has, sweep }) => has('without-mfa') && !isIdentityCenter(sweep),
    points: 1,
    isHabit: true,
    says: 'no MFA',
    reason: 'A password was enough. IAM Identity Center always writes false, so it does not count there.',
  },
  {
    applies: ({ has, sweep }) => has('changed') && !isAttested(sweep),
    points: 1,
    says: 'not as before',
    reason: 'A stolen credential is used from another place or with another program. People at a console move about.',
  },
  {
    applies: ({ has, sweep }) => has('first-alert') && (sweep.recurrence?.days ?? 0) >= 14 && !isAttested(sweep),
    points: 1,
    says: 'first time',
    reason: 'In two weeks or more this identity never did it. What is scheduled comes sooner; everything was new once.',
  },
];

/** What makes it likely benign where nothing is left that speaks against it. All of it is written by AWS. */
export const FOR: readonly Line[] = [
  {
    applies: ({ has, sweep }) =>
      !has('changed') &&
      isConsolePage(sweep) &&
      (isWithMfa(sweep) || isIdentityCenter(sweep)) &&
      isWhereSignedIn(sweep),
    says: 'console page, by somebody who signed in with MFA or IAM Identity Center',
    reason:
      'Pages of the console list every region. Whoever stole a password or a key and made a console session of it has no MFA; whoever stole the session comes from elsewhere than it was opened, and whoever lured the password and a code out of somebody from a new address.',
  },
  {
    applies: ({ sweep }) => isByService(sweep),
    says: 'an AWS service made every call',
    reason:
      'Only AWS calls by the name of a service. Others, such as CloudFormation or Cloud Control, call whatever they are asked to, with the credentials of who asks.',
  },
  {
    applies: ({ sweep }) => isIssuedBy(sweep, ':role/aws-service-role/'),
    says: "a service's own role",
    reason: 'Only the service can use its service-linked role.',
  },
];

/** The verdict, and what decided it, in a few words each. */
export function verdictOf(sweep: Sweep, findings: readonly Finding[]): Pick<Assessment, 'verdict' | 'reasons'> {
  const ids = new Set(findings.map(({ id }) => id));
  const bad = new Set(findings.flatMap(({ id, verdict }) => (verdict === 'suspicious' ? id : [])));
  const of: Case = { sweep, has: (id) => ids.has(id), isBad: (id) => bad.has(id) };
  if (sweep.evidence.calls === 0) return { verdict: 'unclear', reasons: ['evidence not readable'] };
  const isUsual = of.has('usual');
  const against = AGAINST.filter(({ applies, isHabit }) => applies(of) && !(isHabit && isUsual)).sort(
    (a, b) => b.points - a.points,
  );
  const points = against.reduce((sum, line) => sum + line.points, 0);
  const benign = FOR.find(({ applies }) => applies(of));
  // From calls that could not be read nothing is concluded.
  if (benign !== undefined && points <= 0 && sweep.evidence.gaps.length === 0) {
    return { verdict: 'likely-benign', reasons: [benign.says] };
  }
  const inFavour = findings.flatMap(({ id, verdict }) => (verdict === 'likely-benign' ? WORDS_FOR[id] : []) ?? []);
  const lack = isNotEmpty(against) ? '' : lackOf(of);
  const verdict = points >= SUSPICIOUS ? 'suspicious' : 'unclear';
  const reasons = [
    ...against.map(({ says }, at) => (at === 0 && verdict === 'unclear' ? `against it: ${says}` : says)),
    ...(isNotEmpty(inFavour) ? [`for it: ${inFavour.join(', ')}${lack}`] : []),
  ];
  return { verdict, reasons: isNotEmpty(reasons) ? reasons : [nothingIn(sweep)] };
}

function nothingIn({ evidence: { gaps } }: Sweep): string {
  return `nothing counts for or against it${isNotEmpty(gaps) ? ' in the records that could be read' : ''}`;
}

/** What speaks for the caller, in a few words. */
const WORDS_FOR: Readonly<Partial<Record<FindingId, string>>> = {
  'console-page': 'console page',
  'with-mfa': 'MFA',
  usual: 'as on earlier days',
  'invoked-by': 'made by an AWS service',
  'service-linked-role': "a service's own role",
};

/** Why what speaks for it is not enough, where nothing speaks against it. */
function lackOf({ sweep, has }: Case): string {
  if (sweep.evidence.gaps.length > 0) return ', but not all records could be read';
  if (!isConsolePage(sweep)) return ', which alone decides nothing';
  if (has('changed')) return ', but not as before';
  if (!isWithMfa(sweep) && !isIdentityCenter(sweep)) return ', but its session shows no MFA';
  return ', but no sign-in was seen where the calls came from';
}

function isNotEmpty(list: readonly unknown[]): boolean {
  return list.length > 0;
}

function isFederatedUser(type: string): boolean {
  return type === 'FederatedUser';
}

/** Whether AWS itself says that a page or a service made the calls. */
function isAttested(sweep: Sweep): boolean {
  return isConsolePage(sweep) || isByService(sweep) || isIssuedBy(sweep, ':role/aws-service-role/');
}

function isConsolePage({ evidence: { consoleUses, calls } }: Sweep): boolean {
  return consoleUses.page === calls;
}

/**
 * Whether every call came from where the identity signed in, or as ever; AWS's own hosts, where they called, are no
 * address. Of which sign-in the session is matters not: the console renews credentials, and then their time fits none.
 */
function isWhereSignedIn({ actor, evidence, recurrence }: Sweep): boolean {
  const { sourceAddresses, signIns, arns, distinct, calls } = evidence;
  const own = new Set([actor, ...arns.map(({ value }) => value)]);
  const isPlace = ({ began, name, failed, by }: SignIn) => began || (name === 'ConsoleLogin' && !failed && own.has(by));
  const places = new Set(signIns.filter(isPlace).map(({ address }) => address));
  const known = callsWith(sourceAddresses, (address) => !isIp(address) || places.has(address));
  return recurrence?.isUsual === true || (known === calls && sourceAddresses.length === distinct.sourceAddresses);
}

/** Source: IAM Identity Center user guide, "Referencing permission sets": nobody else makes roles under this path. */
function isIdentityCenter(sweep: Sweep): boolean {
  return isIssuedBy(sweep, ':role/aws-reserved/sso.amazonaws.com/');
}

function isIssuedBy({ evidence: { issuers, calls } }: Sweep, path: string): boolean {
  return callsWith(issuers, (role) => role.includes(path)) === calls;
}

function isWithMfa({ evidence: { mfa, calls } }: Sweep): boolean {
  return callsWith(mfa, (value) => value === 'true') === calls;
}

/** Services that look through regions of themselves, with a role that is given to them. */
const OWN_JOBS: ReadonlySet<string> = new Set([
  ...['access-analyzer', 'backup', 'compute-optimizer', 'config', 'config-conforms', 'dlm', 'guardduty'],
  ...['inspector2', 'macie', 'resource-explorer-2', 'securityhub', 'trustedadvisor'],
]);

function isByService({ evidence: { invokedBy, calls } }: Sweep): boolean {
  return callsWith(invokedBy, (name) => OWN_JOBS.has(name.replace(/\.amazonaws\.com$/, ''))) === calls;
}

function sensitiveCalls({ evidence: { otherCalls } }: Sweep): OtherCall[] {
  return otherCalls.filter(({ kind }) => kind === 'sensitive');
}

/** Sensitive calls that deployments, backups and schedulers make as well. */
const CHANGES: ReadonlySet<string> = new Set([
  ...['RunInstances', 'StartInstances', 'TerminateInstances', 'ModifyInstanceAttribute', 'CreateFleet'],
  ...['RequestSpotInstances', 'RequestSpotFleet', 'AuthorizeSecurityGroupIngress', 'CreateVpcPeeringConnection'],
  ...['CreateRole', 'AttachRolePolicy', 'PutRolePolicy', 'CreatePolicyVersion', 'SetDefaultPolicyVersion'],
  ...['AddRoleToInstanceProfile', 'CreateFunction20150331', 'UpdateFunctionCode20150331v2', 'AddPermission20150331v2'],
  ...['PutBucketPolicy', 'DeleteBucketPolicy', 'DeleteDBInstance', 'DeleteDBCluster'],
  ...['InvokeModel', 'InvokeModelWithResponseStream', 'Converse', 'ConverseStream'],
  ...['GetParameter', 'GetParameters', 'GetParametersByPath', 'EnableRegion', 'RequestServiceQuotaIncrease'],
  ...['CreateSnapshot', 'CreateSnapshots', 'CopySnapshot', 'DeleteSnapshot', 'CreateImage', 'CopyImage'],
  ...['RegisterImage', 'DeregisterImage', 'RunTask', 'RegisterTaskDefinition', 'AssociateIamInstanceProfile'],
  ...['DeleteLogGroup', 'DeleteLogStream', 'PutBucketLifecycle', 'DeleteRecoveryPoint', 'StartAutomationExecution'],
  ...['CreateAssociation', 'CreateInstances'],
]);
