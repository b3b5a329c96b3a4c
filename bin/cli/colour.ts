import { styleText } from 'node:util';
import type { Console } from './io';

/**
 * Whether a stream is to have colours: as FORCE_COLOR and NO_COLOR say (Node's documentation of `getColorDepth`, and
 * no-color.org), else where it is a terminal.
 */
export function hasColour({ isTTY }: Console['stdout'], { FORCE_COLOR, NO_COLOR, TERM }: NodeJS.ProcessEnv): boolean {
  if (FORCE_COLOR !== undefined) return /^(?:|1|2|3|true)$/.test(FORCE_COLOR);
  return isTTY === true && (NO_COLOR ?? '') === '' && TERM !== 'dumb';
}

type Style = Parameters<typeof styleText>[0];

/** What is coloured of a line, by how it begins: what a record says never begins a line at the margin. */
const STYLES: readonly (readonly [start: RegExp, style: Style])[] = [
  [/^(?:ALERT|VERDICT) .*/, 'bold'],
  [/^(?:Verdict: )?suspicious/, ['bold', 'red']],
  [/^(?:Verdict: )?unclear/, ['bold', 'yellow']],
  [/^(?:Verdict: )?likely-benign/, ['bold', 'green']],
  [/^Not everything was read.*/, ['bold', 'red']],
  [/^ {2}! /, ['bold', 'red']],
  [/^ {2}\+ /, ['bold', 'green']],
];

/** Whole lines of a table with colours. */
export function coloured(text: string): string {
  return text.replace(/^.+$/gm, (line) => {
    const [start, style] = STYLES.find(([begins]) => begins.test(line)) ?? [];
    if (start === undefined || style === undefined) return line;
    return line.replace(start, (words) => styleText(style, words, { validateStream: false }));
  });
}
