import { CALL, RULE } from '../rule/rule';
import { formatInstant } from '../time';
import { type Alert, sentenceOf } from './alert';
import { rowsOf } from './facts';
import { otherRows, searchRows } from './facts-around';
import { findingsOf } from './findings';
import type { Step } from './guide/guide';
import { headlineOf } from './headline';
import type { JournalEntry } from './journal';
import type { FollowUp, Notice, Summary, Telling, TellingStyle } from './telling';
import { joined, many, ours, quote, say, type Text } from './text';
import type { TriageFact } from './triage/triage';

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
  readonly key:
    | 'glance'
    | 'facts'
    | 'timeline'
    | 'others'
    | 'search'
    | 'next'
    | 'bad'
    | 'expected'
    | 'list'
    | 'about';
  readonly title: string;
  readonly blocks: readonly Block[];
}

export type Block =
  | { readonly kind: 'line'; readonly text: Text }
  | { readonly kind: 'rows'; readonly rows: readonly Row[] }
  | { readonly kind: 'facts'; readonly facts: readonly TriageFact[] }
  | { readonly kind: 'items'; readonly items: readonly Text[] }
  | { readonly kind: 'steps'; readonly steps: readonly Step[] }
  | { readonly kind: 'code'; readonly text: string }
  | { readonly kind: 'timeline'; readonly alert: Alert };

/** A labelled fact. */
export interface Row {
  readonly label: string;
  readonly values: readonly Text[];
}

export function reportOf(telling: Telling, style: TellingStyle): Report {
  const headline = headlineOf(telling, style);
  switch (telling.kind) {
    case 'alert':
      return { headline, lead: [leadOf(telling.alert)], sections: sectionsOf(telling.alert, style.detector) };
    case 'follow-up':
      return { headline, lead: followUpLead(telling), sections: sectionsOf(telling.alert, style.detector) };
    case 'notice':
      return {
        headline,
        ...noticeParts(telling),
        sections: [heldSection(telling), untoldSection(telling, style), about(style.detector)],
      };
    case 'summary':
      return {
        headline,
        ...summaryParts(telling),
        sections: [repeatSection(telling), untoldSection(telling, style), about(style.detector)],
      };
  }
}

/** An alert without a telling, as a replay shows it. */
export function sectionsOf(alert: Alert, detector: string | undefined): Section[] {
  const { facts, guide } = findingsOf(alert);
  const { questions, ifBad, ifExpected } = guide;
  const others = otherRows(alert);
  const sections: (Section | undefined)[] = [
    facts.length === 0
      ? undefined
      : { key: 'glance', title: 'At a glance', blocks: [{ kind: 'facts', facts }] },
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
        ...(ifExpected.exception === undefined
          ? []
          : [{ kind: 'code' as const, text: ifExpected.exception }]),
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
  const names = added.map(
    ({ name, first }) => say`${quote(name, 30)} (${ours(formatInstant(first).slice(11, 19))})`,
  );
  return [
    say`This alert was told with ${ours(many(regionsBefore, 'region'))}; it ended with ${alert.regions.length}.`,
    ...(names.length === 0
      ? []
      : [say`Added since, with the time of the first call: ${joined(names, ', ')}.`]),
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
export function untoldStep(
  { from }: Notice | Summary,
  { replayId }: TellingStyle,
): Step & { command: string[] } {
  const replay = replayId === undefined ? '' : ` --replay ${replayId}`;
  return {
    text: say`List all that was not told. YOUR-STACK is the stack of this detector.`,
    command: [
      `npm run -s regionsweep -- alerts --stack YOUR-STACK --held --since ${formatInstant(from)}${replay}`,
    ],
  };
}

function untoldSection(telling: Notice | Summary, style: TellingStyle): Section {
  const steps = [untoldStep(telling, style)];
  return { key: 'next', title: 'What to do next', blocks: [{ kind: 'steps', steps }] };
}

function summaryParts({ actor, from, until, repeatCount }: Summary): Pick<Report, 'lead'> {
  const times = `${formatInstant(from)} and ${formatInstant(until)}`;
  return {
    lead: [
      say`${quote(actor, 600)} did it again ${ours(many(repeatCount, 'time'))} between ${ours(times)}, while its alerts were suppressed.`,
    ],
  };
}

function repeatSection({ repeats, repeatCount }: Summary): Section {
  return { key: 'list', title: 'Repeats', blocks: [{ kind: 'items', items: entries(repeats, repeatCount) }] };
}

function entries(listed: readonly JournalEntry[], count: number): Text[] {
  const items = listed.map(
    ({ actor, regions, start }) =>
      say`${ours(formatInstant(start))}  ${ours(many(regions, 'region'))}  ${quote(actor, 300)}`,
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
    `${CALL.eventName} in ${many(rule.minRegions, 'region')} or more, ${many(rule.minCalls, 'call')} or more, within ${rule.windowSeconds} s (${rule.windowing}), by ${rule.groupBy === 'arn' ? 'ARN' : 'session issuer'}`,
  );
}
