/** What the records say of who called, with what, and from where. */

import { firstCallOf } from '../../detection/detections';
import { isIp } from '../../detection/ip';
import { formatInstant, parseInstant } from '../../util/values';
import { foreignAccountOf, keyKindOf, principalOf, sessionNameOf } from '../identity';
import type { Check, Sweep } from '../model';
import { amount, join, text, trusted, untrusted } from '../text';
import { claimedTools } from './known-tools';

const MAX_NAMED = 3;

const FRESH_SECONDS = 900;

export const IDENTITY_CHECKS: readonly Check[] = [
  {
    id: 'root',
    verdict: 'suspicious',
    why: 'Listing instances never needs root, and no IAM policy of the account restricts it.',
    field: 'userIdentity.type',
    find: ({ evidence, actor }) =>
      (evidence.identityTypes.some(({ value }) => value === 'Root') || actor.endsWith(':root')) &&
      text`The account’s root user made the calls.`,
  },
  {
    id: 'console-page',
    verdict: 'likely-benign',
    headline: 'console page',
    why: 'AWS writes this field; the caller cannot. Confirm with the user that they were in the console.',
    field: 'sessionCredentialFromConsole',
    find: ({ evidence: { fromConsole, calls } }) => {
      const all = amount(calls, 'call');
      const who = fromConsole === calls ? text`All ${all}` : text`${fromConsole} of ${all}`;
      return (
        fromConsole > 0 && {
          ...(fromConsole === calls ? {} : { verdict: 'context', headline: 'partly a console page' }),
          text: text`${who} used console-session credentials: most likely a console page that loads every region.`,
        }
      );
    },
  },
  {
    id: 'console-agent',
    verdict: 'context',
    why: 'The caller chooses the user agent; AWS writes sessionCredentialFromConsole. Older records lack that field.',
    field: 'userAgent',
    find: ({ evidence: { fromConsole, userAgents } }) =>
      fromConsole === 0 &&
      claimedTools(userAgents).some(({ kind }) => kind === 'console') &&
      text`The user agent is that of the AWS console or an AWS service, but no record says that a console session made the calls.`,
  },
  {
    id: 'invoked-by',
    verdict: 'likely-benign',
    headline: 'via an AWS service',
    why: 'Find out who asked the service to make them.',
    field: 'userIdentity.invokedBy',
    find: ({ evidence: { invokedBy } }) =>
      invokedBy[0] && text`The service ${invokedBy[0].value} made calls on the identity’s behalf.`,
  },
  {
    id: 'tool',
    verdict: 'context',
    why: 'A caller can choose any user agent. Compare it with what this identity uses on other days.',
    field: 'userAgent',
    find: ({ evidence }) => {
      const tools = claimedTools(evidence.userAgents).filter(({ kind }) => kind !== 'console');
      if (tools.length === 0) return undefined;
      const names = tools.slice(0, MAX_NAMED).map(({ name }) => name);
      return {
        ...warningOf(new Set(tools.map(({ kind }) => kind))),
        // Next to a console page the browser is no news.
        headline: evidence.fromConsole > 0 ? undefined : names.join(' and '),
        text: [`${tools.length === 1 ? 'User agent claims' : 'User agents claim'} ${names.join(', ')}.`],
      };
    },
  },
  {
    id: 'long-lived-key',
    verdict: 'suspicious',
    headline: 'long-lived key',
    why: 'Long-lived keys are the ones that leak, into repositories, images and logs, and work from anywhere until disabled.',
    field: 'userIdentity.accessKeyId',
    find: ({ evidence }) => {
      const keys = evidence.accessKeyIds.map(({ value }) => value).filter((value) => keyKindOf(value) === 'long-lived');
      const which = trusted(keys.length === 1 ? 'A long-lived access key' : 'Long-lived access keys');
      const named = untrusted(keys.slice(0, MAX_NAMED).join(', '));
      return keys.length > 0 && text`${which} signed the calls: ${named}.`;
    },
  },
  {
    id: 'instance-role',
    verdict: 'context',
    why: 'Anything that runs on an instance can read them from its metadata service. If the source address is not the instance’s own, they were stolen from the instance.',
    field: 'userIdentity.arn',
    find: ({ evidence }) => {
      const names = evidence.arns.flatMap(({ value }) => sessionNameOf(value) ?? []);
      const instance = names.find((name) => /^i-[0-9a-f]{8,17}$/.test(name));
      return instance !== undefined && text`The credentials are those of EC2 instance ${instance}.`;
    },
  },
  {
    id: 'other-account',
    verdict: 'context',
    why: 'An identity of another account was given access. Ask whoever set up that trust what it is for.',
    field: 'userIdentity.accountId, recipientAccountId',
    find: (sweep) => {
      const trail = foreignAccountOf(sweep);
      const own = sweep.account ?? 'unknown';
      return trail !== undefined && text`The identity belongs to account ${own}, the trail to account ${trail}.`;
    },
  },
  {
    id: 'several-addresses',
    verdict: 'context',
    why: 'One program normally has one outbound address. Several within seconds are proxies, several machines that share an identity, or a browser next to the console.',
    field: 'sourceIPAddress',
    find: ({ evidence: { distinct, sourceAddresses } }) => {
      // Services and the console show names in place of an address.
      const ips = sourceAddresses.map(({ value }) => value).filter(isIp);
      const named = ips.slice(0, MAX_NAMED).map((ip) => untrusted(ip, 60));
      if (distinct.ips > named.length) named.push(['…']);
      return distinct.ips > 1 && text`The calls came from ${distinct.ips} addresses: ${join(named, ', ')}.`;
    },
  },
  {
    id: 'without-mfa',
    verdict: 'context',
    why: 'A password or a key alone was enough. Sign-ins through an identity provider are logged the same way.',
    field: 'userIdentity.sessionContext.attributes.mfaAuthenticated',
    find: (sweep) => mfaOf(sweep) === 'without' && text`The session was opened without MFA.`,
  },
  {
    id: 'with-mfa',
    verdict: 'likely-benign',
    why: 'Whoever opened it had the second factor.',
    field: 'userIdentity.sessionContext.attributes.mfaAuthenticated',
    find: (sweep) => mfaOf(sweep) === 'with' && text`The session was opened with MFA.`,
  },
  {
    // Not for the console's credentials, which it renews while a session goes on, nor where the sign-in or AssumeRole
    // itself was found, which says more.
    id: 'fresh-session',
    verdict: 'context',
    why: 'Scheduled jobs open a session and start at once; so does someone who has just got in.',
    field: 'userIdentity.sessionContext.attributes.creationDate',
    find: ({ evidence, regions }) => {
      const { sessionsCreated, fromConsole, signIns, otherCalls, distinct, sessions } = evidence;
      const first = firstCallOf(regions);
      const created = sessionsCreated.flatMap(({ value }) => parseInstant(value) ?? []).sort((a, b) => a - b);
      const isFresh = (second: number) => second <= first && second > first - FRESH_SECONDS;
      if (created.length === 0 || !created.every(isFresh)) return undefined;
      if (fromConsole > 0 || signIns.some(({ began }) => began)) return undefined;
      const [earliest, latest] = [formatInstant(created[0]!), formatInstant(created.at(-1)!)];
      const which = sessions.count < 2 && distinct.sessionsCreated < 2 ? 'session was' : 'sessions were';
      const when = earliest === latest ? `at ${earliest}` : `between ${earliest} and ${latest}`;
      const before = otherCalls.some((call) => call.first < first) ? '' : '; no earlier activity was seen';
      return [`The ${which} opened ${when}, shortly before the calls${before}.`];
    },
  },
];

function warningOf(kinds: ReadonlySet<string>): Partial<Check> {
  if (kinds.has('attack')) {
    return { verdict: 'suspicious', why: 'Offensive tooling. Check whether a penetration test is running.' };
  }
  return kinds.has('audit')
    ? {
        why: 'Audit tools call every region; attackers use them too. Check whether yours runs with this identity and from this address. A caller can choose any user agent.',
      }
    : {};
}

/** Whether a person's session was opened with MFA, if the records say so. */
function mfaOf(sweep: Sweep): 'with' | 'without' | undefined {
  const { mfa, fromConsole } = sweep.evidence;
  const isPerson = principalOf(sweep).kind === 'user' || fromConsole > 0;
  if (!isPerson || mfa.length === 0) return undefined;
  return mfa.some(({ value }) => value === 'false') ? 'without' : 'with';
}
