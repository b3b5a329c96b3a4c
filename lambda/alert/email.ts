import { defanged } from './inert';
import { reportOf } from './report';
import type { Telling, TellingStyle } from './telling';
import { show } from './text';
import { blockLines, type Layout, wrapped } from './text-layout';

const LAYOUT: Layout = { width: 80, safe: defanged, explains: true };

/** A telling as the text of an e-mail of 80 columns. Nothing in it is a link or can become one but our own. */
export function renderEmail(telling: Telling, style: TellingStyle): string {
  const { headline, lead, sections } = reportOf(telling, style);
  const lines = [
    ...wrapped(show(headline, defanged), LAYOUT.width, '', ''),
    '',
    ...lead.flatMap((text) => wrapped(show(text, defanged), LAYOUT.width, '', '')),
    ...sections.flatMap(({ title, blocks }) => [
      '',
      title.toUpperCase(),
      ...blocks.flatMap((block) => blockLines(block, LAYOUT)),
    ]),
  ];
  return `${lines.join('\n')}\n`;
}
