import { isIp } from '../../detection/ip';
import { isDeployment } from '../evidence/actions';
import { type Evidence, type SignIn, valuesOf } from '../evidence/model';
import type { Assessment, Finding, FindingId, Sweep } from '../model';
import { callsWith, ownNames } from './quantify';

type Case = ReturnType<typeof caseOf>;

function caseOf(sweep: Sweep, findings: readonly Finding[]) {
  const { evidence } = sweep;
  const verdicts = new Map(findings.map(({ id, verdict }) => [id, verdict]));
  const isPage = evidence.consoleUses.page === evidence.calls;
  return {
    ...{ sweep, evidence, isPage },
    has: (...ids: readonly FindingId[]) => ids.some((id) => verdicts.has(id)),
    isBad: (...ids: readonly FindingId[]) => ids.some((id) => verdicts.get(id) === 'suspicious'),
    // Source: IAM Identity Center user guide, "Referencing permission sets": nobody else makes roles under this path.
    isCenter: isIssuedBy(sweep, ':role/aws-reserved/sso.amazonaws.com/'),
    // AWS itself says that a page or a service made the calls.
    isAttested: isPage || isByService(sweep) || isIssuedBy(sweep, SERVICE_ROLES),
  };
}

/** Points from which an alert is suspicious, whether of one line or of several. */
const SUSPICIOUS = 3;

/** @param says a few words, for the alert */
function always(points: number, says: string, applies: (of: Case) => boolean) {
  return { points, says, applies, isHabit: false };
}

/** Does not count where the alert is as usual: whoever does it each day does it by design. */
function unusual(points: number, says: string, applies: (of: Case) => boolean) {
  return { points, says, applies, isHabit: true };
}

/**
 * What speaks against the caller. A user agent, a session's name and tags can only add points: no line takes any away for
 * what a caller may write. The comments say who else does the same, and what of it the caller can choose.
 */
const AGAINST = [
  // A user agent is only text, but nobody names an offensive tool to look harmless.
  always(3, 'offensive tool', ({ has }) => has('attack-tool')),
  // No program sends it: somebody made it up.
  always(3, 'user agent contradicts itself', ({ has }) => has('agent-contradiction')),
  // Credentials of this account were used inside of a network of somebody else; AWS writes that field.
  always(3, "another account's VPC endpoint", ({ has }) => has('foreign-endpoint')),
  // A job that does its work has the permission; this one tries what a credential can do. What the organization closes to
  // the account does not count.
  always(3, 'all calls denied', ({ isBad }) => isBad('all-denied')),
  // A dry run lists nothing; in ten regions it maps permissions.
  always(3, 'dry runs', ({ has }) => has('dry-run')),
  // Nothing that lists instances needs root, and no policy of the account stops it.
  always(3, 'root outside of the console', ({ has, isPage }) => has('root') && !isPage),
  // Somebody may look at the console as root; they should not.
  always(2, 'root', ({ has, isPage }) => has('root') && isPage),
  // It keeps each session below the threshold. A fleet with a machine in each region has as many addresses.
  always(3, 'a session per region from one place', ({ isBad, evidence: { distinct, sessions } }) => {
    return isBad('session-per-region') && 2 * distinct.ips < sessions.count;
  }),
  // The credential that leaks most. Its owner may run an inventory with it, so it decides nothing alone.
  always(2, 'long-lived key', ({ has }) => has('long-lived-key')),
  // CloudShell, or credentials taken out of a console session. That it was CloudShell is only in the user agent, so both
  // weigh the same.
  always(2, 'console credentials in a shell or program', ({ has }) => has('console-shell', 'console-program')),
  // AWS writes both addresses. Brokers of credentials do it by design; IAM Identity Center is one and does not count.
  unusual(2, 'used elsewhere than issued', ({ has, evidence, isCenter }) => {
    return has('session-moved') && evidence.fromConsole === 0 && !isCenter;
  }),
  // A stolen session of a browser comes from elsewhere; so does a laptop that went from office to home.
  unusual(1, 'used elsewhere than signed in', ({ has, evidence }) => {
    return has('session-moved') && evidence.fromConsole > 0;
  }),
  // What an intruder does next. Some administrators do it too.
  always(2, 'sensitive calls: secrets, access or logging', ({ evidence }) => isBeyondDeployment(evidence)),
  // Deployments start instances and change roles all day; so do miners.
  always(1, 'sensitive calls as deployments make them', ({ has, evidence }) => {
    return has('sensitive-calls') && !isBeyondDeployment(evidence);
  }),
  // A workload rarely leaves its region, and whoever gets into it has its credentials. Scanners run there too.
  unusual(1, "a workload's credentials", ({ has }) => has('instance-role', 'instance-name', 'function-role')),
  // An instance that answers plain requests for its credentials gives them to whoever can make it send one (SSRF).
  unusual(1, 'credentials from IMDSv1', ({ evidence }) => valuesOf(evidence.roleDeliveries).includes('1.0')),
  // GetFederationToken turns a stolen key into a session that outlives it. Sign-in portals of companies do the same.
  always(2, 'a session made of a long-lived key', ({ evidence }) => {
    return valuesOf(evidence.identityTypes).includes('FederatedUser');
  }),
  // The first call of intruders. Many tools ask too, but which tool it is only the user agent says, so it counts for all.
  unusual(1, 'asked whose credentials it has', ({ has }) => has('who-am-i')),
  // The caller does not know where it may call. What an organization closes to everybody does not count.
  unusual(1, 'denied calls', ({ isBad }) => isBad('partly-denied', 'denied-then-allowed')),
  // AWS writes both addresses, and hardly any instance has two ways out: somebody else has its key.
  always(2, "an instance's key at two places", ({ has }) => has('key-elsewhere') && has('instance-role')),
  // Two holders of one key; also programs on several machines, or a network with several ways out.
  unusual(1, 'its key at another place too', ({ has }) => has('key-elsewhere') && !has('instance-role')),
  // Proxies, or two holders of one credential; also machines that share an identity.
  unusual(1, 'several addresses', ({ has }) => has('several-addresses')),
  // How intruders move on. Programs across accounts do it by design.
  unusual(1, 'took another role', ({ has }) => has('assumed-role')),
  // Few people need it, for rare tasks, none of which begins with a list of instances.
  always(2, 'opened a root session', ({ evidence: { signIns } }) => {
    return signIns.some(({ name, failed, isOwn }) => name === 'AssumeRoot' && isOwn && !failed);
  }),
  // A password was enough. IAM Identity Center always writes false, so it does not count there.
  unusual(1, 'no MFA', ({ has, isCenter }) => has('without-mfa') && !isCenter),
  // A stolen credential is used from another place or with another program. People at a console move about.
  always(1, 'not as before', ({ has, isAttested }) => has('changed') && !isAttested),
  // In two weeks or more this identity never did it. What is scheduled comes sooner; everything was new once.
  always(1, 'first time', ({ has, sweep: { recurrence }, isAttested }) => {
    return has('first-alert') && (recurrence?.days ?? 0) >= 14 && !isAttested;
  }),
];

/** What makes it likely benign where nothing is left that speaks against it. All of it is written by AWS. */
function benignBy({ sweep, has, isPage, isCenter }: Case): string | undefined {
  // Pages of the console list every region. Whoever stole a password or a key and made a console session of it has no MFA;
  // whoever stole the session comes from elsewhere than it was opened, and whoever lured the password and a code out of
  // somebody from a new address.
  if (!has('changed') && isPage && (isWithMfa(sweep) || isCenter) && isWhereSignedIn(sweep)) {
    return 'console page, by somebody who signed in with MFA or IAM Identity Center';
  }
  // Only AWS calls by the name of a service. Others, such as CloudFormation or Cloud Control, call whatever they are asked
  // to, with the credentials of who asks.
  if (isByService(sweep)) return 'an AWS service made every call';
  // Only the service can use its service-linked role.
  return isIssuedBy(sweep, SERVICE_ROLES) ? "a service's own role" : undefined;
}

/** The verdict, and what decided it, in a few words each. */
export function verdictOf(sweep: Sweep, findings: readonly Finding[]): Pick<Assessment, 'verdict' | 'reasons'> {
  const { calls, gaps } = sweep.evidence;
  if (calls === 0) return { verdict: 'unclear', reasons: ['evidence not readable'] };
  const of = caseOf(sweep, findings);
  const isUsual = of.has('usual');
  const applying = AGAINST.filter(({ applies, isHabit }) => applies(of) && !(isHabit && isUsual));
  const against = applying.sort((a, b) => b.points - a.points);
  const benign = benignBy(of);
  // From calls that could not be read nothing is concluded.
  if (benign !== undefined && against.length === 0 && gaps.length === 0) {
    return { verdict: 'likely-benign', reasons: [benign] };
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
function lackOf({ sweep, has, isPage, isCenter }: Case): string {
  if (sweep.evidence.gaps.length > 0) return ', but not all records could be read';
  if (!isPage) return ', which alone decides nothing';
  if (has('changed')) return ', but not as before';
  if (!isWithMfa(sweep) && !isCenter) return ', but its session shows no MFA';
  return ', but no sign-in was seen where the calls came from';
}

/**
 * Whether every call came from where the identity signed in, or as ever; AWS's own hosts, where they called, are no
 * address. Of which sign-in the session is matters not: the console renews credentials, and then their time fits none.
 */
function isWhereSignedIn(sweep: Sweep): boolean {
  const { evidence, recurrence } = sweep;
  const { sourceAddresses, signIns, distinct, calls } = evidence;
  const own = ownNames(sweep);
  const isPlace = ({ began, name, failed, by }: SignIn) => began || (name === 'ConsoleLogin' && !failed && own.has(by));
  const places = new Set(signIns.filter(isPlace).map(({ address }) => address));
  const known = callsWith(sourceAddresses, (address) => !isIp(address) || places.has(address));
  return recurrence?.isUsual === true || (known === calls && sourceAddresses.length === distinct.sourceAddresses);
}

const SERVICE_ROLES = ':role/aws-service-role/';

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

function isBeyondDeployment({ otherCalls }: Evidence): boolean {
  return otherCalls.some(({ kind, service, name }) => kind === 'sensitive' && !isDeployment(service, name));
}
