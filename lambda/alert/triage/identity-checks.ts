/** What is told by who called, with what, and from where. */

import { firstCallOf } from '../../detection/detections';
import { isIp } from '../../detection/ip';
import { formatInstant, parseInstant, plural } from '../../util/values';
import { foreignAccountOf, keyIdOf, principalOf, sessionNameOf } from '../identity';
import type { Check } from '../model';
import { join, text, trusted, untrusted } from '../text';

const MAX_NAMED = 3;

const FRESH_SECONDS = 900;

const consolePage: Check = ({ evidence }) => {
  const { fromConsole, calls, userAgents } = evidence;
  const agents = toolsOf(userAgents);
  const looksLikeIt = agents.some(({ kind }) => kind === 'console');
  if (fromConsole === 0 && !looksLikeIt) return undefined;
  if (fromConsole === 0) {
    return {
      id: 'console-agent',
      verdict: 'context',
      text: text`The user agent is that of AWS's own console or services, but no record says that a console session made the calls.`,
      why: 'A user agent is the caller’s word; sessionCredentialFromConsole would be AWS’s. Older records lack the field.',
      field: 'userAgent',
    };
  }
  const all = fromConsole === calls;
  return {
    id: 'console-page',
    verdict: all ? 'likely-benign' : 'context',
    headline: all ? 'a console page' : 'in part a console page',
    text: text`${trusted(all ? 'A console page did it' : 'A console page did some of it')}: ${fromConsole} of ${trusted(plural(calls, 'call'))} came with the credentials of a console session.`,
    why: 'Some pages of the console ask every region by themselves as soon as they are opened. AWS writes this field, the caller cannot. What is left to ask is whether the person in the console is who they should be.',
    field: 'sessionCredentialFromConsole',
  };
};

const tool: Check = ({ evidence }) => {
  const tools = toolsOf(evidence.userAgents).filter(({ kind }) => kind !== 'console');
  if (tools.length === 0) return undefined;
  const names = tools.slice(0, MAX_NAMED).map(({ name }) => name);
  const isAttack = tools.some(({ kind }) => kind === 'attack');
  const isAudit = tools.some(({ kind }) => kind === 'audit');
  return {
    id: 'tool',
    verdict: isAttack ? 'suspicious' : 'context',
    // Beside a console page the browser is no news.
    headline: evidence.fromConsole > 0 ? undefined : names.join(' and '),
    text: text`${trusted(names.join(', '))}, as the user agent claims.`,
    why: isAttack
      ? 'It belongs to the trade of attackers and of those who test defences: ask whether a test is under way.'
      : isAudit
        ? 'Audit tools go through every region. Attackers use them too, so ask whether yours runs with this identity and from this address. Anybody can claim any user agent.'
        : 'Anybody can claim any user agent; compare it with what this identity uses on other days.',
    field: 'userAgent',
  };
};

const root: Check = ({ evidence, actor }) => {
  if (!evidence.identityTypes.some(({ value }) => value === 'Root') && !/:root$/.test(actor)) return undefined;
  return {
    id: 'root',
    verdict: 'suspicious',
    text: text`The root user of the account did it.`,
    why: 'Nobody needs root to list instances, and no policy of the account restrains it.',
    field: 'userIdentity.type',
  };
};

const longLivedKey: Check = ({ evidence }) => {
  const keys = evidence.accessKeyIds.flatMap(({ value }) => keyIdOf(value) ?? []).filter((id) => id.startsWith('AKIA'));
  if (keys.length === 0) return undefined;
  return {
    id: 'long-lived-key',
    verdict: 'suspicious',
    headline: 'long-lived key',
    text: text`A long-lived access key signed the calls: ${untrusted(keys.slice(0, MAX_NAMED).join(', '))}.`,
    why: 'Keys that never expire are what leaks into repositories, images and logs, and they work from anywhere.',
    field: 'userIdentity.accessKeyId',
  };
};

const instanceRole: Check = ({ evidence }) => {
  const names = evidence.arns.flatMap(({ value }) => sessionNameOf(value) ?? []);
  const instance = names.find((name) => /^i-[0-9a-f]{8,17}$/.test(name));
  if (instance === undefined) return undefined;
  return {
    id: 'instance-role',
    verdict: 'context',
    text: text`The credentials are those of the EC2 instance ${instance}.`,
    why: 'They are read from its metadata service by whatever runs on it. If the address below is not the instance’s own, they were carried away.',
    field: 'userIdentity.arn',
  };
};

const otherAccount: Check = (alert) => {
  const trail = foreignAccountOf(alert);
  if (trail === undefined) return undefined;
  return {
    id: 'other-account',
    verdict: 'context',
    text: text`The identity belongs to account ${alert.account ?? 'unknown'}, the trail to account ${trail}.`,
    why: 'Somebody in another account was let in. Whoever trusts that account can say what it is for.',
    field: 'userIdentity.accountId, recipientAccountId',
  };
};

/**
 * Not with the console's credentials, which it makes anew while a session goes on, nor where the beginning itself was
 * found, which says more.
 */
const freshSession: Check = ({ evidence, regions }) => {
  const { sessionsCreated, fromConsole, signIns, otherCalls, distinct } = evidence;
  const first = firstCallOf(regions);
  const created = sessionsCreated.flatMap(({ value }) => parseInstant(value) ?? []).sort((a, b) => a - b);
  const isFresh = (second: number) => second <= first && second > first - FRESH_SECONDS;
  if (created.length === 0 || !created.every(isFresh)) return undefined;
  if (fromConsole > 0 || signIns.some(({ began }) => began)) return undefined;
  const [earliest, latest] = [created[0]!, created.at(-1)!].map((second) => formatInstant(second));
  const when = earliest === latest ? `at ${earliest}` : `between ${earliest} and ${latest}`;
  const isOne = evidence.sessions.count < 2 && distinct.sessionsCreated < 2;
  const isFirst = !otherCalls.some((call) => call.first < first);
  return {
    id: 'fresh-session',
    verdict: 'context',
    text: text`The ${trusted(isOne ? 'session was' : 'sessions were')} opened ${trusted(when)}, shortly before.`,
    why: isFirst
      ? 'Looking around is the first thing that was seen of it: so begin scheduled jobs, and somebody who has just got in.'
      : 'Scheduled jobs open a session and begin; so does somebody who has just got in.',
    field: 'userIdentity.sessionContext.attributes.creationDate',
  };
};

const withoutMfa: Check = (alert) => {
  const { mfa } = alert.evidence;
  const isPerson = principalOf(alert).kind === 'user' || alert.evidence.fromConsole > 0;
  if (!isPerson || mfa.length === 0) return undefined;
  const without = mfa.some(({ value }) => value === 'false');
  return {
    id: without ? 'without-mfa' : 'with-mfa',
    verdict: without ? 'context' : 'likely-benign',
    text: without ? text`The session was opened without MFA.` : text`The session was opened with MFA.`,
    why: without
      ? 'A password or a key alone was enough. Sign-ins through an identity provider show so too.'
      : 'Whoever opened it held a second factor.',
    field: 'userIdentity.sessionContext.attributes.mfaAuthenticated',
  };
};

const addresses: Check = ({ evidence }) => {
  const count = evidence.distinct.ips;
  if (count < 2) return undefined;
  // Services and the console show names in place of an address.
  const ips = evidence.sourceAddresses.filter(({ value }) => isIp(value));
  const named = ips.slice(0, MAX_NAMED).map(({ value }) => untrusted(value, 60));
  return {
    id: 'several-addresses',
    verdict: 'context',
    text: text`It came from ${count} addresses: ${join(named, ', ')}${trusted(count > named.length ? ', …' : '')}.`,
    why: 'One program has one way out. Several within seconds are a pool of proxies, several machines with one identity, or a browser beside the console.',
    field: 'sourceIPAddress',
  };
};

const onBehalf: Check = ({ evidence }) => {
  const service = evidence.invokedBy[0]?.value;
  if (service === undefined) return undefined;
  return {
    id: 'invoked-by',
    verdict: 'likely-benign',
    headline: 'an AWS service for it',
    text: text`The service ${service} called for this identity.`,
    why: 'The calls are the service’s doing; ask who told it to.',
    field: 'userIdentity.invokedBy',
  };
};

export const IDENTITY_CHECKS: readonly Check[] = [
  root,
  consolePage,
  onBehalf,
  tool,
  longLivedKey,
  instanceRole,
  otherAccount,
  addresses,
  withoutMfa,
  freshSession,
];

/** What user agents claim to be. The first that matches names it: tools announce the library below them too. */
interface Tool {
  readonly name: string;
  readonly form: RegExp;
  readonly kind: 'attack' | 'audit' | 'infrastructure' | 'browser' | 'console' | 'library';
}

const TOOLS: readonly Tool[] = [
  { name: 'Pacu', form: /\bpacu\b/i, kind: 'attack' },
  { name: 'CloudFox', form: /cloudfox/i, kind: 'attack' },
  { name: 'Stratus Red Team', form: /stratus-red-team/i, kind: 'attack' },
  { name: 'TruffleHog', form: /trufflehog/i, kind: 'attack' },
  { name: 'Kali Linux', form: /\bkali\b|-kali\d/i, kind: 'attack' },
  { name: 'Parrot OS', form: /parrot/i, kind: 'attack' },
  { name: 'Scout Suite', form: /scout ?suite/i, kind: 'audit' },
  // The id its authors registered with AWS stands in its user agent, its name does not.
  { name: 'Prowler', form: /prowler|APN_1826889/i, kind: 'audit' },
  { name: 'Steampipe', form: /steampipe/i, kind: 'audit' },
  { name: 'CloudMapper', form: /cloudmapper/i, kind: 'audit' },
  { name: 'CloudQuery', form: /cloudquery/i, kind: 'audit' },
  { name: 'Cloud Custodian', form: /custodian/i, kind: 'audit' },
  { name: 'Cartography', form: /cartography/i, kind: 'audit' },
  { name: 'Terraform', form: /terraform/i, kind: 'infrastructure' },
  { name: 'OpenTofu', form: /opentofu/i, kind: 'infrastructure' },
  { name: 'Pulumi', form: /pulumi/i, kind: 'infrastructure' },
  { name: 'Ansible', form: /ansible/i, kind: 'infrastructure' },
  { name: 'CloudFormation', form: /cloudformation/i, kind: 'infrastructure' },
  {
    name: 'AWS itself',
    form: /^AWS Internal$|console\.amazonaws\.com|signin\.amazonaws\.com/i,
    kind: 'console',
  },
  { name: 'AWS Tools for PowerShell', form: /powershell/i, kind: 'library' },
  { name: 'AWS CLI', form: /aws-cli/i, kind: 'library' },
  { name: 'Boto3', form: /boto3/i, kind: 'library' },
  { name: 'Botocore', form: /botocore/i, kind: 'library' },
  { name: 'AWS SDK for Go', form: /aws-sdk-go/i, kind: 'library' },
  { name: 'AWS SDK for Java', form: /aws-sdk-java/i, kind: 'library' },
  { name: 'AWS SDK for JavaScript', form: /aws-sdk-(?:js|nodejs)/i, kind: 'library' },
  { name: 'AWS SDK for .NET', form: /aws-sdk-(?:net|dotnet)/i, kind: 'library' },
  { name: 'AWS SDK for Rust', form: /aws-sdk-rust/i, kind: 'library' },
  { name: 'AWS SDK for Ruby', form: /aws-sdk-ruby/i, kind: 'library' },
  { name: 'AWS SDK for PHP', form: /aws-sdk-php/i, kind: 'library' },
  { name: 'A browser', form: /^Mozilla\//, kind: 'browser' },
  { name: 'curl', form: /^curl\//i, kind: 'library' },
];

/** Beyond that a user agent says nothing more of what it is. */
const LONGEST_AGENT = 2000;

export function toolOf(userAgent: string): Tool | undefined {
  const start = userAgent.slice(0, LONGEST_AGENT);
  return TOOLS.find(({ form }) => form.test(start));
}

/** The tools that user agents claim, each once, in the order of the user agents. */
export function toolsOf(userAgents: readonly { readonly value: string }[]): Tool[] {
  return [...new Set(userAgents.flatMap(({ value }) => toolOf(value) ?? []))];
}
