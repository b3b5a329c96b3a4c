import { firstCallOf, lastCallOf } from '../detection/detections';
import type { RuleParameters } from '../detection/rule';
import type { HistoryEntry } from '../state/history';
import { plural } from '../util/values';
import type { Evidence } from './evidence/model';
import { ours, quote, say, type Text } from './text';

/** What is told of one hit; every rendering is made from this. Seconds are UTC epoch. */
export interface Alert {
  /** the same for the same rule, window and actor, so that a repeat can be recognised */
  readonly alertId: string;
  readonly rule: RuleParameters;
  readonly actor: string;
  readonly account: string | undefined;
  readonly start: number;
  /** exclusive */
  readonly end: number;
  readonly decidedAt: number;
  /** by first call, then name */
  readonly regions: readonly AlertRegion[];
  readonly evidence: Evidence;
  /** kept where lists or texts were cut since they were drawn */
  readonly assessment?: Assessment;
  /** names of the objects the calls were told in */
  readonly objects: readonly string[];
  /** true where reading was broken off, so that more may be to tell */
  readonly partial: boolean;
}

export interface AlertRegion {
  readonly name: string;
  readonly first: number;
  readonly last: number;
  /** calls of which the records were read */
  readonly calls: number;
  /** as in `Evidence` */
  readonly failed: number;
  readonly refused: number;
}

/** Newest window first; within one, by actor. */
export function newestFirst(a: Alert, b: Alert): number {
  if (a.start !== b.start) return b.start - a.start;
  return a.actor < b.actor ? -1 : 1;
}

/** Whether calls may be missing from the count. */
export function isLowerBound({ evidence }: Pick<Alert, 'evidence'>): boolean {
  return evidence.gaps.length > 0;
}

/** Distinct calls; where records could not be read at least as many as the tallies tell of: a region's first and last. */
export function callCountOf(alert: Pick<Alert, 'evidence' | 'regions'>): number {
  const told = alert.regions.reduce((sum, { first, last }) => sum + (first === last ? 1 : 2), 0);
  return isLowerBound(alert) ? Math.max(alert.evidence.calls, told) : alert.evidence.calls;
}

/** What happened, in one sentence. */
export function sentenceOf(alert: Alert): Text {
  const first = firstCallOf(alert.regions);
  const last = lastCallOf(alert.regions);
  const calls = ours(plural(callCountOf(alert), 'call'));
  const atLeast = ours(isLowerBound(alert) ? 'at least ' : '');
  return say`${quote(alert.actor, 600)} called EC2 DescribeInstances in ${ours(plural(alert.regions.length, 'region'))} within ${last - first + 1} s (${atLeast}${calls}).`;
}

/** What follows from an alert's evidence. It is drawn from all of it: lists that were cut to fit would say otherwise. */
export interface Assessment {
  readonly findings: readonly Finding[];
  readonly guide: Guide;
}

/** When an alert is none, and how not to get it again. */
export interface Expected {
  readonly when: readonly Text[];
  /** one entry of the exceptions, as JSON; absent where none can be advised */
  readonly exception: string | undefined;
  readonly note: Text;
}

/** What is published: every rendering is one exhaustive switch over this. Seconds are UTC epoch. */
export type Notification = { readonly kind: 'alert'; readonly alert: Alert } | FollowUp | Notice | Summary;

/** The final extent of an alert that grew after it was told. */
export interface FollowUp {
  readonly kind: 'follow-up';
  readonly alert: Alert;
  /** regions the alert had when it was published */
  readonly regionsBefore: number;
  /** those it did not have then, by first call; `undefined` where their names are not known any more */
  readonly added: readonly AlertRegion[] | undefined;
  /** ids of alerts told apart that turned out to be the same burst */
  readonly joinedWith: readonly string[];
}

/** That alerts were held back by the cap. */
export interface Notice {
  readonly kind: 'notice';
  readonly from: number;
  readonly until: number;
  readonly most: number;
  readonly heldCount: number;
  /** the first of them */
  readonly held: readonly HistoryEntry[];
}

/** The repeats of an actor that were counted and not told while it was suppressed. */
export interface Summary {
  readonly kind: 'summary';
  readonly actor: string;
  readonly account: string | undefined;
  readonly from: number;
  readonly until: number;
  readonly repeatCount: number;
  /** the first of them */
  readonly repeats: readonly HistoryEntry[];
}

/** How a detector's messages look. */
export interface NotificationStyle {
  readonly detector: string;
  /** the word for the severity in readable text */
  readonly severityText: string;
  /** whether chat clients get their card as the default variant too */
  readonly chatAsDefault: boolean;
  readonly replayId: string | undefined;
}

/** `[REPLAY id] ` before every text of a replay, so that nobody takes it for news. */
export function replayMark({ replayId }: NotificationStyle): string {
  return replayId === undefined ? '' : `[REPLAY ${replayId}] `;
}

/** One thing the evidence shows that helps to close an alert or to escalate it. It changes neither severity nor whether it is told. */
export interface Finding {
  readonly id: string;
  /** what it speaks for: everyday use, somebody who should not be there, or neither by itself */
  readonly leans: 'ordinary' | 'suspicious' | 'neither';
  /** a few words, for a headline; absent for what does not belong there */
  readonly short?: string | undefined;
  readonly text: Text;
  readonly why: string;
  /** the fields of the records that say so */
  readonly field: string;
}

export type Check = (alert: Alert) => Finding | undefined;

/** What to do with an alert: values are filled in, commands are safe to copy. */
export interface Guide {
  readonly questions: readonly Step[];
  /** the last of the questions: the rule again over that time */
  readonly replay: Step | undefined;
  readonly ifBad: readonly Step[];
  readonly ifExpected: Expected;
}

/** A question or a measure, and what answers it or carries it out. */
export interface Step {
  readonly text: Text;
  /** what is known already */
  readonly known?: Text | undefined;
  /** one command or query, a line each; nothing in it is anybody's but ours, or it is quoted */
  readonly command?: readonly string[] | undefined;
  readonly link?: string | undefined;
}

/** Apart from the schema itself, which takes longer to load than a small replay takes. */

/** Goes up by one in front when a field changes its meaning or goes, behind when one is added. */
export const SCHEMA_VERSION = '1.2';
