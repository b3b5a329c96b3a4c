import { CALL, RULE } from '../../detection/rule';
import { formatInstant, formatTime, plural, present } from '../../util/values';
import {
  type Alert,
  aroundText,
  type Finding,
  type FollowUp,
  type Listing,
  type Notification,
  type NotificationStyle,
  type Row,
  type Step,
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
  const headline = renderHeadline(notification, style);
  if (!('alert' in notification)) return { headline, ...listing(notification, style) };
  const { alert } = notification;
  const growth = notification.kind === 'follow-up' ? growthOf(notification) : [];
  const lead = [...growth, sentenceOf(alert), verdictSentenceOf(alert)];
  return { headline, lead, sections: sectionsOf(alert, style.detector) };
}

function growthOf({ alert, regionsBefore, added = [], joinedWith }: FollowUp): Text[] {
  const names = added.map(({ name, first }) => text`${untrusted(name, 30)} (${trusted(formatTime(first))})`);
  return present([
    text`First reported with ${amount(regionsBefore, 'region')}; now ${alert.regions.length}.`,
    names.length > 0 && text`New regions, with the time of the first call: ${join(names, ', ')}.`,
    ...joinedWith.map((alertId) => text`Same burst as alert ${alertId}, which was sent separately.`),
  ]);
}

const TITLES: Readonly<Record<Verdict, string>> = {
  suspicious: 'Suspicious',
  'likely-benign': 'Likely benign',
  context: 'Context',
};

export function sectionsOf(alert: Alert, detector: string | undefined): Section[] {
  const { findings, guide } = alert.assessment;
  const { when, note, exception } = guide.falsePositive;
  const sections = [
    ...VERDICTS.map((verdict) => {
      const ofVerdict = findings.filter((finding) => finding.verdict === verdict);
      return section(verdict, TITLES[verdict], { kind: 'findings', findings: ofVerdict });
    }),
    section('calls', 'Calls', { kind: 'rows', rows: rowsOf(alert) }),
    section('timeline', 'Timeline', { kind: 'timeline', alert }),
    section('others', `Other activity within ${aroundText(alert)}`, { kind: 'rows', rows: otherRows(alert) }),
    section('search', 'Files searched', { kind: 'rows', rows: searchRows(alert) }),
    section('investigate', 'Investigate', { kind: 'steps', steps: guide.investigation }),
    section('contain', 'Contain, if nobody can account for the calls', { kind: 'steps', steps: guide.containment }),
    section(
      'false-positive',
      'If it is a false positive',
      { kind: 'items', items: when },
      exception === undefined
        ? { kind: 'items', items: [note] }
        : { kind: 'steps', steps: [{ text: note, command: [exception] }] },
    ),
    section('about', 'About this alert', { kind: 'rows', rows: aboutRows(detector, alert) }),
  ];
  return sections.filter(({ blocks: [block] }) => !isEmpty(block!));
}

function section(key: Section['key'], title: string, ...blocks: readonly Block[]): Section {
  return { key, title, blocks };
}

function isEmpty(block: Block): boolean {
  return (
    (block.kind === 'rows' && block.rows.length === 0) || (block.kind === 'findings' && block.findings.length === 0)
  );
}

function listing(notification: Listing, style: NotificationStyle): Omit<Report, 'headline'> {
  const { from, until, count, entries } = notification;
  const times = text`between ${instant(from)} and ${instant(until)}`;
  const again = count === 1 ? 'once more' : `${count} more times`;
  const lead =
    notification.kind === 'notice'
      ? text`Alert limit reached ${times} (${notification.limit} alerts, at most half of them for one account): ${amount(count, 'alert')} not sent, but stored.`
      : text`${untrusted(notification.actor, 600)} triggered the rule ${trusted(again)} ${times}, while its alerts were suppressed.`;
  const items = entries.map(
    ({ actor, regions, start }) => text`${instant(start)}  ${amount(regions, 'region')}  ${untrusted(actor, 300)}`,
  );
  if (items.length < count) items.push(text`and ${count - items.length} more`);
  return {
    lead: [lead],
    sections: [
      section('list', notification.kind === 'notice' ? 'Alerts not sent' : 'Repeats', { kind: 'items', items }),
      section('investigate', 'Next step', { kind: 'steps', steps: [listStep(notification, style)] }),
      section('about', 'About the rule', { kind: 'rows', rows: aboutRows(style.detector) }),
    ],
  };
}

/** The command that lists the alerts that were not published. */
export function listStep({ from }: Listing, { replayId }: NotificationStyle): Step & { command: string[] } {
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
