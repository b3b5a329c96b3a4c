import { RULE } from '../../detection/rule';
import { defangMarkup } from '../../util/sanitize';
import { hashHex } from '../../util/values';
import { assess } from '../assemble';
import type { Alert, Finding, Guide, Notification, NotificationStyle } from '../model';
import { joined, show, type Text } from '../text';
import { type Block, type Report, reportOf, type Section, untoldStep } from './report';

/**
 * A custom notification of Amazon Q Developer in chat applications; source: its administrator guide, "Custom
 * notifications". Texts longer than a field takes are cut.
 */
export interface ChatCard {
  readonly version: '1.0';
  readonly source: 'custom';
  readonly id: string;
  readonly content: {
    readonly textType: 'client-markdown';
    /** 250 characters at most */
    readonly title: string;
    /** 8,000 characters at most */
    readonly description: string;
    /** 350 characters at most each */
    readonly nextSteps: readonly string[];
    /** 75 characters at most each */
    readonly keywords: readonly string[];
  };
  readonly metadata: {
    /** one thread an actor, so that repeats stand together */
    readonly threadId: string;
    readonly summary: string;
    readonly eventType: string;
    readonly relatedResources: readonly string[];
    readonly additionalContext: Readonly<Record<string, string>>;
  };
}

const MAX_STEPS = 5;

/** What a card shows of a report: enough to close it, since a chat channel may be all there is. */
const SHOWN: readonly Section['key'][] = ['glance', 'facts', 'others', 'search', 'list'];

const SHOWN_ROWS: ReadonlySet<string> = new Set([
  ...['window', 'calls', 'denied', 'failed', 'dry runs', 'user agents', 'sources', 'keys', 'issuer', 'since', 'note'],
  ...['sensitive', 'sign-in', 'neighbours', 'siblings', 'not yet'],
]);

export function renderChatCard(notification: Notification, style: NotificationStyle): ChatCard {
  const report = reportOf(notification, style);
  const title = cut(showInCard(report.headline), 250);
  return {
    version: '1.0',
    source: 'custom',
    id: idOf(notification),
    content: {
      textType: 'client-markdown',
      title,
      description: descriptionOf(report, notification),
      nextSteps: nextStepsOf(notification, style).map((step) => cut(step, 350)),
      keywords: ['regionsweep', RULE.threat.technique.id, notification.kind],
    },
    metadata: {
      threadId: threadOf(notification, style),
      summary: title,
      eventType: notification.kind,
      relatedResources: actorOf(notification).map((actor) => defangMarkup(actor, 200)),
      additionalContext: { rule: RULE.id, riskScore: String(RULE.riskScore) },
    },
  };
}

function idOf(notification: Notification): string {
  switch (notification.kind) {
    case 'alert':
    case 'follow-up':
      return `${notification.kind}-${notification.alert.alertId}`;
    case 'notice':
      return `notice-${notification.from}`;
    case 'summary':
      return `summary-${hashHex(8, notification.actor)}-${notification.from}`;
  }
}

function threadOf(notification: Notification, { detector, replayId }: NotificationStyle): string {
  return hashHex(16, detector, replayId ?? '', actorOf(notification)[0] ?? 'notices');
}

/** Whom it is about; nobody in particular for a notice. */
function actorOf(notification: Notification): string[] {
  switch (notification.kind) {
    case 'alert':
    case 'follow-up':
      return [notification.alert.actor];
    case 'notice':
      return [];
    case 'summary':
      return [notification.actor];
  }
}

const LONGEST_DESCRIPTION = 8000;

function descriptionOf({ lead, sections }: Report, notification: Notification): string {
  const shown = sections.filter(({ key }) => SHOWN.includes(key));
  const where = 'alert' in notification ? [`*where* ${regionsOf(notification.alert)}`] : [];
  const said = [...lead.map(showInCard), ...shown.flatMap(({ blocks }) => blocks.flatMap(cardLines)), ...where];
  // What is there to be copied is of no use cut.
  const copied = 'alert' in notification ? copiedLines(assess(notification.alert).guide).join('') : '';
  return linesWithin(said, LONGEST_DESCRIPTION - copied.length) + copied;
}

/** Whole lines: half a label would make bold what follows. */
function linesWithin(lines: readonly string[], most: number): string {
  let text = '';
  for (const line of lines) {
    if (text.length + line.length + 4 > most) return `${text}\n…`;
    text += text === '' ? line : `\n${line}`;
  }
  return text;
}

/** Between fences, which keep what chat clients would make of a colon or an underscore. */
function copiedLines({ replay, ifExpected: { exception, note } }: Guide): string[] {
  const fenced = (label: string, lines: readonly string[]) => `\n*${label}*\n\`\`\`\n${lines.join('\n')}\n\`\`\``;
  return [
    ...(replay?.command === undefined ? [] : [fenced('replay', replay.command)]),
    `\n*if it is expected* ${showInCard(note)}`,
    ...(exception === undefined ? [] : [fenced('exception', [exception])]),
  ];
}

const MARKS: Readonly<Record<Finding['leans'], string>> = { suspicious: '!', ordinary: '+', neither: '·' };

function cardLines(block: Block): string[] {
  switch (block.kind) {
    case 'facts':
      return block.findings.map(({ leans, text }) => `${MARKS[leans]} ${showInCard(text)}`);
    case 'rows':
      return block.rows
        .filter(({ label }) => SHOWN_ROWS.has(label))
        .map(({ label, values }) => `*${label}* ${showInCard(joined(values.slice(0, 3), '; '))}`);
    case 'items':
      return block.items.map(showInCard);
    case 'line':
      return [showInCard(block.text)];
    case 'steps':
    case 'code':
    case 'timeline':
      // What to do stands in the card's own field; commands and pictures need a fixed width.
      return [];
  }
}

function regionsOf({ regions }: Alert): string {
  const names = regions.map(({ name, refused, calls }) => {
    return cardText(name, 40) + (refused === calls && calls > 0 ? ' (denied)' : '');
  });
  return names.join(', ');
}

function nextStepsOf(notification: Notification, style: NotificationStyle): string[] {
  switch (notification.kind) {
    case 'notice':
    case 'summary': {
      const { text, command } = untoldStep(notification, style);
      return [`${showInCard(text)} ${command.join(' ')}`];
    }
    case 'alert':
    case 'follow-up':
      return alertSteps(notification.alert);
  }
}

function alertSteps(alert: Alert): string[] {
  const { questions, replay, ifBad, ifExpected } = assess(alert).guide;
  const steps = [
    ...questions.flatMap(({ text, link }) => (link === undefined ? [] : withLink(showInCard(text), link))),
    ...ifBad.slice(0, 1).map(({ text }) => `If nobody can account for it: ${showInCard(text)}`),
    ...(ifExpected.exception === undefined
      ? []
      : ['If it is expected: add the exception above, with who says so and why.']),
    replay?.command === undefined
      ? 'All evidence, queries and commands are in the JSON of this alert.'
      : 'All evidence, queries and commands: the replay above with --format html --out alert.html, or the JSON of this alert.',
  ];
  return steps.slice(0, MAX_STEPS);
}

/** A link that would be cut leads nowhere, so it is left out. */
function withLink(text: string, link: string): string {
  return `${text} ${link}`.length <= 350 ? `${text} ${link}` : text;
}

/** Never between the two halves of a character. */
function cut(text: string, most: number): string {
  if (text.length <= most) return text;
  return `${text.slice(0, most - 1).replace(/[\ud800-\udbff]$/, '')}…`;
}

/**
 * As `defanged`, and without what chat clients make of plain words: slanted text between underscores, emoji between
 * colons. Underscores within a word slant nothing, and stay, so that names can be copied.
 */
export function cardText(text: string, longest: number): string {
  const flat = defangMarkup(text, longest).replace(/_+/g, (run, at: number, whole: string) =>
    isInWord(whole, at, run.length) ? run : '\uff3f'.repeat(run.length),
  );
  // The start of an ARN, and a time, keep their colons, or they could not be looked for.
  const kept = /^(?:arn:[\w-]*:[\w-]*:[\w-]*:\d*:|\d{4}-\d\d-\d\dT[\d:.]+Z$)/.exec(flat)?.[0] ?? '';
  return kept + flat.slice(kept.length).replace(/:(?=[a-z0-9+'-]+:)/gi, '\ua789');
}

function isInWord(text: string, at: number, length: number): boolean {
  return /[a-z0-9]/i.test(text[at - 1] ?? '') && /[a-z0-9]/i.test(text[at + length] ?? '');
}

export function showInCard(text: Text): string {
  return show(text, cardText);
}
