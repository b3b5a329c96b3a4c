import { RULE } from '../rule/rule';
import { formatInstant } from '../time';
import type { Alert } from './alert';
import type { Counted, Evidence } from './evidence';
import { inert } from './inert';
import { timelineLines } from './timeline';

const WIDTH = 100;
const LABEL_WIDTH = 12;
const MOST_LISTED = 5;

/** An alert for a terminal: plain text of at most 100 columns, inert whatever the records hold. */
export function renderTerminal(alert: Alert): string {
  const { evidence } = alert;
  const partial = alert.partial ? '  PARTIAL: reading was broken off, more may be to tell' : '';
  const lines = [
    `ALERT  ${RULE.severity}, risk ${RULE.riskScore}  ${RULE.name}${partial}`,
    ...row(
      'window',
      `${formatInstant(alert.start)} to ${formatInstant(alert.end)} (${alert.rule.windowing})`,
    ),
    ...row('actor', inert(alert.actor, 600)),
    ...row('account', alert.account ?? 'not told by the records'),
    ...row('regions', String(alert.regions.length)),
    ...row('calls', callsOf(evidence)),
    ...row('denied', deniedOf(evidence)),
    ...list('user agents', evidence.userAgents),
    ...list('sources', evidence.sourceAddresses),
    ...list('keys', evidence.accessKeyIds),
    ...row('alert id', `${alert.alertId}  ${RULE.threat.technique.id} ${RULE.threat.technique.name}`),
    ...evidence.gaps.flatMap((gap) => row('note', inert(gap, 400))),
    '',
    ...timelineLines(alert).map((line) => `  ${inert(line, WIDTH - 2)}`),
  ];
  return `${lines.join('\n')}\n`;
}

function callsOf({ calls, gaps }: Evidence): string {
  return gaps.length === 0 ? String(calls) : `at least ${calls}`;
}

function deniedOf({ denied, errorCodes }: Evidence): string {
  if (denied === 0) return 'none';
  const codes = errorCodes.slice(0, MOST_LISTED).map(({ value, calls }) => `${inert(value, 60)} ${calls}x`);
  return codes.length === 0 ? String(denied) : `${denied} (${codes.join(', ')})`;
}

function list(label: string, counted: readonly Counted[]): string[] {
  if (counted.length === 0) return [];
  const shown = counted.slice(0, MOST_LISTED).map(({ value, calls }) => `${inert(value, 160)}  ${calls}x`);
  const rest = counted.length - shown.length;
  const texts = rest > 0 ? [...shown, `and ${rest} more`] : shown;
  return texts.flatMap((text, index) => row(index === 0 ? label : '', text));
}

/** A labelled value, broken where it is too wide. */
function row(label: string, text: string): string[] {
  const room = WIDTH - LABEL_WIDTH - 2;
  const characters = [...text];
  const lines: string[] = [];
  for (let at = 0; at === 0 || at < characters.length; at += room) {
    lines.push(`  ${(at === 0 ? label : '').padEnd(LABEL_WIDTH)}${characters.slice(at, at + room).join('')}`);
  }
  return lines;
}
