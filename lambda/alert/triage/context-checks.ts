/** What the records around the calls say. */

import { firstCallOf } from '../../detection/detections';
import { isIp } from '../../detection/ip';
import { CALL } from '../../detection/rule';
import type { Evidence, OtherKind } from '../evidence/model';
import { aroundText, type Check } from '../model';
import { amount, instant, join, type Text, text, trusted, untrusted } from '../text';

const MAX_NAMED = 4;

export const CONTEXT_CHECKS: readonly Check[] = [
  {
    id: 'sensitive-calls',
    verdict: 'suspicious',
    why: 'These calls read secrets or data, grant access or disable logging.',
    field: 'eventName',
    find: (sweep) => {
      const { evidence } = sweep;
      const calls = evidence.otherCalls.filter(({ kind }) => kind === 'sensitive');
      const failed = calls.every(({ failed, calls: made }) => failed === made) ? '; all failed' : '';
      const first = calls[0]?.name ?? '';
      return (
        calls.length > 0 && {
          headline: /^\w{1,25}$/.test(first) ? `also ${first}` : undefined,
          text: text`Sensitive calls within ${trusted(aroundText(sweep))}: ${named(evidence, 'sensitive')}${trusted(failed)}.`,
        }
      );
    },
  },
  {
    id: 'session-per-region',
    verdict: 'suspicious',
    headline: 'a session per region',
    why: 'Counted by ARN, these would be separate actors below the threshold. Some tools open a session per region; so does someone who wants to stay undetected.',
    field: 'userIdentity.arn',
    find: ({ evidence: { sessions } }) =>
      sessions.count >= 3 &&
      sessions.inOneRegion >= sessions.count / 2 &&
      text`The calls used ${sessions.count} sessions; ${sessions.inOneRegion} of them called a single region each.`,
  },
  {
    id: 'who-am-i',
    verdict: 'suspicious',
    why: 'The owner of a key knows whose it is. Many tools ask at startup, too.',
    field: 'eventName',
    find: ({ evidence, regions }) => {
      const first = firstCallOf(regions);
      const asked = evidence.signIns.findLast((one) => one.name === 'GetCallerIdentity' && one.second <= first);
      return asked && text`GetCallerIdentity ${first - asked.second} s before the first call.`;
    },
  },
  {
    // With the credentials of the calls, another role was requested.
    id: 'assumed-role',
    verdict: 'suspicious',
    why: 'Role chaining is how intruders move through an account: check what that role did. Programs that work across accounts do it by design.',
    field: 'eventName, requestParameters.roleArn',
    find: ({ evidence, actor, regions }) => {
      const own = new Set([actor, ...evidence.arns.map(({ value }) => value)]);
      const asked = evidence.signIns.filter(
        ({ name, by, began }) => name.startsWith('AssumeRole') && own.has(by) && !began,
      );
      const got = asked.findLast(({ failed }) => !failed);
      const one = got ?? asked.at(-1);
      if (one === undefined) return undefined;
      const role = one.role === undefined ? ['another role'] : text`role ${untrusted(one.role, 200)}`;
      const when = one.second < firstCallOf(regions) ? 'before the calls' : 'after the first call';
      const attempts = asked.length === 1 ? '' : ` (the last of ${asked.length} attempts)`;
      return {
        headline: got && 'assumed a role',
        text: text`${trusted(got ? 'Assumed' : 'Tried to assume')} ${role} at ${instant(one.second)}, ${trusted(when + attempts)}.`,
      };
    },
  },
  {
    id: 'session-began',
    verdict: 'context',
    why: 'Ask this principal; it opened the session.',
    field: 'responseElements.credentials.accessKeyId',
    find: ({ evidence }) => {
      const began = evidence.signIns.findLast((one) => one.began);
      if (began === undefined) return undefined;
      const { name, second, by, address } = began;
      const from = address === undefined ? [] : text` from ${untrusted(address, 60)}`;
      return {
        ...(name === 'ConsoleLogin' ? { field: 'userIdentity.arn' } : {}),
        text: text`The session was opened at ${instant(second)} with ${name} by ${untrusted(by, 300)}${from}.`,
      };
    },
  },
  {
    // The console calls from elsewhere than the browser that signed in, so only issued keys are compared.
    id: 'session-moved',
    verdict: 'context',
    why: 'Credentials are normally used from where they were issued. A different address means a service passed them on, or they were stolen.',
    field: 'sourceIPAddress',
    find: ({ evidence: { signIns, sourceAddresses, distinct } }) => {
      const calledFrom = sourceAddresses.map(({ value }) => value).filter(isIp);
      const openedFrom = signIns
        .filter(({ began, name }) => began && name !== 'ConsoleLogin')
        .flatMap(({ address }) => (address === undefined || !isIp(address) ? [] : address));
      // Where addresses are missing from the list, one of them may be it.
      const isComplete = sourceAddresses.length === distinct.sourceAddresses;
      const [caller, opener] = [calledFrom[0], openedFrom.at(-1)];
      if (!isComplete || caller === undefined || opener === undefined) return undefined;
      if (openedFrom.some((address) => calledFrom.includes(address))) return undefined;
      const others = trusted(calledFrom.length === 1 ? '' : ' and others');
      return text`The session was opened from ${untrusted(opener, 60)}; the calls came from ${untrusted(caller, 60)}${others}.`;
    },
  },
  {
    id: 'same-address',
    verdict: 'context',
    why: 'A shared exit (office, VPN, CI) or one person with several keys: check whether they did the same.',
    field: 'sourceIPAddress',
    find: ({ evidence: { distinct, neighbours } }) => {
      const who = neighbours.slice(0, MAX_NAMED).map(({ actor }) => untrusted(actor, 150));
      if (distinct.neighbours > who.length) who.push(['…']);
      const others = distinct.neighbours === 1 ? '1 other identity' : `${distinct.neighbours} other identities`;
      return distinct.neighbours > 0 && text`${trusted(others)} called from the same address: ${join(who, ', ')}.`;
    },
  },
  {
    id: 'other-sessions',
    verdict: 'context',
    why: 'If they are one program, group by issuer to count it as one actor; if not, someone holds several sessions.',
    field: 'userIdentity.sessionContext.sessionIssuer.arn',
    find: ({ evidence: { distinct } }) =>
      distinct.siblings > 0 &&
      text`${amount(distinct.siblings, 'other session')} of the same role called DescribeInstances in the same window.`,
  },
  {
    id: 'other-discovery',
    verdict: 'context',
    why: 'Console pages and inventories call many APIs at once. Listing users, policies, secrets or snapshots goes beyond an inventory.',
    field: 'eventName',
    find: ({ evidence }) =>
      evidence.otherCalls.some(({ kind, name }) => kind === 'discovery' && name !== CALL.eventName) &&
      text`Other discovery calls: ${named(evidence, 'discovery', CALL.eventName)}.`,
  },
];

/** The first calls of a kind, how many more there are, and how many go wide: the list may be truncated. */
function named({ otherCalls, distinct }: Evidence, kind: OtherKind, except?: string): Text {
  const ofKind = otherCalls.filter((call) => call.kind === kind);
  const calls = ofKind.filter(({ name }) => name !== except);
  const texts = calls.slice(0, MAX_NAMED).map(({ name, calls: made, regions }) => {
    const where = regions === 1 ? [] : text`, ${regions} regions`;
    return text`${untrusted(name, 80)} (${amount(made, 'call')}${where})`;
  });
  const rest = distinct.otherCalls[kind] - (ofKind.length - calls.length) - texts.length;
  if (rest <= 0) return join(texts, ', ');
  const wide = calls.filter(({ regions }) => regions >= 5).length;
  const spread = wide === 0 ? [] : text`; ${wide} of them in five or more regions`;
  return text`${join(texts, ', ')} and ${amount(rest, 'other')}${spread}`;
}
