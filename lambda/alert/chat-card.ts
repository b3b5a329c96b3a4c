import { hashHex } from '../hash';
import { RULE } from '../rule/rule';
import type { Alert } from './alert';
import { cardText, showInCard } from './chat-text';
import { findingsOf } from './findings';
import type { Guide } from './guide/guide';
import { defanged } from './inert';
import { type Block, type Report, reportOf, type Section, untoldStep } from './report';
import type { Telling, TellingStyle } from './telling';
import { joined } from './text';
import type { TriageFact } from './triage/fact';

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

const MOST_STEPS = 5;
/** What a card shows of a report: enough to close it, since a chat channel may be all there is. */
const SHOWN: readonly Section['key'][] = ['glance', 'facts', 'others', 'search', 'list'];
const SHOWN_ROWS: ReadonlySet<string> = new Set([
  ...[
    'window',
    'calls',
    'denied',
    'failed',
    'dry runs',
    'user agents',
    'sources',
    'keys',
    'issuer',
    'since',
    'note',
  ],
  ...['sensitive', 'sign-in', 'neighbours', 'siblings', 'not yet'],
]);

export function renderChatCard(telling: Telling, style: TellingStyle): ChatCard {
  const report = reportOf(telling, style);
  const title = cut(showInCard(report.headline), 250);
  return {
    version: '1.0',
    source: 'custom',
    id: idOf(telling),
    content: {
      textType: 'client-markdown',
      title,
      description: descriptionOf(report, telling),
      nextSteps: nextStepsOf(telling, style).map((step) => cut(step, 350)),
      keywords: ['regionsweep', RULE.threat.technique.id, telling.kind],
    },
    metadata: {
      threadId: threadOf(telling, style),
      summary: title,
      eventType: telling.kind,
      relatedResources: actorOf(telling).map((actor) => defanged(actor, 200)),
      additionalContext: { rule: RULE.id, riskScore: String(RULE.riskScore) },
    },
  };
}

function idOf(telling: Telling): string {
  switch (telling.kind) {
    case 'alert':
    case 'follow-up':
      return `${telling.kind}-${telling.alert.alertId}`;
    case 'notice':
      return `notice-${telling.from}`;
    case 'summary':
      return `summary-${hashHex(8, telling.actor)}-${telling.from}`;
  }
}

function threadOf(telling: Telling, { detector, replayId }: TellingStyle): string {
  return hashHex(16, detector, replayId ?? '', actorOf(telling)[0] ?? 'notices');
}

/** Whom it is about; nobody in particular for a notice. */
function actorOf(telling: Telling): string[] {
  switch (telling.kind) {
    case 'alert':
    case 'follow-up':
      return [telling.alert.actor];
    case 'notice':
      return [];
    case 'summary':
      return [telling.actor];
  }
}

const LONGEST_DESCRIPTION = 8000;

function descriptionOf({ lead, sections }: Report, telling: Telling): string {
  const shown = sections.filter(({ key }) => SHOWN.includes(key));
  const where = 'alert' in telling ? [`*where* ${regionsOf(telling.alert)}`] : [];
  const said = [
    ...lead.map(showInCard),
    ...shown.flatMap(({ blocks }) => blocks.flatMap(cardLines)),
    ...where,
  ];
  // What is there to be copied is of no use cut.
  const copied = 'alert' in telling ? copiedLines(findingsOf(telling.alert).guide).join('') : '';
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
  const fenced = (label: string, lines: readonly string[]) =>
    `\n*${label}*\n\`\`\`\n${lines.join('\n')}\n\`\`\``;
  return [
    ...(replay?.command === undefined ? [] : [fenced('replay', replay.command)]),
    `\n*if it is expected* ${showInCard(note)}`,
    ...(exception === undefined ? [] : [fenced('exception', [exception])]),
  ];
}

const MARKS: Readonly<Record<TriageFact['leans'], string>> = { suspicious: '!', ordinary: '+', neither: '·' };

function cardLines(block: Block): string[] {
  switch (block.kind) {
    case 'facts':
      return block.facts.map(({ leans, text }) => `${MARKS[leans]} ${showInCard(text)}`);
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

function nextStepsOf(telling: Telling, style: TellingStyle): string[] {
  switch (telling.kind) {
    case 'notice':
    case 'summary': {
      const { text, command } = untoldStep(telling, style);
      return [`${showInCard(text)} ${command.join(' ')}`];
    }
    case 'alert':
    case 'follow-up':
      return alertSteps(telling.alert);
  }
}

function alertSteps(alert: Alert): string[] {
  const { questions, replay, ifBad, ifExpected } = findingsOf(alert).guide;
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
  return steps.slice(0, MOST_STEPS);
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
