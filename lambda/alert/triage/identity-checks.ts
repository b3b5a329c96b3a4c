/** What the records say of who called, with what, and from where. */

import { firstCallOf } from '../../detection/detections';
import { isIp } from '../../detection/ip';
import { formatInstant, parseInstant } from '../../util/values';
import { foreignAccountOf, keyKindOf, principalOf, sessionNameOf } from '../identity';
import type { Check } from '../model';
import { amount, join, text, trusted, untrusted } from '../text';
import { claimedTools } from './known-tools';

const MAX_NAMED = 3;

const FRESH_SECONDS = 900;

const root: Check = ({ evidence, actor }) => {
  if (!evidence.identityTypes.some(({ value }) => value === 'Root') && !/:root$/.test(actor)) return undefined;
  return {
    id: 'root',
    verdict: 'suspicious',
    text: text`The account’s root user made the calls.`,
    why: 'Listing instances never needs root, and no IAM policy of the account restricts it.',
    field: 'userIdentity.type',
  };
};

const consolePage: Check = ({ evidence: { fromConsole, calls } }) => {
  if (fromConsole === 0) return undefined;
  const isAll = fromConsole === calls;
  return {
    id: 'console-page',
    verdict: isAll ? 'likely-benign' : 'context',
    headline: isAll ? 'console page' : 'partly a console page',
    text: isAll
      ? text`All ${amount(calls, 'call')} used console-session credentials: most likely a console page that loads every region.`
      : text`${fromConsole} of ${amount(calls, 'call')} used console-session credentials: most likely a console page that loads every region.`,
    why: 'AWS writes this field; the caller cannot. Confirm with the user that they were in the console.',
    field: 'sessionCredentialFromConsole',
  };
};

const consoleAgent: Check = ({ evidence: { fromConsole, userAgents } }) => {
  if (fromConsole > 0 || !claimedTools(userAgents).some(({ kind }) => kind === 'console')) return undefined;
  return {
    id: 'console-agent',
    verdict: 'context',
    text: text`The user agent is that of the AWS console or an AWS service, but no record says that a console session made the calls.`,
    why: 'The caller chooses the user agent; AWS writes sessionCredentialFromConsole. Older records lack that field.',
    field: 'userAgent',
  };
};

const onBehalf: Check = ({ evidence }) => {
  const service = evidence.invokedBy[0]?.value;
  if (service === undefined) return undefined;
  return {
    id: 'invoked-by',
    verdict: 'likely-benign',
    headline: 'via an AWS service',
    text: text`The service ${service} made calls on the identity’s behalf.`,
    why: 'Find out who asked the service to make them.',
    field: 'userIdentity.invokedBy',
  };
};

const tool: Check = ({ evidence }) => {
  const tools = claimedTools(evidence.userAgents).filter(({ kind }) => kind !== 'console');
  if (tools.length === 0) return undefined;
  const names = tools.slice(0, MAX_NAMED).map(({ name }) => name);
  const isAttack = tools.some(({ kind }) => kind === 'attack');
  const isAudit = tools.some(({ kind }) => kind === 'audit');
  return {
    id: 'tool',
    verdict: isAttack ? 'suspicious' : 'context',
    // Next to a console page the browser is no news.
    headline: evidence.fromConsole > 0 ? undefined : names.join(' and '),
    text: text`${trusted(tools.length === 1 ? 'User agent claims' : 'User agents claim')} ${trusted(names.join(', '))}.`,
    why: isAttack
      ? 'Offensive tooling. Check whether a penetration test is running.'
      : isAudit
        ? 'Audit tools call every region; attackers use them too. Check whether yours runs with this identity and from this address. A caller can choose any user agent.'
        : 'A caller can choose any user agent. Compare it with what this identity uses on other days.',
    field: 'userAgent',
  };
};

const longLivedKey: Check = ({ evidence }) => {
  const keys = evidence.accessKeyIds.map(({ value }) => value).filter((value) => keyKindOf(value) === 'long-lived');
  if (keys.length === 0) return undefined;
  const named = trusted(keys.length === 1 ? 'A long-lived access key' : 'Long-lived access keys');
  return {
    id: 'long-lived-key',
    verdict: 'suspicious',
    headline: 'long-lived key',
    text: text`${named} signed the calls: ${untrusted(keys.slice(0, MAX_NAMED).join(', '))}.`,
    why: 'Long-lived keys are the ones that leak, into repositories, images and logs, and work from anywhere until disabled.',
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
    text: text`The credentials are those of EC2 instance ${instance}.`,
    why: 'Anything that runs on an instance can read them from its metadata service. If the source address is not the instance’s own, they were stolen from the instance.',
    field: 'userIdentity.arn',
  };
};

const otherAccount: Check = (sweep) => {
  const trail = foreignAccountOf(sweep);
  if (trail === undefined) return undefined;
  return {
    id: 'other-account',
    verdict: 'context',
    text: text`The identity belongs to account ${sweep.account ?? 'unknown'}, the trail to account ${trail}.`,
    why: 'An identity of another account was given access. Ask whoever set up that trust what it is for.',
    field: 'userIdentity.accountId, recipientAccountId',
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
    text: text`The calls came from ${count} addresses: ${join(named, ', ')}${trusted(count > named.length ? ', …' : '')}.`,
    why: 'One program normally has one outbound address. Several within seconds are proxies, several machines that share an identity, or a browser next to the console.',
    field: 'sourceIPAddress',
  };
};

const mfa: Check = (sweep) => {
  const { mfa: values, fromConsole } = sweep.evidence;
  const isPerson = principalOf(sweep).kind === 'user' || fromConsole > 0;
  if (!isPerson || values.length === 0) return undefined;
  if (values.some(({ value }) => value === 'false')) {
    return {
      id: 'without-mfa',
      verdict: 'context',
      text: text`The session was opened without MFA.`,
      why: 'A password or a key alone was enough. Sign-ins through an identity provider are logged the same way.',
      field: 'userIdentity.sessionContext.attributes.mfaAuthenticated',
    };
  }
  return {
    id: 'with-mfa',
    verdict: 'likely-benign',
    text: text`The session was opened with MFA.`,
    why: 'Whoever opened it had the second factor.',
    field: 'userIdentity.sessionContext.attributes.mfaAuthenticated',
  };
};

/**
 * Not for the console's credentials, which it renews while a session goes on, nor where the sign-in or AssumeRole itself
 * was found, which says more.
 */
const freshSession: Check = ({ evidence, regions }) => {
  const { sessionsCreated, fromConsole, signIns, otherCalls, distinct } = evidence;
  const first = firstCallOf(regions);
  const created = sessionsCreated.flatMap(({ value }) => parseInstant(value) ?? []).sort((a, b) => a - b);
  const isFresh = (second: number) => second <= first && second > first - FRESH_SECONDS;
  if (created.length === 0 || !created.every(isFresh)) return undefined;
  if (fromConsole > 0 || signIns.some(({ began }) => began)) return undefined;
  const [earliest, latest] = [formatInstant(created[0]!), formatInstant(created.at(-1)!)];
  const when = earliest === latest ? `at ${earliest}` : `between ${earliest} and ${latest}`;
  const isOne = evidence.sessions.count < 2 && distinct.sessionsCreated < 2;
  const isFirst = !otherCalls.some((call) => call.first < first);
  return {
    id: 'fresh-session',
    verdict: 'context',
    text: text`The ${trusted(isOne ? 'session was' : 'sessions were')} opened ${trusted(when)}, shortly before the calls.`,
    why: isFirst
      ? 'No earlier activity was seen. Scheduled jobs start like this, and so does someone who has just got in.'
      : 'Scheduled jobs open a session and start; so does someone who has just got in.',
    field: 'userIdentity.sessionContext.attributes.creationDate',
  };
};

export const IDENTITY_CHECKS: readonly Check[] = [
  root,
  consolePage,
  consoleAgent,
  onBehalf,
  tool,
  longLivedKey,
  instanceRole,
  otherAccount,
  addresses,
  mfa,
  freshSession,
];
