import { isIp } from '../../detection/ip';
import { isDeployment } from '../evidence/actions';
import type { SignIn } from '../evidence/model';
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

/** Something that speaks for a verdict; `says`: a few words, for the alert. */
interface Line {
  readonly says: string;
  readonly applies: (of: Case) => boolean;
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
 * what a caller may write. The comments say who else does the same, and what of it the caller can choose.
 */
const AGAINST: readonly Weight[] = [
  // A user agent is only text, but nobody names an offensive tool to look harmless.
  { points: 3, says: 'offensive tool', applies: ({ has }) => has('attack-tool') },
  // No program sends it: somebody made it up.
  { points: 3, says: 'user agent contradicts itself', applies: ({ has }) => has('agent-contradiction') },
  // Credentials of this account were used inside of a network of somebody else; AWS writes that field.
  { points: 3, says: "another account's VPC endpoint", applies: ({ has }) => has('foreign-endpoint') },
  // A job that does its work has the permission; this one tries what a credential can do. What the organization closes to
  // the account does not count.
  { points: 3, says: 'all calls denied', applies: ({ isBad }) => isBad('all-denied') },
  // A dry run lists nothing; in ten regions it maps permissions.
  { points: 3, says: 'dry runs', applies: ({ has }) => has('dry-run') },
  // Nothing that lists instances needs root, and no policy of the account stops it.
  { points: 3, says: 'root outside of the console', applies: ({ has, sweep }) => has('root') && !isConsolePage(sweep) },
  // Somebody may look at the console as root; they should not.
  { points: 2, says: 'root', applies: ({ has, sweep }) => has('root') && isConsolePage(sweep) },
  // It keeps each session below the threshold. A fleet with a machine in each region has as many addresses.
  {
    points: 3,
    says: 'a session per region from one place',
    applies: ({ isBad, sweep: { evidence } }) =>
      isBad('session-per-region') && 2 * evidence.distinct.ips < evidence.sessions.count,
  },
  // The credential that leaks most. Its owner may run an inventory with it, so it decides nothing alone.
  { points: 2, says: 'long-lived key', applies: ({ has }) => has('long-lived-key') },
  // CloudShell, or credentials taken out of a console session. That it was CloudShell is only in the user agent, so both
  // weigh the same.
  {
    points: 2,
    says: 'console credentials in a shell or program',
    applies: ({ sweep: { evidence } }) => evidence.consoleUses.shell + evidence.consoleUses.program > 0,
  },
  // AWS writes both addresses. Brokers of credentials do it by design; IAM Identity Center is one and does not count.
  {
    points: 2,
    isHabit: true,
    says: 'used elsewhere than issued',
    applies: ({ has, sweep }) => has('session-moved') && sweep.evidence.fromConsole === 0 && !isIdentityCenter(sweep),
  },
  // A stolen session of a browser comes from elsewhere; so does a laptop that went from office to home.
  {
    points: 1,
    isHabit: true,
    says: 'used elsewhere than signed in',
    applies: ({ has, sweep }) => has('session-moved') && sweep.evidence.fromConsole > 0,
  },
  // What an intruder does next. Some administrators do it too.
  {
    points: 2,
    says: 'sensitive calls: secrets, access or logging',
    applies: ({ has, sweep }) => has('sensitive-calls') && !isAsDeployed(sweep),
  },
  // Deployments start instances and change roles all day; so do miners.
  {
    points: 1,
    says: 'sensitive calls as deployments make them',
    applies: ({ has, sweep }) => has('sensitive-calls') && isAsDeployed(sweep),
  },
  // A workload rarely leaves its region, and whoever gets into it has its credentials. Scanners run there too.
  {
    points: 1,
    isHabit: true,
    says: "a workload's credentials",
    applies: ({ has }) => has('instance-role') || has('instance-name') || has('function-role'),
  },
  // An instance that answers plain requests for its credentials gives them to whoever can make it send one (SSRF).
  {
    points: 1,
    isHabit: true,
    says: 'credentials from IMDSv1',
    applies: ({ sweep }) => callsWith(sweep.evidence.roleDeliveries, (version) => version === '1.0') > 0,
  },
  // GetFederationToken turns a stolen key into a session that outlives it. Sign-in portals of companies do the same.
  {
    points: 2,
    says: 'a session made of a long-lived key',
    applies: ({ sweep }) => callsWith(sweep.evidence.identityTypes, (type) => type === 'FederatedUser') > 0,
  },
  // The first call of intruders. Many tools ask too, but which tool it is only the user agent says, so it counts for all.
  { points: 1, isHabit: true, says: 'asked whose credentials it has', applies: ({ has }) => has('who-am-i') },
  // The caller does not know where it may call. What an organization closes to everybody does not count.
  {
    points: 1,
    isHabit: true,
    says: 'denied calls',
    applies: ({ isBad }) => isBad('partly-denied') || isBad('denied-then-allowed'),
  },
  // AWS writes both addresses, and hardly any instance has two ways out: somebody else has its key.
  {
    points: 2,
    says: "an instance's key at two places",
    applies: ({ has }) => has('key-elsewhere') && has('instance-role'),
  },
  // Two holders of one key; also programs on several machines, or a network with several ways out.
  {
    points: 1,
    isHabit: true,
    says: 'its key at another place too',
    applies: ({ has }) => has('key-elsewhere') && !has('instance-role'),
  },
  // Proxies, or two holders of one credential; also machines that share an identity.
  { points: 1, isHabit: true, says: 'several addresses', applies: ({ has }) => has('several-addresses') },
  // How intruders move on. Programs across accounts do it by design.
  { points: 1, isHabit: true, says: 'took another role', applies: ({ has }) => has('assumed-role') },
  // Few people need it, for rare tasks, none of which begins with a list of instances.
  {
    points: 2,
    says: 'opened a root session',
    applies: ({ sweep }) =>
      sweep.evidence.signIns.some(({ name, failed, isOwn }) => name === 'AssumeRoot' && isOwn && !failed),
  },
  // A password was enough. IAM Identity Center always writes false, so it does not count there.
  {
    points: 1,
    isHabit: true,
    says: 'no MFA',
    applies: ({ has, sweep }) => has('without-mfa') && !isIdentityCenter(sweep),
  },
  // A stolen credential is used from another place or with another program. People at a console move about.
  { points: 1, says: 'not as before', applies: ({ has, sweep }) => has('changed') && !isAttested(sweep) },
  // In two weeks or more this identity never did it. What is scheduled comes sooner; everything was new once.
  {
    points: 1,
    says: 'first time',
    applies: ({ has, sweep }) => has('first-alert') && (sweep.recurrence?.days ?? 0) >= 14 && !isAttested(sweep),
  },
];

/** What makes it likely benign where nothing is left that speaks against it. All of it is written by AWS. */
const FOR: readonly Line[] = [
  // Pages of the console list every region. Whoever stole a password or a key and made a console session of it has no MFA;
  // whoever stole the session comes from elsewhere than it was opened, and whoever lured the password and a code out of
  // somebody from a new address.
  {
    says: 'console page, by somebody who signed in with MFA or IAM Identity Center',
    applies: ({ has, sweep }) =>
      !has('changed') &&
      isConsolePage(sweep) &&
      (isWithMfa(sweep) || isIdentityCenter(sweep)) &&
      isWhereSignedIn(sweep),
  },
  // Only AWS calls by the name of a service. Others, such as CloudFormation or Cloud Control, call whatever they are asked
  // to, with the credentials of who asks.
  { says: 'an AWS service made every call', applies: ({ sweep }) => isByService(sweep) },
  // Only the service can use its service-linked role.
  { says: "a service's own role", applies: ({ sweep }) => isIssuedBy(sweep, ':role/aws-service-role/') },
];

/** The verdict, and what decided it, in a few words each. */
export function verdictOf(sweep: Sweep, findings: readonly Finding[]): Pick<Assessment, 'verdict' | 'reasons'> {
  const verdicts = new Map(findings.map(({ id, verdict }) => [id, verdict]));
  const has = (id: FindingId) => verdicts.has(id);
  const of: Case = { sweep, has, isBad: (id) => verdicts.get(id) === 'suspicious' };
  const { calls, gaps } = sweep.evidence;
  if (calls === 0) return { verdict: 'unclear', reasons: ['evidence not readable'] };
  const against = AGAINST.filter(({ applies, isHabit }) => applies(of) && !(isHabit && has('usual'))).sort(
    (a, b) => b.points - a.points,
  );
  const benign = FOR.find(({ applies }) => applies(of));
  // From calls that could not be read nothing is concluded.
  if (benign !== undefined && against.length === 0 && gaps.length === 0) {
    return { verdict: 'likely-benign', reasons: [benign.says] };
  }
  const points = against.reduce((sum, line) => sum + line.points, 0);
  const verdict = points >= SUSPICIOUS ? 'suspicious' : 'unclear';
  const reasons = against.map(({ says }, at) => (at === 0 && verdict === 'unclear' ? `against it: ${says}` : says));
  const inFavour = findings.flatMap(({ id, verdict }) => (verdict === 'likely-benign' ? WORDS_FOR[id] : []) ?? []);
  const lack = against.length > 0 ? '' : lackOf(of);
  if (inFavour.length > 0) reasons.push(`for it: ${inFavour.join(', ')}${lack}`);
  const where = gaps.length > 0 ? ' in the records that could be read' : '';
  return { verdict, reasons: reasons.length > 0 ? reasons : [`nothing counts for or against it${where}`] };
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

/** Whether every sensitive call is one that deployments make. */
function isAsDeployed({ evidence: { otherCalls } }: Sweep): boolean {
  return otherCalls.every(({ kind, service, name }) => kind !== 'sensitive' || isDeployment(service, name));
}
