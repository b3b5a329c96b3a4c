import { CALL, RULE } from '../../detection/rule';
import type { HistoryEntry } from '../../state/history';
import { asciiLine, defangMarkup } from '../../util/sanitize';
import { formatInstant, plural } from '../../util/values';
import { assess } from '../assemble';
import {
  type Alert,
  type Finding,
  type FollowUp,
  type Notice,
  type Notification,
  type NotificationStyle,
  replayMark,
  type Step,
  type Summary,
  sentenceOf,
} from '../model';
import { joined, ours, quote, say, show, type Text } from '../text';
import { shortTriage } from '../triage';
import { otherRows, type Row, rowsOf, searchRows } from './detail-rows';

/**
 * What is told, in the order of reading and without a form: e-mail, terminal, HTML and chat are made from this. What a
 * record says is quoted in it, so that each form makes it safe its own way.
 */
export interface Report {
  readonly headline: Text;
  /** what happened, in a sentence or two */
  readonly lead: readonly Text[];
  readonly sections: readonly Section[];
}

export interface Section {
  readonly key: 'glance' | 'facts' | 'timeline' | 'others' | 'search' | 'next' | 'bad' | 'expected' | 'list' | 'about';
  readonly title: string;
  readonly blocks: readonly Block[];
}

export type Block =
  | { readonly kind: 'line'; readonly text: Text }
  | { readonly kind: 'rows'; readonly rows: readonly Row[] }
  | { readonly kind: 'facts'; readonly findings: readonly Finding[] }
  | { readonly kind: 'items'; readonly items: readonly Text[] }
  | { readonly kind: 'steps'; readonly steps: readonly Step[] }
  | { readonly kind: 'code'; readonly text: string }
  | { readonly kind: 'timeline'; readonly alert: Alert };

export function reportOf(notification: Notification, style: NotificationStyle): Report {
  const headline = headlineOf(notification, style);
  switch (notification.kind) {
    case 'alert':
      return {
        headline,
        lead: [leadOf(notification.alert)],
        sections: sectionsOf(notification.alert, style.detector),
      };
    case 'follow-up':
      return {
        headline,
        lead: followUpLead(notification),
        sections: sectionsOf(notification.alert, style.detector),
      };
    case 'notice':
      return {
        headline,
        ...noticeParts(notification),
        sections: [heldSection(notification), untoldSection(notification, style), about(style.detector)],
      };
    case 'summary':
      return {
        headline,
        ...summaryParts(notification),
        sections: [repeatSection(notification), untoldSection(notification, style), about(style.detector)],
      };
  }
}

/** An alert without a telling, as a replay shows it. */
export function sectionsOf(alert: Alert, detector: string | undefined): Section[] {
  const { findings, guide } = assess(alert);
  const { questions, ifBad, ifExpected } = guide;
  const others = otherRows(alert);
  const sections: (Section | undefined)[] = [
    findings.length === 0 ? undefined : { key: 'glance', title: 'At a glance', blocks: [{ kind: 'facts', findings }] },
    { key: 'facts', title: 'The calls', blocks: [{ kind: 'rows', rows: rowsOf(alert) }] },
    { key: 'timeline', title: 'When and where', blocks: [{ kind: 'timeline', alert }] },
    others.length === 0
      ? undefined
      : {
          key: 'others',
          title: 'What else it did within five minutes',
          blocks: [{ kind: 'rows', rows: others }],
        },
    { key: 'search', title: 'What was searched', blocks: [{ kind: 'rows', rows: searchRows(alert) }] },
    { key: 'next', title: 'What to find out next', blocks: [{ kind: 'steps', steps: questions }] },
    { key: 'bad', title: 'If nobody can account for it', blocks: [{ kind: 'steps', steps: ifBad }] },
    {
      key: 'expected',
      title: 'If it is expected',
      blocks: [
        { kind: 'items', items: ifExpected.when },
        { kind: 'line', text: ifExpected.note },
        ...(ifExpected.exception === undefined ? [] : [{ kind: 'code' as const, text: ifExpected.exception }]),
      ],
    },
    about(detector, alert),
  ];
  return sections.filter((section) => section !== undefined);
}

export function leadOf(alert: Alert): Text {
  return sentenceOf(alert);
}

function followUpLead({ alert, regionsBefore, added = [], joinedWith }: FollowUp): Text[] {
  const names = added.map(({ name, first }) => say`${quote(name, 30)} (${ours(formatInstant(first).slice(11, 19))})`);
  return [
    say`This alert was told with ${ours(plural(regionsBefore, 'region'))}; it ended with ${alert.regions.length}.`,
    ...(names.length === 0 ? [] : [say`Added since, with the time of the first call: ${joined(names, ', ')}.`]),
    ...joinedWith.map((alertId) => say`It is one burst with the alert ${alertId}, which was told apart.`),
    leadOf(alert),
  ];
}

function noticeParts({ from, until, most, heldCount }: Notice): Pick<Report, 'lead'> {
  const times = `${formatInstant(from)} and ${formatInstant(until)}`;
  return {
    lead: [
      say`More than ${most} alerts, or more than half of that for one account, between ${ours(times)}: ${heldCount} were held back. They are kept.`,
    ],
  };
}

function heldSection({ held, heldCount }: Notice): Section {
  return { key: 'list', title: 'Held back', blocks: [{ kind: 'items', items: entries(held, heldCount) }] };
}

/** How what was not told is listed. */
export function untoldStep({ from }: Notice | Summary, { replayId }: NotificationStyle): Step & { command: string[] } {
  const replay = replayId === undefined ? '' : ` --replay ${replayId}`;
  return {
    text: say`List all that was not told. YOUR-STACK is the stack of this detector.`,
    command: [`npm run -s regionsweep -- alerts --stack YOUR-STACK --held --since ${formatInstant(from)}${replay}`],
  };
}

function untoldSection(notification: Notice | Summary, style: NotificationStyle): Section {
  const steps = [untoldStep(notification, style)];
  return { key: 'next', title: 'What to do next', blocks: [{ kind: 'steps', steps }] };
}

function summaryParts({ actor, from, until, repeatCount }: Summary): Pick<Report, 'lead'> {
  const times = `${formatInstant(from)} and ${formatInstant(until)}`;
  return {
    lead: [
      say`${quote(actor, 600)} did it again ${ours(plural(repeatCount, 'time'))} between ${ours(times)}, while its alerts were suppressed.`,
    ],
  };
}

function repeatSection({ repeats, repeatCount }: Summary): Section {
  return { key: 'list', title: 'Repeats', blocks: [{ kind: 'items', items: entries(repeats, repeatCount) }] };
}

function entries(listed: readonly HistoryEntry[], count: number): Text[] {
  const items = listed.map(
    ({ actor, regions, start }) =>
      say`${ours(formatInstant(start))}  ${ours(plural(regions, 'region'))}  ${quote(actor, 300)}`,
  );
  return items.length < count ? [...items, say`and ${count - items.length} more`] : items;
}

function about(detector: string | undefined, alert?: Alert): Section {
  const { tactic, technique } = RULE.threat;
  const rows: Row[] = [
    { label: 'rule', values: [ours(`${RULE.name} (${RULE.id}, version ${RULE.version})`)] },
    ...(alert === undefined ? [] : [{ label: 'threshold', values: [thresholdOf(alert)] }]),
    { label: 'severity', values: [ours(`${RULE.severity}, risk ${RULE.riskScore}`)] },
    {
      label: 'origin',
      values: [ours(`Elastic: ${RULE.origin.name}, ${RULE.origin.id}, version ${RULE.origin.version}`)],
    },
    { label: 'MITRE', values: [ours(`${tactic.id} ${tactic.name}, ${technique.id} ${technique.name}`)] },
    { label: 'tags', values: [ours(RULE.tags.join('; '))] },
    { label: 'references', values: RULE.references.map(ours) },
    ...(detector === undefined ? [] : [{ label: 'detector', values: [quote(detector)] }]),
    ...(alert === undefined ? [] : [{ label: 'alert id', values: [quote(alert.alertId)] }]),
  ];
  return { key: 'about', title: 'About this alert', blocks: [{ kind: 'rows', rows }] };
}

function thresholdOf({ rule }: Alert): Text {
  return ours(
    `${CALL.eventName} in ${plural(rule.minRegions, 'region')} or more, ${plural(rule.minCalls, 'call')} or more, within ${rule.windowSeconds} s (${rule.windowing}), by ${rule.groupBy === 'arn' ? 'ARN' : 'session issuer'}`,
  );
}

/** How much a headline says. */
interface Room {
  /** characters of the actor's name */
  readonly actor: number;
  /** facts */
  readonly findings: number;
}

const WHOLE: Room = { actor: 44, findings: 2 };

/** One line that says which alert this is: who, how far, by what, where. */
export function headlineOf(notification: Notification, style: NotificationStyle): Text {
  return joined([headOf(notification, style, WHOLE), inAccount(notification)], '');
}

/** What SNS takes as a Subject; source: Amazon SNS API reference, Publish. */
const LONGEST_SUBJECT = 99;

/** What a subject does without, the least first. */
const ROOMS: readonly Room[] = [
  WHOLE,
  ...[40, 36, 32, 28].map((actor) => ({ actor, findings: 2 })),
  ...[44, 40, 36, 32, 28, 26, 24, 22, 20].map((actor) => ({ actor, findings: 1 })),
  ...[44, 40, 36, 32, 28, 24, 20, 16, 12].map((actor) => ({ actor, findings: 0 })),
];

/** The headline as one line of at most 99 printable ASCII characters; the account is always whole in it. */
export function subjectOf(notification: Notification, style: NotificationStyle): string {
  const end = asciiLine(show(inAccount(notification), defangMarkup));
  const room = LONGEST_SUBJECT - end.length;
  const heads = ROOMS.map((each) => asciiLine(show(headOf(notification, style, each), defangMarkup)));
  const head = heads.find(({ length }) => length <= room) ?? `${heads.at(-1)!.slice(0, room - 3)}...`;
  return (head + end).trim();
}

function headOf(notification: Notification, style: NotificationStyle, room: Room): Text {
  const mark = ours(`${replayMark(style)}regionsweep ${style.severityText}: `);
  switch (notification.kind) {
    case 'alert':
      return say`${mark}${shortActor(notification.alert, room)} in ${ours(plural(notification.alert.regions.length, 'region'))}${byWhat(notification.alert, room)}`;
    case 'follow-up':
      return say`${mark}follow-up: ${shortActor(notification.alert, room)} now in ${ours(plural(notification.alert.regions.length, 'region'))}${byWhat(notification.alert, room)}`;
    case 'summary':
      return say`${mark}summary: ${shortActor(notification, room)} again ${ours(plural(notification.repeatCount, 'time'))}`;
    case 'notice':
      return say`${mark}${ours(plural(notification.heldCount, 'alert'))} held back until ${ours(formatInstant(notification.until))}`;
  }
}

/** `user/ci-deploy` of an ARN; else the actor. */
function shortActor({ actor }: Pick<Alert, 'actor'>, { actor: longest }: Room): Text {
  return quote(/^arn:(?:[^:]*:){4}(.+)$/s.exec(actor)?.[1] ?? actor, longest);
}

/** What it looks like; nothing that a record says. */
function byWhat(alert: Alert, { findings: most }: Room): Text {
  const short = shortTriage(assess(alert).findings, most);
  return ours(short === '' ? '' : ` (${short})`);
}

function inAccount(notification: Notification): Text {
  const account = accountOf(notification);
  return account === undefined ? [] : say`, account ${quote(account, 20)}`;
}

/** Whose doing is told; nobody's for a notice. */
export function accountOf(notification: Notification): string | undefined {
  switch (notification.kind) {
    case 'alert':
    case 'follow-up':
      return notification.alert.account;
    case 'notice':
      return undefined;
    case 'summary':
      return notification.account;
  }
}
