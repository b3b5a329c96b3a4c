import { RULE } from '../../detection/rule';
import { defang, defangMarkup } from '../../util/sanitize';
import type { Alert, Finding, Notification, NotificationStyle, Step } from '../model';
import { show, type Text } from '../text';
import type { Row } from './detail-rows';
import { type Block, reportOf, type Section, sectionsOf } from './report';
import { timelineLegend, timelineLines } from './timeline';

const LABEL_WIDTH = 13;

const INDENT = '  ';

/** How lines are made of a report. */
export interface Layout {
  /** columns */
  readonly width: number;
  /** makes quoted text fit to show */
  readonly safe: (quoted: string, longest: number) => string;
  /** whether facts say why they matter, and which field says so */
  readonly explains: boolean;
}

/** Lines of at most so many columns; only links and commands, which must stay whole, may be longer. */
export function blockLines(block: Block, layout: Layout): string[] {
  switch (block.kind) {
    case 'line':
      return wrapped(show(block.text, layout.safe), layout.width, INDENT, INDENT);
    case 'rows':
      return block.rows.flatMap((row) => rowLines(row, layout));
    case 'facts':
      return block.findings.flatMap((finding) => findingLines(finding, layout));
    case 'items':
      return block.items.flatMap((item) => itemLines('- ', item, layout));
    case 'steps':
      return block.steps.flatMap((step, index) => stepLines(step, index, layout));
    case 'code':
      return ['', ...block.text.split('\n').map((line) => `    ${line}`)];
    case 'timeline':
      return [...timelineLines(block.alert).map((line) => INDENT + line), INDENT + timelineLegend(block.alert)];
  }
}

const MARKS: Readonly<Record<Finding['leans'], string>> = {
  suspicious: '! ',
  ordinary: '+ ',
  neither: '. ',
};

function findingLines({ leans, text, why, field }: Finding, layout: Layout): string[] {
  const said = itemLines(MARKS[leans], text, layout);
  if (!layout.explains) return said;
  return [...said, ...wrapped(`${why} (${field})`, layout.width, '      ', '      ')];
}

function itemLines(mark: string, text: Text, { safe, width }: Layout): string[] {
  return wrapped(show(text, safe), width, `${INDENT}${mark}`, `${INDENT}  `);
}

function stepLines({ text, known, command, link }: Step, index: number, { safe, width }: Layout): string[] {
  const mark = `${index + 1}. `;
  return [
    ...(index === 0 ? [] : ['']),
    ...wrapped(show(text, safe), width, `${INDENT}${mark}`, `${INDENT}   `),
    ...(known === undefined ? [] : wrapped(`(${show(known, safe)})`, width, '     ', '     ')),
    ...(command ?? []).map((line) => `     ${line}`),
    ...(link === undefined ? [] : [`     ${link}`]),
  ];
}

function rowLines({ label, values }: Row, { safe, width }: Layout): string[] {
  const rest = INDENT + ' '.repeat(LABEL_WIDTH);
  return values.flatMap((value, index) => {
    const first = INDENT + (index === 0 ? label : '').padEnd(LABEL_WIDTH);
    const text = show(value, safe);
    // A link must stay whole to be one.
    return /^https:\/\/\S+$/.test(text) && value.every((piece) => typeof piece === 'string')
      ? [first + text]
      : wrapped(text, width, first, rest);
  });
}

/**
 * Text as lines, broken at blanks, and within words that are too long.
 * @param first what the first line begins with, and `rest` every other
 */
export function wrapped(text: string, width: number, first: string, rest: string): string[] {
  const lines: string[] = [];
  let line = first;
  let isEmpty = true;
  for (const word of text.split(' ')) {
    let left = [...word];
    const needed = [...line].length + (isEmpty ? 0 : 1) + left.length;
    // What fits on no line begins on this one: a count before a long name stays beside it.
    const isTooLong = [...rest].length + left.length > width && [...line].length + 1 < width;
    if (!isEmpty && needed > width && !isTooLong) {
      lines.push(line.trimEnd());
      line = rest;
      isEmpty = true;
    }
    if (!isEmpty) line += ' ';
    // Hardly a word, but attackers write what they like.
    while ([...line].length + left.length > width) {
      const room = Math.max(1, width - [...line].length);
      lines.push(line + left.slice(0, room).join(''));
      left = left.slice(room);
      line = rest;
    }
    line += left.join('');
    isEmpty = false;
  }
  return [...lines, line];
}

const LAYOUT: Layout = { width: 80, safe: defangMarkup, explains: true };

/** What a record says never begins a line at the margin, where it could pass for a heading or a sentence of ours. */
const EMAIL_INDENT = '  ';

/**
 * A telling as the text of an e-mail of 80 columns; commands, queries, links and the exception, which are there to be
 * copied, may be longer. Nothing in it is a link or can become one but our own.
 */
export function renderEmail(notification: Notification, style: NotificationStyle): string {
  const { headline, lead, sections } = reportOf(notification, style);
  const lines = [
    ...wrapped(show(headline, defangMarkup), LAYOUT.width, '', EMAIL_INDENT),
    '',
    ...lead.flatMap((text) => wrapped(show(text, defangMarkup), LAYOUT.width, EMAIL_INDENT, EMAIL_INDENT)),
    ...sections.flatMap(({ title, blocks }) => [
      '',
      title.toUpperCase(),
      ...blocks.flatMap((block) => blockLines(block, LAYOUT)),
    ]),
  ];
  return `${lines.join('\n')}\n`;
}

const TERMINAL_LAYOUT: Layout = { width: 100, safe: defang, explains: false };

/** A terminal shows what is needed to decide; the whole guide is in the other forms. */
const SHOWN: readonly Section['key'][] = ['glance', 'facts', 'others', 'search', 'timeline'];

/** An alert for a terminal: plain text of at most 100 columns, inert and without a link whatever the records hold. */
export function renderTerminal(alert: Alert): string {
  const partial = alert.partial ? '  PARTIAL: reading was broken off, more may be to tell' : '';
  const sections = sectionsOf(alert, undefined);
  const lines = [
    `ALERT  ${RULE.severity}, risk ${RULE.riskScore}  ${RULE.name}${partial}`,
    ...SHOWN.flatMap((key) => {
      const section = sections.find((one) => one.key === key);
      if (section === undefined) return [];
      return [
        ...(key === 'glance' ? [] : ['']),
        ...section.blocks.flatMap((block) => blockLines(block, TERMINAL_LAYOUT)),
      ];
    }),
  ];
  return `${lines.join('\n')}\n`;
}
