/** What is told by what else was seen around the calls. */

import { CALL } from '../../rule/rule';
import { formatInstant } from '../../time';
import type { OtherCall, OtherKind } from '../evidence/evidence';
import { joined, many, ours, quote, say, type Text } from '../text';
import type { Check } from './fact';

const MOST_NAMED = 4;

const sensitive: Check = ({ evidence }) => {
  const calls = ofKind(evidence.otherCalls, 'sensitive');
  if (calls.length === 0) return undefined;
  const allFailed = calls.every(({ failed, calls: made }) => failed === made);
  return {
    id: 'sensitive-calls',
    leans: 'suspicious',
    short:
      `also ${calls[0]!.name}`.length <= 30 && /^\w+$/.test(calls[0]!.name)
        ? `also ${calls[0]!.name}`
        : undefined,
    text: say`Within five minutes it also called ${named(calls)}${ours(allFailed ? ', all without success' : '')}.`,
    why: 'These take data out, let somebody in or hide it. With a sweep before them they read like the steps of one person.',
    field: 'eventName',
  };
};

const discovery: Check = ({ evidence }) => {
  const calls = ofKind(evidence.otherCalls, 'discovery').filter(({ name }) => name !== CALL.eventName);
  if (calls.length === 0) return undefined;
  const wide = calls.filter(({ regions }) => regions >= 5).length;
  return {
    id: 'other-discovery',
    leans: 'neither',
    text: say`It also looked at other things: ${named(calls)}${ours(wide === 0 ? '' : `; ${wide} of them in five or more regions`)}.`,
    why: 'A console page or an inventory asks for many kinds in one go. A list of users, policies, secrets or snapshots is more than an inventory needs.',
    field: 'eventName',
  };
};

const whoAmI: Check = ({ evidence, regions }) => {
  const first = Math.min(...regions.map((region) => region.first));
  const asked = evidence.signIns
    .filter(({ name, second }) => name === 'GetCallerIdentity' && second <= first)
    .at(-1);
  if (asked === undefined) return undefined;
  return {
    id: 'who-am-i',
    leans: 'suspicious',
    text: say`It asked who it is (GetCallerIdentity) ${ours(many(first - asked.second, 'second'))} before the first call.`,
    why: 'Whoever owns a key knows whose it is. Many tools ask too when they start.',
    field: 'eventName',
  };
};

const sessionBegan: Check = ({ evidence }) => {
  const began = evidence.signIns
    .filter(({ name }) => name.startsWith('AssumeRole') || name === 'ConsoleLogin')
    .at(-1);
  if (began === undefined) return undefined;
  const from: Text = began.address === undefined ? [] : say` from ${quote(began.address, 60)}`;
  return {
    id: 'session-began',
    leans: 'neither',
    text: say`The session began with ${began.name} by ${quote(began.by, 300)}${from} at ${formatInstant(began.second)}.`,
    why: 'This is whom to ask: the one behind the session.',
    field: began.name === 'ConsoleLogin' ? 'userIdentity.arn' : 'responseElements.credentials.accessKeyId',
  };
};

const neighbours: Check = ({ evidence }) => {
  const found = evidence.neighbours;
  if (found.length === 0) return undefined;
  const who = found.slice(0, MOST_NAMED).map(({ actor }) => quote(actor, 150));
  return {
    id: 'same-address',
    leans: 'neither',
    text: say`${ours(found.length === 1 ? '1 other identity' : `${found.length} other identities`)} called from the same address: ${joined(who, ', ')}.`,
    why: 'A shared way out (office, VPN, CI) or one person with several keys: see whether they did the same.',
    field: 'sourceIPAddress',
  };
};

const siblings: Check = ({ evidence }) => {
  const found = evidence.siblings;
  if (found.length === 0) return undefined;
  return {
    id: 'other-sessions',
    leans: 'neither',
    text: say`${ours(many(found.length, 'other session'))} of the same role called DescribeInstances in the same window.`,
    why: 'If they are one program, group by issuer to see it as one; if not, somebody holds several sessions.',
    field: 'userIdentity.sessionContext.sessionIssuer.arn',
  };
};

const sessionPerRegion: Check = ({ evidence }) => {
  const { count, inOneRegion } = evidence.sessions;
  if (count < 3 || inOneRegion < count / 2) return undefined;
  return {
    id: 'session-per-region',
    leans: 'suspicious',
    short: 'a session per region',
    text: say`It took ${count} sessions, ${inOneRegion} of them for a single region.`,
    why: 'Counted by ARN these would be as many actors, none of them over the threshold. Some tools open a session a region; whoever wants to stay unseen does so too.',
    field: 'userIdentity.arn',
  };
};

function ofKind(calls: readonly OtherCall[], kind: OtherKind): OtherCall[] {
  return calls.filter((call) => call.kind === kind);
}

function named(calls: readonly OtherCall[]): Text {
  const texts = calls.slice(0, MOST_NAMED).map(({ name, calls: made }) => say`${quote(name, 80)} ${made}x`);
  const rest = calls.length - texts.length;
  return rest > 0 ? say`${joined(texts, ', ')} and ${ours(many(rest, 'other'))}` : joined(texts, ', ');
}

export const BESIDE: readonly Check[] = [
  sensitive,
  sessionPerRegion,
  whoAmI,
  sessionBegan,
  neighbours,
  siblings,
  discovery,
];
