import { RULE } from '../../detection/rule';
import { defang, defangMarkup } from '../../util/sanitize';
import {
  type Alert,
  type Finding,
  type Notification,
  type NotificationStyle,
  type Row,
  type Step,
  VERDICTS,
  type Verdict,
  verdictSentenceOf,
} from '../model';
import { flatten, linkOf, type Text } from '../text';
import { type Block, reportOf, type Section, sectionsOf } from './report';
import { timelineLines } from './timeline';

const EMAIL = { columns: 80, sanitize: defangMarkup, hasReasons: true };
const TERMINAL: Layout = { columns: 100, sanitize: defang, hasReasons: false };

type Layout = typeof EMAIL;

/** Untrusted text never begins a line at the margin, where it could look like a heading or our own sentence. */
const INDENT = '  ';

const LABEL_WIDTH = 16;

/**
 * A notification as the text of an e-mail of 80 columns; commands, queries, links and the exception, which are to be
 * copied, may be longer. It has no links but our own.
 */
export function renderEmail(notification: Notification, style: NotificationStyle): string {
  const { headline, lead, sections } = reportOf(notification, style);
  const lines = [
    ...wrapped(flatten(headline, EMAIL.sanitize), EMAIL.columns, '', INDENT),
    '',
    ...lead.flatMap((text) => wrapped(flatten(text, EMAIL.sanitize), EMAIL.columns, INDENT)),
    ...sections.flatMap(({ title, blocks }) => [
      '',
      title.toUpperCase(),
      ...blocks.flatMap((block) => blockLines(block, EMAIL)),
    ]),
  ];
  return `${lines.join('\n')}\n`;
}

const MIN_COLUMNS = 40;

/** A terminal shows what is needed to decide; the other forms have the complete guide. */
const SHOWN: readonly Section['key'][] = [...VERDICTS, 'calls', 'others', 'search', 'timeline'];

/**
 * An alert for a terminal: plain text, safe and without links, whatever the records contain.
 * @param columns width of the terminal; below 80 the timeline is too wide
 */
export function renderTerminal(alert: Alert, columns = TERMINAL.columns): string {
  const layout = { ...TERMINAL, columns: Math.max(columns, MIN_COLUMNS) };
  const partial = alert.partial ? '  PARTIAL: reading was stopped early, calls may be missing' : '';
  const sections = sectionsOf(alert, undefined);
  const verdict = flatten(verdictSentenceOf(alert), TERMINAL.sanitize);
  const lines = [
    `ALERT  ${RULE.severity}, risk ${RULE.riskScore}  ${RULE.name}${partial}`,
    ...wrapped(verdict, layout.columns, ''),
  ];
  for (const key of SHOWN) {
    const section = sections.find((one) => one.key === key);
    if (section === undefined) continue;
    if (section.blocks[0]?.kind !== 'findings') lines.push('');
    lines.push(...section.blocks.flatMap((block) => blockLines(block, layout)));
  }
  return `${lines.join('\n')}\n`;
}

/** Lines of at most the layout's columns; only links and commands, which must stay whole, may be longer. */
function blockLines(block: Block, layout: Layout): string[] {
  switch (block.kind) {
    case 'rows':
      return block.rows.flatMap((row) => rowLines(row, layout));
    case 'findings':
      return block.findings.flatMap((finding) => findingLines(finding, layout));
    case 'items':
      return block.items.flatMap((item) => itemLines('- ', item, layout));
    case 'steps':
      return block.steps.flatMap((step, index) => stepLines(step, index, layout));
    case 'timeline':
      return timelineLines(block.alert).map((line) => INDENT + line);
  }
}

const MARKS: Readonly<Record<Verdict, string>> = { suspicious: '! ', 'likely-benign': '+ ', context: '. ' };

function findingLines({ verdict, text, why, field }: Finding, layout: Layout): string[] {
  const lines = itemLines(MARKS[verdict], text, layout);
  if (layout.hasReasons) lines.push(...wrapped(`${why} (${field})`, layout.columns, '      '));
  return lines;
}

function itemLines(mark: string, text: Text, { sanitize, columns }: Layout): string[] {
  return wrapped(flatten(text, sanitize), columns, `${INDENT}${mark}`, `${INDENT}  `);
}

function stepLines({ text, known, command = [], link }: Step, index: number, { sanitize, columns }: Layout): string[] {
  return [
    ...(index === 0 ? [] : ['']),
    ...wrapped(flatten(text, sanitize), columns, `${INDENT}${index + 1}. `, `${INDENT}   `),
    ...(known === undefined ? [] : wrapped(`(${flatten(known, sanitize)})`, columns, '     ')),
    ...[...command, ...(link === undefined ? [] : [link])].map((line) => `     ${line}`),
  ];
}

function rowLines({ label, values }: Row, { sanitize, columns }: Layout): string[] {
  return values.flatMap((value, index) => {
    const first = INDENT + (index === 0 ? label : '').padEnd(LABEL_WIDTH);
    const link = linkOf(value);
    if (link !== undefined) return [first + link];
    return wrapped(flatten(value, sanitize), columns, first, INDENT + ' '.repeat(LABEL_WIDTH));
  });
}

/** Text as lines, broken at blanks, and within words that are too long. @param rest start of all lines but the first */
function wrapped(text: string, width: number, first: string, rest = first): string[] {
  const lines: string[] = [];
  let line = [...first];
  let isEmpty = true;
  for (const word of text.split(' ')) {
    let left = [...word];
    const needed = line.length + (isEmpty ? 0 : 1) + left.length;
    // A word too long for any line starts on this one, so that a count stays next to its name.
    const isTooLong = rest.length + left.length > width && line.length + 1 < width;
    if (!isEmpty && needed > width && !isTooLong) {
      lines.push(line.join('').trimEnd());
      line = [...rest];
      isEmpty = true;
    }
    if (!isEmpty) line.push(' ');
    // No real word is this long, but attackers write what they like.
    while (line.length + left.length > width) {
      const room = Math.max(1, width - line.length);
      lines.push(line.join('') + left.slice(0, room).join(''));
      left = left.slice(room);
      line = [...rest];
    }
    line.push(...left);
    isEmpty = false;
  }
  return [...lines, line.join('')];
}
