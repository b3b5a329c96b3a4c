/** What the records around the calls say. */

import { firstCallOf } from '../../detection/detections';
import { isOfOneProtocol, isPublic } from '../../detection/ip';
import { CALL } from '../../detection/rule';
import { maxOf, minOf, parseInstant, plural, present } from '../../util/values';
import { isOwnSnapshot } from '../evidence/actions';
import { toolNamed } from '../evidence/known-tools';
import { type OtherCall, valuesOf } from '../evidence/model';
import { isIdentityCenter, serviceOfRole } from '../identity';
import { aroundText, type Checks, type Sweep, sourceText } from '../model';
import { amount, commaList, instant, join, type Text, text, trusted, untrusted } from '../text';
import { addressText, callsWith, duration, inMiddle, ownNames, share, whenOf } from './quantify';

const MAX_NAMED = 4;

/** With these somebody types the question, or a script of theirs asks; other SDKs are those of programs that always do. */
const TYPED: ReadonlySet<string> = new Set([
  ...['AWS CLI', 'AWS Tools for PowerShell', 'Boto3', 'Botocore', 'curl', 'Postman', 'a program'],
]);

export const CONTEXT_CHECKS: Checks = {
  'sensitive-calls': {
    verdict: 'suspicious',
    why: 'These calls read secrets or data, grant access, start or destroy something, or disable logging.',
    field: 'eventSource, eventName, requestParameters',
    find: (sweep) => {
      const { otherCalls, distinct } = sweep.evidence;
      const calls = otherCalls.filter(({ kind }) => kind === 'sensitive');
      const isInVain = calls.every(({ failed, calls: made }) => failed === made);
      const first = calls[0]?.name ?? '';
      if (calls.length === 0) return undefined;
      return {
        headline: /^\w{1,25}$/.test(first) ? `also ${first}` : undefined,
        text: text`Sensitive calls within ${trusted(aroundText(sweep))}: ${named(sweep, calls, distinct.otherCalls.sensitive)}${trusted(isInVain ? '; none of those listed succeeded' : '')}.`,
      };
    },
  },
  'own-snapshots': {
    verdict: 'context',
    why: 'Backup tools do this every night; so does someone who copies a disk before sharing it, or deletes backups. Sharing and exporting are listed as sensitive calls.',
    field: 'eventSource, eventName',
    find: (sweep) => {
      const calls = sweep.evidence.otherCalls.filter(({ service, name }) => isOwnSnapshot(service, name));
      if (calls.length === 0) return undefined;
      return text`Snapshots or images of its own account created, copied or deleted, as backup tools do: ${named(sweep, calls)}.`;
    },
  },
  'session-per-region': {
    verdict: 'suspicious',
    headline: 'a session per region',
    why: 'Counted by ARN, these would be separate actors below the threshold. Some tools open a session per region; so does someone who wants to stay undetected.',
    field: 'userIdentity.arn',
    find: ({ evidence: { sessions, issuers, calls } }) => {
      const { count, inOneRegion } = sessions;
      const isService = callsWith(issuers, (role) => serviceOfRole(role) !== undefined) === calls;
      if (count < 3 || inOneRegion < count / 2) return undefined;
      const apart = `; ${inOneRegion} of them called a single region each`;
      const how = trusted(inOneRegion === count ? ', each in a single region' : apart);
      return {
        ...(isService ? { verdict: 'context' as const, headline: undefined } : {}),
        text: text`The calls used ${count} sessions${how}.`,
      };
    },
  },
  'who-am-i': {
    verdict: 'suspicious',
    why: 'The owner of a key knows whose it is. Many tools ask at startup, too.',
    field: 'eventName, userIdentity.accessKeyId, sourceIPAddress, userAgent',
    find: ({ evidence, regions, actor }) => {
      const first = firstCallOf(regions);
      const asked = evidence.signIns.findLast(
        ({ name, second, isOwn }) => name === 'GetCallerIdentity' && isOwn && second <= first,
      );
      if (asked === undefined) return undefined;
      const when = `GetCallerIdentity ${duration(first - asked.second)} before the first call, with the same key and from the same place`;
      const { name, asksWho, kind } = toolNamed(asked.claim ?? '');
      const usual = asksWho
        ? `; ${name}, as its user agent claims, always asks`
        : name === 'AWS CLI' && isIdentityCenter(actor)
          ? '; people of IAM Identity Center check so whether their session is still open'
          : kind === 'sdk' && !TYPED.has(name)
            ? `; programs with ${name}, as its user agent claims, check their credentials so`
            : '';
      return {
        ...(usual === '' ? {} : { verdict: 'context' as const, why: 'It says little if the user agent is true.' }),
        text: text`${trusted(when + usual)}.`,
      };
    },
  },
  // With the credentials of the calls, another role was requested.
  'assumed-role': {
    verdict: 'suspicious',
    why: 'Role chaining is how intruders move through an account: check what that role did. Programs that work across accounts do it by design.',
    field: 'eventName, requestParameters.roleArn',
    find: (sweep) => {
      const { evidence, regions } = sweep;
      const own = ownNames(sweep);
      const asked = evidence.signIns.filter(({ name, by, began }) => /^AssumeRo/.test(name) && own.has(by) && !began);
      const got = asked.findLast(({ failed }) => !failed);
      const one = got ?? asked.at(-1);
      if (one === undefined) return undefined;
      const isRoot = one.name === 'AssumeRoot';
      const named = one.role === undefined ? [] : untrusted(one.role, 200);
      const role = isRoot ? text`the root user of ${named}` : text`role ${named}`;
      const when = one.second < firstCallOf(regions) ? 'before the calls' : 'after the first call';
      const attempts = asked.length === 1 ? '' : ` (the last of ${asked.length} attempts)`;
      return {
        headline: got && (isRoot ? 'assumed root' : 'assumed a role'),
        text: text`${trusted(got ? 'Assumed' : 'Tried to assume')} ${role} at ${instant(one.second)}, ${trusted(when + attempts)}.`,
      };
    },
  },
  'session-began': {
    verdict: 'context',
    why: 'Ask whoever opened the session; where that is an AWS service, whoever set it up to.',
    field: 'responseElements.credentials.accessKeyId',
    find: (sweep) => {
      const { evidence } = sweep;
      const beginnings = evidence.signIns.filter((one) => one.began);
      const began = beginnings.at(-1);
      if (began === undefined) return undefined;
      const { name, second, by, address, detail } = began;
      const others = [...new Set(beginnings.map((one) => one.by))].filter((one) => one !== by);
      const names = others.map((one) => untrusted(one, 300));
      const more = others.length === 0 ? [] : text`; other sessions by ${commaList(names, MAX_NAMED)}`;
      const isLogin = name === 'ConsoleLogin';
      const calls = isLogin ? evidence.fromConsole : callsWith(evidence.accessKeyIds, (key) => key === detail);
      // A service calls from its own name.
      const from = address === undefined || address === by ? [] : text` from ${untrusted(address, 60)}`;
      const failed = evidence.signIns.filter((one) => one.name === name && one.by === by && one.failed).length;
      const attempts = isLogin && failed > 0 ? text`; ${amount(failed, 'other attempt')} to sign in failed` : [];
      return {
        ...(isLogin ? { field: 'userIdentity.sessionContext.attributes.creationDate' } : {}),
        text: text`The session of ${inMiddle(share(sweep, calls))} was opened at ${instant(second)} with ${name} by ${untrusted(by, 300)}${from}${attempts}${more}.`,
      };
    },
  },
  // Sessions of a person share an ARN: the sign-in is of the calls only where the time of their session fits.
  'other-sign-in': {
    verdict: 'context',
    why: 'The sign-in is another session than that of the calls. If it is not the same person, someone else holds their credentials.',
    field: 'eventName, userIdentity.sessionContext.attributes.creationDate',
    find: (sweep) => {
      const { evidence, regions } = sweep;
      const own = ownNames(sweep);
      const signIn = evidence.signIns.findLast(
        ({ name, began, failed, by }) => name === 'ConsoleLogin' && !began && !failed && own.has(by),
      );
      if (signIn === undefined) return undefined;
      const created = valuesOf(evidence.sessionsCreated).flatMap((time) => parseInstant(time) ?? []);
      const ages = created.map((second) => Math.max(0, firstCallOf(regions) - second));
      // The console renews credentials: their time is that of the last renewal.
      const isRenewed = evidence.fromConsole > 0;
      const isKnown = !isRenewed && ages.length > 0 && ages.length === evidence.distinct.sessionsCreated;
      const [least, most] = [duration(minOf(ages)), duration(maxOf(ages))];
      const old = least === most ? least : `${least} to ${most}`;
      const session = isKnown
        ? `; the ${ages.length > 1 ? 'sessions' : 'session'} of the calls ${ages.length > 1 ? 'were' : 'was'} ${old} old`
        : '';
      const from = signIn.address === undefined ? [] : text` from ${untrusted(signIn.address, 60)}`;
      const they = isKnown ? ', and they came' : '; the calls came';
      const where = evidence.sourceAddresses.length === 0 ? [] : text`${trusted(they)}${sourceText({ evidence })}`;
      return {
        ...(isRenewed
          ? {
              why: 'The console renews credentials, so that this sign-in may have opened the session of the calls, or another one.',
            }
          : {}),
        text: text`The same identity also signed in to the console at ${instant(signIn.second)}${from}${trusted(session)}${where}.`,
      };
    },
  },
  'session-moved': {
    verdict: 'context',
    why: 'Credentials are normally used from where they were issued. A different address means that somebody moved to another network, that a service passed them on, or that they were stolen.',
    field: 'sourceIPAddress',
    find: ({ evidence: { signIns, publicAddresses, distinct } }) => {
      const opener = signIns.findLast(({ began, address = '' }) => began && isPublic(address))?.address;
      // Where addresses are missing from the list, one of them may be it.
      if (opener === undefined || publicAddresses.length < distinct.publicAddresses) return undefined;
      const openedFrom = new Set(signIns.flatMap(({ began, address = '' }) => (began ? address : [])));
      const others = publicAddresses.filter(({ value }) => isOfOneProtocol(value, opener) && !openedFrom.has(value));
      const [first] = others;
      if (first === undefined || publicAddresses.some(({ value }) => openedFrom.has(value))) return undefined;
      const more = others.length === 1 ? '' : ` and ${plural(others.length - 1, 'other')}`;
      return text`The session was opened from ${untrusted(opener, 60)}; the calls came from ${untrusted(first.value, 60)}${trusted(more)}.`;
    },
  },
  'key-elsewhere': {
    verdict: 'suspicious',
    headline: 'its key at two places',
    why: 'One key at two places at once has two holders, or a holder with several ways out. An instance normally has one.',
    field: 'userIdentity.accessKeyId, sourceIPAddress',
    find: (sweep) => {
      const { elsewhere, fromConsole } = sweep.evidence;
      // A page of the console calls from AWS's hosts too, and hands its key on to CloudShell.
      if (elsewhere.length === 0 || fromConsole > 0) return undefined;
      const places = commaList(elsewhere.map(addressText), MAX_NAMED);
      return text`Other calls with the same key came from elsewhere within ${trusted(aroundText(sweep))}: ${places}.`;
    },
  },
  'address-owner': {
    verdict: 'context',
    why: 'The network of an office, a VPN or a CI closes an alert; rented hosts and home lines ask for a reason.',
    field: 'sourceIPAddress, looked up in the file',
    find: ({ evidence: { owners = [] } }) => {
      if (owners.length === 0) return undefined;
      const files = [...new Set(owners.flatMap((owner) => owner.files))].slice(0, 2).map((file) => untrusted(file, 60));
      const addresses = owners.map(({ address, asn, organization, country }) => {
        const network = present([asn !== undefined && `AS${asn}`, organization]).join(' ');
        const owner = [network, country ?? ''].filter((part) => part !== '').join(', ');
        return text`${untrusted(address, 60)} (${untrusted(owner, 120)})`;
      });
      return text`By ${join(files, ' and ')}, the calls came from ${commaList(addresses, MAX_NAMED)}.`;
    },
  },
  'same-address': {
    verdict: 'context',
    why: 'A shared exit (office, VPN, CI) or one person with several keys: check whether they did the same.',
    field: 'sourceIPAddress, vpcEndpointId',
    find: ({ evidence: { distinct, neighbours } }) => {
      const who = neighbours.map(({ actor }) => untrusted(actor, 150));
      const places = [...new Set(neighbours.map(({ shares }) => shares))].slice(0, MAX_NAMED);
      const where = places.map((place) => untrusted(place, 90));
      const count = distinct.neighbours;
      const others = count === 1 ? '1 other identity' : `${count} other identities`;
      if (count === 0) return undefined;
      return text`${trusted(others)} called from the same address (${join(where, ', ')}): ${commaList(who, MAX_NAMED, count)}.`;
    },
  },
  'other-sessions': {
    verdict: 'context',
    why: 'If they are one program, group by issuer to count it as one actor; if not, someone holds several sessions.',
    field: 'userIdentity.sessionContext.sessionIssuer.arn',
    find: ({ evidence: { distinct } }) =>
      distinct.siblings > 0 &&
      text`${amount(distinct.siblings, 'other session')} of the same role or user called DescribeInstances in the same window.`,
  },
  'other-discovery': {
    verdict: 'context',
    why: 'Inventories call many APIs at once. Listing users, policies, secrets or snapshots goes beyond an inventory.',
    field: 'eventName',
    find: (sweep) => {
      const { otherCalls, distinct } = sweep.evidence;
      const ofKind = otherCalls.filter(({ kind }) => kind === 'discovery');
      const calls = ofKind.filter(({ name }) => name !== CALL.eventName);
      const count = distinct.otherCalls.discovery - (ofKind.length - calls.length);
      return calls.length > 0 && text`Other discovery calls: ${named(sweep, calls, count)}.`;
    },
  },
};

/** The first of some calls, how many more there are, and how many go wide. @param count of all: the list may be cut */
function named(sweep: Sweep, calls: readonly OtherCall[], count = calls.length): Text {
  const texts = calls.slice(0, MAX_NAMED).map((call) => {
    const { name, calls: made, regions } = call;
    const where = regions === 1 ? [] : text`, ${regions} regions`;
    const when = call.kind === 'discovery' ? [] : text`, ${whenOf(sweep, call)}`;
    const inVain = call.failed === 0 ? '' : call.failed === made ? ', failed' : `, ${call.failed} failed`;
    return text`${untrusted(name, 80)} (${amount(made, 'call')}${where}${when}${trusted(inVain)})`;
  });
  const rest = count - texts.length;
  if (rest <= 0) return join(texts, ', ');
  const wide = calls.filter(({ regions }) => regions >= 5).length;
  const spread = wide === 0 ? [] : text`; ${wide} of them in five or more regions`;
  return text`${join(texts, ', ')} and ${amount(rest, 'other')}${spread}`;
}
