import { RULE } from '../../detection/rule';
import { defangMarkup } from '../../util/sanitize';
import { hashHex, present } from '../../util/values';
import {
  type Alert,
  type Guide,
  identityOf,
  type Notification,
  type NotificationStyle,
  VERDICTS,
  type Verdict,
} from '../model';
import { flatten, join, type Text } from '../text';
import { type Block, listStep, type Report, reportOf, type Section } from './report';

const MAX_TITLE_LENGTH = 250;
const MAX_DESCRIPTION_LENGTH = 8000;
const MAX_STEP_LENGTH = 350;
const MAX_STEPS = 5;

/** Findings among the lines that a chat client shows before it folds the rest away: eight. */
const MAX_FIRST_FINDINGS = 4;

/** The parts of a report on a card: enough to close it, since a chat channel may be the only form. */
const SHOWN: readonly Section['key'][] = [...VERDICTS, 'calls', 'others', 'search', 'list'];

const SHOWN_ROWS: ReadonlySet<string> = new Set([
  ...['window', 'calls', 'denied', 'other errors', 'dry runs', 'user agents', 'sources', 'access keys', 'issuer'],
  ...['session created', 'note', 'sensitive calls', 'sign-ins', 'same address', 'other sessions', 'not arrived'],
]);

/**
 * A custom notification of Amazon Q Developer in chat applications; source: its administrator guide, "Custom
 * notifications". Texts too long for a field are cut.
 */
export function renderChatCard(notification: Notification, style: NotificationStyle) {
  const report = reportOf(notification, style);
  const title = cut(cardText(report.headline), MAX_TITLE_LENGTH);
  const { actor } = identityOf(notification);
  return {
    version: '1.0',
    source: 'custom',
    id: idOf(notification),
    content: {
      textType: 'client-markdown',
      title,
      description: descriptionOf(report, notification),
      nextSteps: nextStepsOf(notification, style).map((step) => cut(step, MAX_STEP_LENGTH)),
      keywords: ['regionsweep', RULE.threat.technique.id, notification.kind],
    },
    metadata: {
      // One thread per actor, so that repeats stay together.
      threadId: hashHex(16, style.detector, style.replayId ?? '', actor ?? 'notices'),
      summary: title,
      eventType: notification.kind,
      relatedResources: actor === undefined ? [] : [withoutEmoji(defangMarkup(actor, 200))],
      additionalContext: { rule: RULE.id, riskScore: String(RULE.riskScore) },
    },
  };
}

function idOf(notification: Notification): string {
  const { kind } = notification;
  if ('alert' in notification) return `${kind}-${notification.alert.alertId}`;
  const actor = notification.kind === 'summary' ? `${hashHex(8, notification.actor)}-` : '';
  return `${kind}-${actor}${notification.from}`;
}

function descriptionOf({ lead, sections }: Report, notification: Notification): string {
  const shown = sections.filter(({ key }) => SHOWN.includes(key)).flatMap(({ blocks }) => blocks);
  const findings = shown.flatMap((block) => (block.kind === 'findings' ? cardLines(block) : []));
  const rows = shown.flatMap((block) => (block.kind === 'findings' ? [] : cardLines(block)));
  const isFirst = (line: string) => /^\*(?:denied|access keys)\* /.test(line);
  const alert = 'alert' in notification ? notification.alert : undefined;
  const lines = [
    ...lead.map(cardText),
    ...findings.slice(0, MAX_FIRST_FINDINGS),
    ...rows.filter(isFirst),
    ...(alert === undefined ? [] : [`*regions* ${regionsOf(alert)}`]),
    ...findings.slice(MAX_FIRST_FINDINGS),
    ...rows.filter((line) => !isFirst(line)),
  ];
  // Texts to be copied are useless when cut.
  const copied = alert === undefined ? '' : copiedText(alert.assessment.guide);
  return linesWithin(lines, MAX_DESCRIPTION_LENGTH - copied.length) + copied;
}

/** Complete lines only: half a label would make the rest bold. */
function linesWithin(lines: readonly string[], maxLength: number): string {
  let text = '';
  for (const line of lines) {
    if (text.length + line.length + 4 > maxLength) return `${text}\n…`;
    text += text === '' ? line : `\n${line}`;
  }
  return text;
}

/** Between fences, which keep what chat clients would make of a colon or an underscore. */
function copiedText({ replay, falsePositive: { exception, note } }: Guide): string {
  const fenced = (label: string, lines: readonly string[]) => `\n*${label}*\n\`\`\`\n${lines.join('\n')}\n\`\`\``;
  return [
    replay?.command === undefined ? '' : fenced('replay', replay.command),
    `\n*false positive* ${cardText(note)}`,
    exception === undefined ? '' : fenced('exception', [exception]),
  ].join('');
}

const MARKS: Readonly<Record<Verdict, string>> = { suspicious: '!', 'likely-benign': '+', context: '·' };

function cardLines(block: Block): string[] {
  switch (block.kind) {
    case 'findings':
      return block.findings.map(({ verdict, text }) => `${MARKS[verdict]} ${cardText(text)}`);
    case 'rows':
      return block.rows
        .filter(({ label }) => SHOWN_ROWS.has(label))
        .map(({ label, values }) => `*${label}* ${cardText(join(values.slice(0, 3), '; '))}`);
    case 'items':
      return block.items.map(cardText);
    case 'steps':
    case 'timeline':
      // Steps have a field of their own; commands and pictures need a fixed width.
      return [];
  }
}

function regionsOf({ regions }: Alert): string {
  return regions
    .map(({ name, refused, calls }) => safeInCard(name, 40) + (refused === calls && calls > 0 ? ' (denied)' : ''))
    .join(', ');
}

function nextStepsOf(notification: Notification, style: NotificationStyle): string[] {
  if (!('alert' in notification)) {
    const { text, command } = listStep(notification, style);
    return [`${cardText(text)} ${command.join(' ')}`];
  }
  const { investigation, replay, containment, falsePositive } = notification.alert.assessment.guide;
  const steps = present([
    ...investigation.map(({ text, link }) => link !== undefined && withLink(cardText(text), link)),
    containment[0] && `If nobody can account for the calls: ${cardText(containment[0].text)}`,
    falsePositive.exception !== undefined &&
      'If it is a false positive: add the exception above, with reason and owner.',
    replay?.command === undefined
      ? 'All evidence, queries and commands are in the JSON of this alert.'
      : 'For all evidence, queries and commands, run the replay above with --format html --out alert.html, or see the JSON of this alert.',
  ]);
  return steps.slice(0, MAX_STEPS);
}

/** A link that would be cut is left out. */
function withLink(text: string, link: string): string {
  const both = `${text} ${link}`;
  return both.length <= MAX_STEP_LENGTH ? both : text;
}

/** Never cuts between surrogates. */
function cut(text: string, maxLength: number): string {
  if (text.length <= maxLength) return text;
  return `${text.slice(0, maxLength - 1).replace(/[\ud800-\udbff]$/, '')}…`;
}

function cardText(text: Text): string {
  return flatten(text, safeInCard);
}

/** As `defangMarkup`, without italics and emoji; underscores within a word stay, so that names can be copied. */
function safeInCard(value: string, maxLength: number): string {
  const flat = defangMarkup(value, maxLength).replace(/_+/g, (run, at: number, whole: string) =>
    isInWord(whole, at, run.length) ? run : '\uff3f'.repeat(run.length),
  );
  return withoutEmoji(flat);
}

/** ARNs and times keep their colons, so that they can be searched. */
function withoutEmoji(text: string): string {
  const kept = /^(?:arn:[\w-]*:[\w-]*:[\w-]*:\d*:|\d{4}-\d\d-\d\dT[\d:.]+Z$)/.exec(text)?.[0] ?? '';
  return kept + text.slice(kept.length).replace(/:(?=[a-z0-9+'-]+:)/gi, '\ua789');
}

function isInWord(text: string, at: number, length: number): boolean {
  return /[a-z0-9]/i.test(text[at - 1] ?? '') && /[a-z0-9]/i.test(text[at + length] ?? '');
}
