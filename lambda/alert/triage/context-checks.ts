/** What the records around the calls say. */

import { firstCallOf } from '../../detection/detections';
import { isIp } from '../../detection/ip';
import { CALL } from '../../detection/rule';
import type { Evidence, OtherKind } from '../evidence/model';
import type { Check } from '../model';
import { amount, instant, join, type Text, text, trusted, untrusted } from '../text';

const MAX_NAMED = 4;

const sensitive: Check = ({ evidence }) => {
  const calls = evidence.otherCalls.filter(({ kind }) => kind === 'sensitive');
  const first = calls[0]?.name;
  if (first === undefined) return undefined;
  const allFailed = calls.every(({ failed, calls: made }) => failed === made);
  return {
    id: 'sensitive-calls',
    verdict: 'suspicious',
    headline: /^\w{1,25}$/.test(first) ? `also ${first}` : undefined,
    text: text`Sensitive calls within five minutes: ${named(evidence, 'sensitive')}${trusted(allFailed ? '; all failed' : '')}.`,
    why: 'These calls read secrets or data, grant access or disable logging.',
    field: 'eventName',
  };
};

const sessionPerRegion: Check = ({ evidence }) => {
  const { count, inOneRegion } = evidence.sessions;
  if (count < 3 || inOneRegion < count / 2) return undefined;
  return {
    id: 'session-per-region',
    verdict: 'suspicious',
    headline: 'a session per region',
    text: text`The calls used ${count} sessions; ${inOneRegion} of them called a single region each.`,
    why: 'Counted by ARN, these would be separate actors below the threshold. Some tools open a session per region; so does someone who wants to stay undetected.',
    field: 'userIdentity.arn',
  };
};

const whoAmI: Check = ({ evidence, regions }) => {
  const first = firstCallOf(regions);
  const asked = evidence.signIns.filter(({ name, second }) => name === 'GetCallerIdentity' && second <= first).at(-1);
  if (asked === undefined) return undefined;
  return {
    id: 'who-am-i',
    verdict: 'suspicious',
    text: text`GetCallerIdentity ${first - asked.second} s before the first call.`,
    why: 'The owner of a key knows whose it is. Many tools ask at startup, too.',
    field: 'eventName',
  };
};

/** Another role that was requested with the credentials of the calls. */
const assumedRole: Check = ({ evidence, actor, regions }) => {
  const own = new Set([actor, ...evidence.arns.map(({ value }) => value)]);
  const asked = evidence.signIns.filter(
    ({ name, by, began }) => name.startsWith('AssumeRole') && own.has(by) && !began,
  );
  const got = asked.filter(({ failed }) => !failed);
  const one = (got.length > 0 ? got : asked).at(-1);
  if (one === undefined) return undefined;
  const did = trusted(got.length > 0 ? 'Assumed' : 'Tried to assume');
  const role: Text = one.role === undefined ? ['another role'] : text`role ${untrusted(one.role, 200)}`;
  const when = trusted(one.second < firstCallOf(regions) ? 'before the calls' : 'after the first call');
  const attempts = trusted(asked.length === 1 ? '' : ` (the last of ${asked.length} attempts)`);
  return {
    id: 'assumed-role',
    verdict: 'suspicious',
    headline: got.length > 0 ? 'assumed a role' : undefined,
    text: text`${did} ${role} at ${instant(one.second)}, ${when}${attempts}.`,
    why: 'Role chaining is how intruders move through an account: check what that role did. Programs that work across accounts do it by design.',
    field: 'eventName, requestParameters.roleArn',
  };
};

const sessionBegan: Check = ({ evidence }) => {
  const began = evidence.signIns.filter((one) => one.began).at(-1);
  if (began === undefined) return undefined;
  const from = began.address === undefined ? [] : text` from ${untrusted(began.address, 60)}`;
  return {
    id: 'session-began',
    verdict: 'context',
    text: text`The session was opened at ${instant(began.second)} with ${began.name} by ${untrusted(began.by, 300)}${from}.`,
    why: 'Ask this principal; it opened the session.',
    field: began.name === 'ConsoleLogin' ? 'userIdentity.arn' : 'responseElements.credentials.accessKeyId',
  };
};

/** The console calls from elsewhere than the browser that signed in, so only issued keys are compared. */
const sessionMoved: Check = ({ evidence }) => {
  const { signIns, sourceAddresses, distinct } = evidence;
  const calledFrom = new Set(sourceAddresses.map(({ value }) => value).filter(isIp));
  const openedFrom = signIns
    .filter(({ began, name }) => began && name !== 'ConsoleLogin')
    .flatMap(({ address }) => (address === undefined || !isIp(address) ? [] : address));
  // Where addresses are missing from the list, one of them may be it.
  const isComplete = sourceAddresses.length === distinct.sourceAddresses;
  if (!isComplete || calledFrom.size === 0 || openedFrom.length === 0) return undefined;
  if (openedFrom.some((address) => calledFrom.has(address))) return undefined;
  const others = trusted(calledFrom.size === 1 ? '' : ' and others');
  return {
    id: 'session-moved',
    verdict: 'context',
    text: text`The session was opened from ${untrusted(openedFrom.at(-1)!, 60)}; the calls came from ${untrusted([...calledFrom][0]!, 60)}${others}.`,
    why: 'Credentials are normally used from where they were issued. A different address means a service passed them on, or they were stolen.',
    field: 'sourceIPAddress',
  };
};

const neighbours: Check = ({ evidence }) => {
  const count = evidence.distinct.neighbours;
  if (count === 0) return undefined;
  const who = evidence.neighbours.slice(0, MAX_NAMED).map(({ actor }) => untrusted(actor, 150));
  const others = trusted(count === 1 ? '1 other identity' : `${count} other identities`);
  return {
    id: 'same-address',
    verdict: 'context',
    text: text`${others} called from the same address: ${join(who, ', ')}${trusted(count > who.length ? ', …' : '')}.`,
    why: 'A shared exit (office, VPN, CI) or one person with several keys: check whether they did the same.',
    field: 'sourceIPAddress',
  };
};

const siblings: Check = ({ evidence }) => {
  const count = evidence.distinct.siblings;
  if (count === 0) return undefined;
  return {
    id: 'other-sessions',
    verdict: 'context',
    text: text`${amount(count, 'other session')} of the same role called DescribeInstances in the same window.`,
    why: 'If they are one program, group by issuer to count it as one actor; if not, someone holds several sessions.',
    field: 'userIdentity.sessionContext.sessionIssuer.arn',
  };
};

const discovery: Check = ({ evidence }) => {
  if (!evidence.otherCalls.some(({ kind, name }) => kind === 'discovery' && name !== CALL.eventName)) return undefined;
  return {
    id: 'other-discovery',
    verdict: 'context',
    text: text`Other discovery calls: ${named(evidence, 'discovery', CALL.eventName)}.`,
    why: 'Console pages and inventories call many APIs at once. Listing users, policies, secrets or snapshots goes beyond an inventory.',
    field: 'eventName',
  };
};

/** The first calls of a kind, and how many more there are: the list may be truncated. */
function named({ otherCalls, distinct }: Evidence, kind: OtherKind, except?: string): Text {
  const ofKind = otherCalls.filter((call) => call.kind === kind);
  const calls = ofKind.filter(({ name }) => name !== except);
  const texts = calls.slice(0, MAX_NAMED).map(({ name, calls: made, regions }) => {
    const where = regions === 1 ? [] : text`, ${regions} regions`;
    return text`${untrusted(name, 80)} (${amount(made, 'call')}${where})`;
  });
  const rest = distinct.otherCalls[kind] - (ofKind.length - calls.length) - texts.length;
  return rest > 0 ? text`${join(texts, ', ')} and ${amount(rest, 'other')}` : join(texts, ', ');
}

export const CONTEXT_CHECKS: readonly Check[] = [
  sensitive,
  sessionPerRegion,
  whoAmI,
  assumedRole,
  sessionBegan,
  sessionMoved,
  neighbours,
  siblings,
  discovery,
];
