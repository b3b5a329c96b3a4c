import { CALL, RULE } from '../../detection/rule';
import type { HistoryEntry } from '../../state/history';
import { formatInstant, formatTime, plural } from '../../util/values';
import {
  type Alert,
  type Finding,
  type FollowUp,
  type Notice,
  type Notification,
  type NotificationStyle,
  type Row,
  type Step,
  type Summary,
  sentenceOf,
  VERDICTS,
  type Verdict,
} from '../model';
import { amount, instant, join, type Text, text, trusted, untrusted } from '../text';
import { otherRows, rowsOf, searchRows } from './detail-rows';
import { renderHeadline } from './headline';

/**
 * What a notification says, in the order of reading and without a form: e-mail, terminal, HTML and chat are made from
 * this. Each form makes the untrusted pieces safe its own way.
 */
export interface Report {
  readonly headline: Text;
  /** what happened, in a sentence or two */
  readonly lead: readonly Text[];
  readonly sections: readonly Section[];
}

type GuideKey = 'investigate' | 'contain' | 'false-positive';

export interface Section {
  readonly key: Verdict | 'calls' | 'timeline' | 'others' | 'search' | GuideKey | 'list' | 'about';
  readonly title: string;
  readonly blocks: readonly Block[];
}

export type Block =
  | { readonly kind: 'line'; readonly text: Text }
  | { readonly kind: 'rows'; readonly rows: readonly Row[] }
  | { readonly kind: 'findings'; readonly findings: readonly Finding[] }
  | { readonly kind: 'items'; readonly items: readonly Text[] }
  | { readonly kind: 'steps'; readonly steps: readonly Step[] }
  | { readonly kind: 'code'; readonly text: string }
  | { readonly kind: 'timeline'; readonly alert: Alert };

export function reportOf(notification: Notification, style: NotificationStyle): Report {
  return { headline: renderHeadline(notification, style), ...partsOf(notification, style) };
}

function partsOf(notification: Notification, style: NotificationStyle): Omit<Report, 'headline'> {
  switch (notification.kind) {
    case 'alert':
      return { lead: [sentenceOf(notification.alert)], sections: sectionsOf(notification.alert, style.detector) };
    case 'follow-up':
      return { lead: followUpLead(notification), sections: sectionsOf(notification.alert, style.detector) };
    case 'notice': {
      const { limit, heldCount, held } = notification;
      const lead = text`Alert limit reached between ${times(notification)} (${limit} alerts, at most half of them for one account): ${amount(heldCount, 'alert')} not sent, but stored.`;
      return listing(notification, style, { lead, title: 'Alerts not sent', listed: held, count: heldCount });
    }
    case 'summary': {
      const { actor, repeatCount, repeats } = notification;
      const again = repeatCount === 1 ? 'once more' : `${repeatCount} more times`;
      const lead = text`${untrusted(actor, 600)} triggered the rule ${trusted(again)} between ${times(notification)}, while its alerts were suppressed.`;
      return listing(notification, style, { lead, title: 'Repeats', listed: repeats, count: repeatCount });
    }
  }
}

function times({ from, until }: Notice | Summary): Text {
  return text`${instant(from)} and ${instant(until)}`;
}

function followUpLead({ alert, regionsBefore, added = [], joinedWith }: FollowUp): Text[] {
  const names = added.map(({ name, first }) => text`${untrusted(name, 30)} (${trusted(formatTime(first))})`);
  return [
    text`First reported with ${amount(regionsBefore, 'region')}; now ${alert.regions.length}.`,
    ...(names.length === 0 ? [] : [text`New regions, with the time of the first call: ${join(names, ', ')}.`]),
    ...joinedWith.map((alertId) => text`Same burst as alert ${alertId}, which was sent separately.`),
    sentenceOf(alert),
  ];
}

/** An alert's sections; without a detector as a replay shows them. */
export function sectionsOf(alert: Alert, detector: string | undefined): Section[] {
  const { findings, guide } = alert.assessment;
  const { investigation, containment, falsePositive } = guide;
  const others = otherRows(alert);
  const sections: (Section | false)[] = [
    ...VERDICTS.map((verdict) => findingSection(verdict, findings)),
    { key: 'calls', title: 'Calls', blocks: [{ kind: 'rows', rows: rowsOf(alert) }] },
    { key: 'timeline', title: 'Timeline', blocks: [{ kind: 'timeline', alert }] },
    others.length > 0 && {
      key: 'others',
      title: 'Other activity within five minutes',
      blocks: [{ kind: 'rows', rows: others }],
    },
    { key: 'search', title: 'Files searched', blocks: [{ kind: 'rows', rows: searchRows(alert) }] },
    { key: 'investigate', title: 'Investigate', blocks: [{ kind: 'steps', steps: investigation }] },
    {
      key: 'contain',
      title: 'Contain, if nobody can account for the calls',
      blocks: [{ kind: 'steps', steps: containment }],
    },
    {
      key: 'false-positive',
      title: 'If it is a false positive',
      blocks: [
        { kind: 'items', items: falsePositive.when },
        { kind: 'line', text: falsePositive.note },
        ...(falsePositive.exception === undefined ? [] : [{ kind: 'code' as const, text: falsePositive.exception }]),
      ],
    },
    about(detector, alert),
  ];
  return sections.filter((section) => section !== false);
}

const TITLES: Readonly<Record<Verdict, string>> = {
  suspicious: 'Suspicious',
  'likely-benign': 'Likely benign',
  context: 'Context',
};

function findingSection(verdict: Verdict, all: readonly Finding[]): Section | false {
  const findings = all.filter((finding) => finding.verdict === verdict);
  return findings.length > 0 && { key: verdict, title: TITLES[verdict], blocks: [{ kind: 'findings', findings }] };
}

/** A notification that lists alerts which were not published. */
function listing(
  notification: Notice | Summary,
  style: NotificationStyle,
  of: { readonly lead: Text; readonly title: string; readonly listed: readonly HistoryEntry[]; readonly count: number },
): Omit<Report, 'headline'> {
  const items = of.listed.map(
    ({ actor, regions, start }) => text`${instant(start)}  ${amount(regions, 'region')}  ${untrusted(actor, 300)}`,
  );
  if (items.length < of.count) items.push(text`and ${of.count - items.length} more`);
  return {
    lead: [of.lead],
    sections: [
      { key: 'list', title: of.title, blocks: [{ kind: 'items', items }] },
      { key: 'investigate', title: 'Next step', blocks: [{ kind: 'steps', steps: [listStep(notification, style)] }] },
      about(style.detector),
    ],
  };
}

/** How the alerts that were not published are listed. */
export function listStep({ from }: Notice | Summary, { replayId }: NotificationStyle): Step & { command: string[] } {
  const replay = replayId === undefined ? '' : ` --replay ${replayId}`;
  return {
    text: text`List the alerts that were not sent. Replace YOUR-STACK with the name of this detector’s stack.`,
    command: [`npm run -s regionsweep -- alerts --stack YOUR-STACK --held --since ${formatInstant(from)}${replay}`],
  };
}

function about(detector: string | undefined, alert?: Alert): Section {
  const { tactic, technique } = RULE.threat;
  const rows: Row[] = [
    { label: 'rule', values: [[`${RULE.name} (${RULE.id}, version ${RULE.version})`]] },
    ...(alert === undefined ? [] : [{ label: 'threshold', values: [thresholdOf(alert)] }]),
    { label: 'severity', values: [[`${RULE.severity}, risk ${RULE.riskScore}`]] },
    { label: 'origin', values: [[`Elastic: ${RULE.origin.name}, ${RULE.origin.id}, version ${RULE.origin.version}`]] },
    { label: 'MITRE', values: [[`${tactic.id} ${tactic.name}, ${technique.id} ${technique.name}`]] },
    { label: 'tags', values: [[RULE.tags.join('; ')]] },
    { label: 'references', values: RULE.references.map(trusted) },
    ...(detector === undefined ? [] : [{ label: 'detector', values: [untrusted(detector)] }]),
    ...(alert === undefined ? [] : [{ label: 'alert id', values: [untrusted(alert.alertId)] }]),
  ];
  return {
    key: 'about',
    title: alert === undefined ? 'About the rule' : 'About this alert',
    blocks: [{ kind: 'rows', rows }],
  };
}

function thresholdOf({ rule }: Alert): Text {
  const by = rule.groupBy === 'arn' ? 'ARN' : 'session issuer';
  return [
    `${CALL.eventName} in at least ${plural(rule.minRegions, 'region')}, at least ${plural(rule.minCalls, 'call')}, within ${rule.windowSeconds} s (${rule.windowing}), by ${by}`,
  ];
}
