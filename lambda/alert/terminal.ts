import { RULE } from '../rule/rule';
import type { Alert } from './alert';
import { factsOf } from './facts';
import { inert } from './inert';
import { factLines } from './text-layout';
import { timelineLines } from './timeline';

const WIDTH = 100;
const LONGEST_VALUE = 600;

/** An alert for a terminal: plain text of at most 100 columns, inert whatever the records hold. */
export function renderTerminal(alert: Alert): string {
  const partial = alert.partial ? '  PARTIAL: reading was broken off, more may be to tell' : '';
  const lines = [
    `ALERT  ${RULE.severity}, risk ${RULE.riskScore}  ${RULE.name}${partial}`,
    ...factLines(factsOf(alert), WIDTH, (value) => inert(value, LONGEST_VALUE)),
    '',
    ...timelineLines(alert).map((line) => `  ${inert(line, WIDTH - 2)}`),
  ];
  return `${lines.join('\n')}\n`;
}
