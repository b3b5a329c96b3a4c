import { defanged } from './inert';
import { reportOf } from './report';
import type { Telling, TellingStyle } from './telling';
import { show } from './text';
import { blockLines, type Layout, wrapped } from './text-layout';

const LAYOUT: Layout = { width: 80, safe: defanged, explains: true };

/** What a record says never begins a line at the margin, where it could pass for a heading or a sentence of ours. */
const INDENT = '  ';

/**
 * A telling as the text of an e-mail of 80 columns; commands, queries, links and the exception, which are there to be
 * copied, may be longer. Nothing in it is a link or can become one but our own.
 */
export function renderEmail(telling: Telling, style: TellingStyle): string {
  const { headline, lead, sections } = reportOf(telling, style);
  const lines = [
    ...wrapped(show(headline, defanged), LAYOUT.width, '', INDENT),
    '',
    ...lead.flatMap((text) => wrapped(show(text, defanged), LAYOUT.width, INDENT, INDENT)),
    ...sections.flatMap(({ title, blocks }) => [
      '',
      title.toUpperCase(),
      ...blocks.flatMap((block) => blockLines(block, LAYOUT)),
    ]),
  ];
  return `${lines.join('\n')}\n`;
}
