import { type Detection, firstCallOf, lastCallOf } from '../detection/detections';
import type { AlertVerdict, RuleParameters } from '../detection/rule';
import type { HistoryEntry } from '../state/history';
import { plural } from '../util/values';
import type { Evidence } from './evidence/model';
import type { Recurrence } from './recurrence';
import { amount, instant, type Text, text, trusted, untrusted } from './text';

/** One identity's calls in a window or burst, and the evidence around them. Seconds are UTC epoch. */
export interface Sweep extends Omit<Detection, 'regions' | 'objects'> {
  /** derived from rule, window and actor, so that receivers recognise a repeat */
  readonly alertId: string;
  readonly rule: RuleParameters;
  readonly account: string | undefined;
  /** the owner's name for the account */
  readonly accountName?: string | undefined;
  /** by first call, then name */
  readonly regions: readonly AlertRegion[];
  readonly evidence: Evidence;
  /** if earlier alerts are remembered */
  readonly recurrence?: Recurrence | undefined;
  /** names of the objects that hold the calls */
  readonly objects: readonly string[];
  /** whether reading was stopped early, so that calls may be missing */
  readonly partial: boolean;
}

export interface AlertRegion {
  readonly name: string;
  readonly first: number;
  readonly last: number;
  /** calls whose records were read */
  readonly calls: number;
  /** as in `Evidence` */
  readonly failed: number;
  readonly refused: number;
}

/** A sweep with its assessment, which renderings and truncation never compute again. */
export interface Alert extends Sweep {
  readonly assessment: Assessment;
}

/** What follows from a sweep's evidence, computed once from all of it, since truncated lists would give other results. */
export interface Assessment {
  readonly verdict: AlertVerdict;
  /** what decided it, a few words each, the weightiest first */
  readonly reasons: readonly string[];
  readonly findings: readonly Finding[];
  /** what it looks like, a few words each, the weightiest first */
  readonly headline: readonly string[];
  readonly guide: Guide;
}

/** Verdicts of findings, in the order in which they are shown. */
export const VERDICTS = ['suspicious', 'likely-benign', 'context'] as const;

export type Verdict = (typeof VERDICTS)[number];

/** Ids of findings. They are published as signals, and people filter by them: an id never changes its meaning. */
export const FINDING_IDS = [
  ...(['root', 'console-page', 'console-shell', 'console-program', 'console-agent', 'invoked-by'] as const),
  ...(['service-linked-role', 'attack-tool', 'tool', 'agent-contradiction', 'long-lived-key'] as const),
  ...(['instance-role', 'instance-name', 'function-role', 'other-account', 'foreign-endpoint'] as const),
  ...(['vpc-endpoint', 'several-addresses', 'without-mfa', 'with-mfa', 'fresh-session', 'all-denied'] as const),
  ...(['partly-denied', 'denied-then-allowed', 'region-not-enabled', 'failed', 'dry-run', 'no-filters'] as const),
  ...(['sensitive-calls', 'own-snapshots', 'session-per-region', 'who-am-i', 'assumed-role', 'session-began'] as const),
  ...(['session-moved', 'address-owner', 'other-sign-in', 'same-address', 'other-sessions'] as const),
  ...(['other-discovery', 'no-evidence', 'first-alert', 'usual', 'changed', 'repeated', 'key-elsewhere'] as const),
] as const;

export type FindingId = (typeof FINDING_IDS)[number];

/** A statement that helps to close or to escalate an alert. Severity stays the rule's. */
export interface Finding {
  readonly id: FindingId;
  readonly verdict: Verdict;
  /** a few words for the headline; absent if it does not belong there */
  readonly headline?: string | undefined;
  readonly text: Text;
  /** why it matters, and what to check */
  readonly why: string;
  /** the record fields that it rests on */
  readonly field: string;
}

/** The findings that a sweep may have, in the order in which they are shown. */
export type Checks = Readonly<Partial<Record<FindingId, Check>>>;

export type Check = ShareCheck | FindCheck;

/** A finding about some of the calls, whose text begins with their number. */
interface ShareCheck extends Omit<Finding, 'id' | 'text'> {
  /** the number of calls; 0 if the sweep does not have the finding */
  readonly calls: (sweep: Sweep) => number;
  /** the rest of the sentence */
  readonly says: (sweep: Sweep) => Text;
  /** what differs if it does not hold for all calls, or not all could be read */
  readonly inPart?: Partial<Omit<Finding, 'id'>>;
}

interface FindCheck extends Omit<Finding, 'id' | 'text'> {
  /** the text, alone or with what differs from the defaults; nothing if the sweep does not have the finding */
  readonly find: (sweep: Sweep) => Text | (Pick<Finding, 'text'> & Partial<Finding>) | false | undefined;
}

/** What to do with an alert. Values are filled in; commands are safe to copy. */
export interface Guide {
  readonly investigation: readonly Step[];
  /** the last step of the investigation: the rule again over the same time */
  readonly replay: Step | undefined;
  /** the most urgent first */
  readonly containment: readonly Step[];
  readonly falsePositive: FalsePositive;
}

export interface Step {
  readonly text: Text;
  /** what the evidence already says about it */
  readonly known?: Text | undefined;
  /** lines of one command or query; values in it are quoted, or they are ours */
  readonly command?: readonly string[] | undefined;
  readonly link?: string | undefined;
}

/** When the alert is a false positive, and how to except it. */
export interface FalsePositive {
  readonly when: readonly Text[];
  /** one exception as JSON; absent if none can be recommended */
  readonly exception: string | undefined;
  readonly note: Text;
}

export interface Row {
  readonly label: string;
  readonly values: readonly Text[];
}

/** A notification. Seconds are UTC epoch. */
export type Notification = { readonly kind: 'alert'; readonly alert: Alert } | FollowUp | Listing;

/** The final extent of an alert that grew after it was published. */
export interface FollowUp {
  readonly kind: 'follow-up';
  readonly alert: Alert;
  /** regions the alert had when it was published */
  readonly regionsBefore: number;
  /** regions added since, by first call; `undefined` if their names are no longer known */
  readonly added: readonly AlertRegion[] | undefined;
  /** ids of alerts published separately that turned out to be the same burst */
  readonly joinedWith: readonly string[];
}

/** Notifications of alerts that were not published. */
export type Listing = Notice | Summary;

/** Alerts of an interval that were not published. */
interface Unpublished {
  readonly from: number;
  readonly until: number;
  readonly count: number;
  /** the first of them */
  readonly entries: readonly HistoryEntry[];
}

export interface Notice extends Unpublished {
  readonly kind: 'notice';
  readonly limit: number;
}

/** The repeats of an actor while it was suppressed. */
export interface Summary extends Unpublished {
  readonly kind: 'summary';
  readonly actor: string;
  readonly account: string | undefined;
  readonly accountName?: string | undefined;
}

export interface NotificationStyle {
  readonly detector: string;
  /** word for the severity in readable text */
  readonly severityText: string;
  /** whether chat clients get their card as the default variant too */
  readonly chatAsDefault: boolean;
  readonly replayId: string | undefined;
  /** whether it is older than the state store's memory, and may have been published before */
  readonly isFromHistory?: boolean;
}
/** Whether calls may be missing from the count. */
export function isLowerBound({ evidence }: Pick<Sweep, 'evidence'>): boolean {
  return evidence.gaps.length > 0;
}

/** Distinct calls. If records could not be read, at least those in the tallies: a region's first and last. */
export function callCountOf(sweep: Pick<Sweep, 'evidence' | 'regions'>): number {
  const tallied = sweep.regions.reduce((sum, { first, last }) => sum + (first === last ? 1 : 2), 0);
  return isLowerBound(sweep) ? Math.max(sweep.evidence.calls, tallied) : sweep.evidence.calls;
}

/** Seconds before and after it that the evidence covers. */
export function aroundText({ aroundSeconds }: Pick<Sweep, 'aroundSeconds'>): string {
  return aroundSeconds === undefined ? 'five minutes' : plural(Math.round(aroundSeconds / 60), 'minute');
}

/** ` from 203.0.113.9 and 2 others`; empty if no record says it. */
export function sourceText({ evidence: { sourceAddresses, distinct } }: Pick<Sweep, 'evidence'>): Text {
  const [first] = sourceAddresses;
  const others = distinct.sourceAddresses - 1;
  if (first === undefined) return [];
  return text` from ${untrusted(first.value, 40)}${others > 0 ? text` and ${amount(others, 'other')}` : []}`;
}

export function sentenceOf(sweep: Sweep): Text {
  const { actor, regions, rule } = sweep;
  const seconds = lastCallOf(regions) - firstCallOf(regions) + 1;
  const slow = rule.windowing === 'slow' ? ` Found by the slow window of ${rule.windowSeconds} s.` : '';
  const atLeast = trusted(isLowerBound(sweep) ? 'at least ' : '');
  return text`${untrusted(actor, 600)} called EC2 DescribeInstances in ${amount(regions.length, 'region')} within ${seconds} s (${atLeast}${amount(callCountOf(sweep), 'call')}) at ${instant(firstCallOf(regions))}${sourceText(sweep)}.${trusted(slow)}`;
}

export function verdictSentenceOf({ assessment: { verdict, reasons } }: Alert): Text {
  return [`Verdict: ${verdict} (${reasons.join('; ')}).`];
}

export function signalsOf({ assessment: { findings } }: Alert): FindingId[] {
  return findings.map(({ id }) => id);
}

/** The actor of a notification; undefined for a notice. */
export function identityOf(notification: Notification): Partial<Pick<Summary, 'actor' | 'account' | 'accountName'>> {
  if ('alert' in notification) return notification.alert;
  return notification.kind === 'summary' ? notification : {};
}

/** Shown if `shortened` is set. */
export const TRUNCATED = 'lists and texts were shortened to fit the message';

/** Version of the JSON: a new major when a field is removed or changes its meaning, a new minor when one is added. */
export const SCHEMA_VERSION = '1.3' as const;

/** `111122223333 (production)` */
export function accountText(account: string, name: string | undefined): Text {
  return text`${untrusted(account, 20)}${name === undefined ? [] : text` (${untrusted(name, 40)})`}`;
}

export type AccountNames = Readonly<Record<string, string>>;

export function accountNameOf(names: AccountNames = {}, account: string | undefined): string | undefined {
  return account !== undefined && Object.hasOwn(names, account) ? names[account] : undefined;
}
