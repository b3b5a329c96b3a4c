import { RULE } from '../rule/rule';
import type { Alert } from './alert';
import { unlinked } from './inert';
import { type Section, sectionsOf } from './report';
import { blockLines, type Layout } from './text-layout';

const LAYOUT: Layout = { width: 100, safe: unlinked, explains: false };

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
        ...section.blocks.flatMap((block) => blockLines(block, LAYOUT)),
      ];
    }),
  ];
  return `${lines.join('\n')}\n`;
}
