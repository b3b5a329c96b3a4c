import { RULE } from '../rule/rule';
import { formatInstant } from '../time';
import { type Alert, sentenceOf } from './alert';
import { factsOf } from './facts';
import { headlineOf } from './headline';
import { defanged, inert } from './inert';
import type { JournalEntry } from './journal';
import type { FollowUp, Notice, Summary, Telling, TellingStyle } from './telling';
import { factLines } from './text-layout';
import { timelineLines } from './timeline';

const WIDTH = 80;

/** A telling as the text of an e-mail of 80 columns. Nothing in it is a link or can become one but our own. */
export function renderEmail(telling: Telling, style: TellingStyle): string {
  const lines = [
    defanged(headlineOf(telling, style), 300),
    '',
    ...bodyOf(telling),
    '',
    `Detector ${style.detector}, rule ${RULE.id}, after Elastic's rule ${RULE.origin.id}.`,
  ];
  return `${lines.join('\n')}\n`;
}

function bodyOf(telling: Telling): string[] {
  switch (telling.kind) {
    case 'alert':
      return alertLines(telling.alert);
    case 'follow-up':
      return [...followUpLines(telling), '', ...alertLines(telling.alert)];
    case 'notice':
      return noticeLines(telling);
    case 'summary':
      return summaryLines(telling);
  }
}

function alertLines(alert: Alert): string[] {
  return [
    defanged(sentenceOf(alert), 600),
    '',
    ...factLines(factsOf(alert), WIDTH, (value) => defanged(value, 600)),
    '',
    ...timelineLines(alert).map((line) => `  ${inert(line, WIDTH - 2)}`),
    '  # a call, x a denied one, % both',
  ];
}

function followUpLines({ alert, regionsBefore, joinedWith }: FollowUp): string[] {
  return [
    `This alert was told with ${regionsBefore} regions; it ended with ${alert.regions.length}.`,
    ...joinedWith.map((alertId) => `It is one burst with the alert ${alertId}, which was told apart.`),
  ];
}

function noticeLines({ from, until, most, heldCount, held }: Notice): string[] {
  return [
    `More than ${most} alerts, or more than half of that for one account, between`,
    `${formatInstant(from)} and ${formatInstant(until)}: ${heldCount} were held back.`,
    'They are kept: list them with regionsweep alerts --stack NAME --held.',
    '',
    ...entryLines(held, heldCount),
  ];
}

function summaryLines({ actor, from, until, repeatCount, repeats }: Summary): string[] {
  return [
    defanged(`${actor} did it again ${repeatCount} times`, 600),
    `between ${formatInstant(from)} and ${formatInstant(until)}, while its alerts were suppressed.`,
    '',
    ...entryLines(repeats, repeatCount),
  ];
}

function entryLines(entries: readonly JournalEntry[], count: number): string[] {
  const lines = entries.map(({ actor, regions, start }) =>
    defanged(`${formatInstant(start)}  ${regions} regions  ${actor}`, WIDTH),
  );
  return entries.length < count ? [...lines, `and ${count - entries.length} more`] : lines;
}
