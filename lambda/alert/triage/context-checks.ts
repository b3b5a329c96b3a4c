/** What is told by what else was seen around the calls. */

import { firstCallOf } from '../../detection/detections';
import { isIp } from '../../detection/ip';
import { CALL } from '../../detection/rule';
import { formatInstant, plural } from '../../util/values';
import type { Evidence, OtherKind } from '../evidence/model';
import type { Check } from '../model';
import { join, type Text, text, trusted, untrusted } from '../text';

const MAX_NAMED = 4;

const sensitive: Check = ({ evidence }) => {
  const calls = evidence.otherCalls.filter(({ kind }) => kind === 'sensitive');
  if (calls.length === 0) return undefined;
  const allFailed = calls.every(({ failed, calls: made }) => failed === made);
  return {
    id: 'sensitive-calls',
    verdict: 'suspicious',
    headline:
      `also ${calls[0]!.name}`.length <= 30 && /^\w+$/.test(calls[0]!.name) ? `also ${calls[0]!.name}` : undefined,
    text: text`Within five minutes it also called ${named(evidence, 'sensitive', undefined)}${trusted(allFailed ? ', all without success' : '')}.`,
    why: 'These take data out, let somebody in or hide it. With a sweep before them they read like the steps of one person.',
    field: 'eventName',
  };
};

const discovery: Check = ({ evidence }) => {
  const calls = evidence.otherCalls.filter(({ kind, name }) => kind === 'discovery' && name !== CALL.eventName);
  if (calls.length === 0) return undefined;
  const wide = calls.filter(({ regions }) => regions >= 5).length;
  return {
    id: 'other-discovery',
    verdict: 'context',
    text: text`It also looked at other things: ${named(evidence, 'discovery', CALL.eventName)}${trusted(wide === 0 ? '' : `; ${wide} of them in five or more regions`)}.`,
    why: 'A console page or an inventory asks for many kinds in one go. A list of users, policies, secrets or snapshots is more than an inventory needs.',
    field: 'eventName',
  };
};

const whoAmI: Check = ({ evidence, regions }) => {
  const first = firstCallOf(regions);
  const asked = evidence.signIns.filter(({ name, second }) => name === 'GetCallerIdentity' && second <= first).at(-1);
  if (asked === undefined) return undefined;
  return {
    id: 'who-am-i',
    verdict: 'suspicious',
    text: text`It asked who it is (GetCallerIdentity) ${trusted(plural(first - asked.second, 'second'))} before the first call.`,
    why: 'Whoever owns a key knows whose it is. Many tools ask too when they start.',
    field: 'eventName',
  };
};

const sessionBegan: Check = ({ evidence }) => {
  const began = evidence.signIns.filter((one) => one.began).at(-1);
  if (began === undefined) return undefined;
  const from: Text = began.address === undefined ? [] : text` from ${untrusted(began.address, 60)}`;
  return {
    id: 'session-began',
    verdict: 'context',
    text: text`The session began with ${began.name} by ${untrusted(began.by, 300)}${from} at ${formatInstant(began.second)}.`,
    why: 'This is whom to ask: the one behind the session.',
    field: began.name === 'ConsoleLogin' ? 'userIdentity.arn' : 'responseElements.credentials.accessKeyId',
  };
};

/** A browser signs in from where it is and the console calls from elsewhere, so only handed-out keys are compared. */
const sessionMoved: Check = ({ evidence }) => {
  const { signIns, sourceAddresses, distinct } = evidence;
  const calledFrom = new Set(sourceAddresses.map(({ value }) => value).filter(isIp));
  const openedFrom = signIns
    .filter(({ began, name }) => began && name !== 'ConsoleLogin')
    .flatMap(({ address }) => (address === undefined || !isIp(address) ? [] : address));
  // Where addresses were cut from the list, one of them may be it.
  const isWhole = sourceAddresses.length === distinct.sourceAddresses;
  if (!isWhole || calledFrom.size === 0 || openedFrom.length === 0) return undefined;
  if (openedFrom.some((address) => calledFrom.has(address))) return undefined;
  return {
    id: 'session-moved',
    verdict: 'context',
    text: text`The session was opened from ${untrusted(openedFrom.at(-1)!, 60)}, the calls came from ${untrusted([...calledFrom][0]!, 60)}${trusted(calledFrom.size === 1 ? '' : ' and others')}.`,
    why: 'Credentials are mostly used where they were handed out. Others were passed on by a program or a service, or carried away: ask whether this one should be.',
    field: 'sourceIPAddress',
  };
};

/** With the credentials of the calls, another role was asked for. */
const assumedRole: Check = ({ evidence, actor, regions }) => {
  const first = firstCallOf(regions);
  const own = new Set([actor, ...evidence.arns.map(({ value }) => value)]);
  const asked = evidence.signIns.filter(
    ({ name, by, began }) => name.startsWith('AssumeRole') && own.has(by) && !began,
  );
  const got = asked.filter(({ failed }) => !failed);
  const one = (got.length > 0 ? got : asked).at(-1);
  if (one === undefined) return undefined;
  const role: Text = one.role === undefined ? trusted('another role') : text`the role ${untrusted(one.role, 200)}`;
  const did = got.length > 0 ? 'assumed' : 'tried to assume';
  const when = one.second < first ? `It ${did}` : `It then ${did}`;
  const more = asked.length === 1 ? '' : `, the last of ${asked.length} attempts`;
  return {
    id: 'assumed-role',
    verdict: 'suspicious',
    headline: got.length > 0 ? 'assumed a role' : undefined,
    text: text`${trusted(when)} ${role} at ${trusted(formatInstant(one.second))}${trusted(more)}.`,
    why: 'From one identity to the next is how somebody gets on in an account: look at what that role did as well. Programs that work through several accounts do it by design.',
    field: 'eventName, requestParameters.roleArn',
  };
};

const neighbours: Check = ({ evidence }) => {
  const count = evidence.distinct.neighbours;
  if (count === 0) return undefined;
  const who = evidence.neighbours.slice(0, MAX_NAMED).map(({ actor }) => untrusted(actor, 150));
  return {
    id: 'same-address',
    verdict: 'context',
    text: text`${trusted(count === 1 ? '1 other identity' : `${count} other identities`)} called from the same address: ${join(who, ', ')}${trusted(count > who.length ? ', …' : '')}.`,
    why: 'A shared way out (office, VPN, CI) or one person with several keys: see whether they did the same.',
    field: 'sourceIPAddress',
  };
};

const siblings: Check = ({ evidence }) => {
  const count = evidence.distinct.siblings;
  if (count === 0) return undefined;
  return {
    id: 'other-sessions',
    verdict: 'context',
    text: text`${trusted(plural(count, 'other session'))} of the same role called DescribeInstances in the same window.`,
    why: 'If they are one program, group by issuer to see it as one; if not, somebody holds several sessions.',
    field: 'userIdentity.sessionContext.sessionIssuer.arn',
  };
};

const sessionPerRegion: Check = ({ evidence }) => {
  const { count, inOneRegion } = evidence.sessions;
  if (count < 3 || inOneRegion < count / 2) return undefined;
  return {
    id: 'session-per-region',
    verdict: 'suspicious',
    headline: 'a session per region',
    text: text`It took ${count} sessions, ${inOneRegion} of them for a single region.`,
    why: 'Counted by ARN these would be as many actors, none of them over the threshold. Some tools open a session a region; whoever wants to stay unseen does so too.',
    field: 'userIdentity.arn',
  };
};

/** The first of a kind, and how many more there are: the list may be cut. */
function named({ otherCalls, distinct }: Evidence, kind: OtherKind, without: string | undefined): Text {
  const calls = otherCalls.filter((call) => call.kind === kind && call.name !== without);
  const apart = otherCalls.filter((call) => call.kind === kind).length - calls.length;
  const texts = calls.slice(0, MAX_NAMED).map(({ name, calls: made }) => text`${untrusted(name, 80)} ${made}x`);
  const rest = distinct.otherCalls[kind] - apart - texts.length;
  return rest > 0 ? text`${join(texts, ', ')} and ${trusted(plural(rest, 'other'))}` : join(texts, ', ');
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
