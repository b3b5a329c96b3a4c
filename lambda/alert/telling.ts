import type { Alert, AlertRegion } from './alert';
import type { JournalEntry } from './journal';

/** What is published: every rendering is one exhaustive switch over this. Seconds are UTC epoch. */
export type Telling = { readonly kind: 'alert'; readonly alert: Alert } | FollowUp | Notice | Summary;

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
  readonly held: readonly JournalEntry[];
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
  readonly repeats: readonly JournalEntry[];
}

/** How a detector's messages look. */
export interface TellingStyle {
  readonly detector: string;
  /** the word for the severity in readable text */
  readonly severityText: string;
  /** whether chat clients get their card as the default variant too */
  readonly chatAsDefault: boolean;
  readonly replayId: string | undefined;
}

/** `[REPLAY id] ` before every text of a replay, so that nobody takes it for news. */
export function replayMark({ replayId }: TellingStyle): string {
  return replayId === undefined ? '' : `[REPLAY ${replayId}] `;
}
