import { CALL, RULE } from '../../detection/rule';
import type { HistoryEntry } from '../../state/history';
import { formatInstant, formatTime, plural } from '../../util/values';
import {
  type Alert,
  aroundText,
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
  verdictSentenceOf,
} from '../model';
import { amount, instant, join, type Text, text, trusted, untrusted } from '../text';
import { otherRows, row, rowsOf, searchRows, withValues } from './detail-rows';
import { renderHeadline } from './headline';

/**
 * The content of a notification in reading order, from which e-mail, terminal, HTML and chat are rendered. Each form
 * sanitizes the untrusted pieces in its own way.
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
  | { readonly kind: 'rows'; readonly rows: readonly Row[] }
  | { readonly kind: 'findings'; readonly findings: readonly Finding[] }
  | { readonly kind: 'items'; readonly items: readonly Text[] }
  | { readonly kind: 'steps'; readonly steps: readonly Step[] }
  | { readonly kind: 'timeline'; readonly alert: Alert };

export function reportOf(notification: Notification, style: NotificationStyle): Report {
  return { headline: renderHeadline(notification, style), ...partsOf(notification, style) };
}

function partsOf(notification: Notification, style: NotificationStyle): Omit<Report, 'headline'> {
  switch (notification.kind) {
    case 'alert':
      return { lead: leadOf(notification.alert), sections: sectionsOf(notification.alert, style.detector) };
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
    ...leadOf(alert),
  ];
}

function leadOf(alert: Alert): Text[] {
  return [sentenceOf(alert), verdictSentenceOf(alert)];
}

const TITLES: Readonly<Record<Verdict, string>> = {
  suspicious: 'Suspicious',
  'likely-benign': 'Likely benign',
  context: 'Context',
};

/** An alert's sections; without a detector, those of a replay. */
export function sectionsOf(alert: Alert, detector: string | undefined): Section[] {
  const { findings, guide } = alert.assessment;
  const { when, note, exception } = guide.falsePositive;
  const suppress: Block =
    exception === undefined
      ? { kind: 'items', items: [note] }
      : { kind: 'steps', steps: [{ text: note, command: [exception] }] };
  const sections: Section[] = [
    ...VERDICTS.map((verdict): Section => {
      const ofVerdict = findings.filter((finding) => finding.verdict === verdict);
      return { key: verdict, title: TITLES[verdict], blocks: [{ kind: 'findings', findings: ofVerdict }] };
    }),
    rowSection('calls', 'Calls', rowsOf(alert)),
    { key: 'timeline', title: 'Timeline', blocks: [{ kind: 'timeline', alert }] },
    rowSection('others', `Other activity within ${aroundText(alert)}`, otherRows(alert)),
    rowSection('search', 'Files searched', searchRows(alert)),
    stepSection('investigate', 'Investigate', guide.investigation),
    stepSection('contain', 'Contain, if nobody can account for the calls', guide.containment),
    {
      key: 'false-positive',
      title: 'If it is a false positive',
      blocks: [{ kind: 'items', items: when }, suppress],
    },
    rowSection('about', 'About this alert', aboutRows(detector, alert)),
  ];
  return sections.filter(({ blocks: [block] }) => !isEmpty(block!));
}

function rowSection(key: Section['key'], title: string, rows: readonly Row[]): Section {
  return { key, title, blocks: [{ kind: 'rows', rows }] };
}

function stepSection(key: Section['key'], title: string, steps: readonly Step[]): Section {
  return { key, title, blocks: [{ kind: 'steps', steps }] };
}

function isEmpty(block: Block): boolean {
  return (
    (block.kind === 'rows' && block.rows.length === 0) || (block.kind === 'findings' && block.findings.length === 0)
  );
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
      stepSection('investigate', 'Next step', [listStep(notification, style)]),
      rowSection('about', 'About the rule', aboutRows(style.detector)),
    ],
  };
}

/** The command that lists the alerts that were not published. */
export function listStep({ from }: Notice | Summary, { replayId }: NotificationStyle): Step & { command: string[] } {
  const replay = replayId === undefined ? '' : ` --replay ${replayId}`;
  return {
    text: text`List the alerts that were not sent. Replace YOUR-STACK with the name of this detector’s stack.`,
    command: [`npm run -s regionsweep -- alerts --stack YOUR-STACK --held --since ${formatInstant(from)}${replay}`],
  };
}

function aboutRows(detector: string | undefined, alert?: Alert): Row[] {
  const { tactic, technique } = RULE.threat;
  return withValues([
    row('rule', [`${RULE.name} (${RULE.id}, version ${RULE.version})`]),
    row('threshold', alert && thresholdOf(alert)),
    row('severity', [`${RULE.severity}, risk ${RULE.riskScore}`]),
    row('origin', [`Elastic: ${RULE.origin.name}, ${RULE.origin.id}, version ${RULE.origin.version}`]),
    row('MITRE', [`${tactic.id} ${tactic.name}, ${technique.id} ${technique.name}`]),
    row('tags', [RULE.tags.join('; ')]),
    row('references', ...RULE.references.map(trusted)),
    row('detector', detector !== undefined && untrusted(detector)),
    row('alert id', alert && untrusted(alert.alertId)),
  ]);
}

function thresholdOf({ rule }: Alert): Text {
  const by = rule.groupBy === 'arn' ? 'ARN' : 'session issuer';
  return [
    `${CALL.eventName} in at least ${plural(rule.minRegions, 'region')}, at least ${plural(rule.minCalls, 'call')}, within ${rule.windowSeconds} s (${rule.windowing}), by ${by}`,
  ];
}
