/** The picture of an alert on a terminal, from a run of the demo: `npm run docs` writes alert.svg. */

import { Readable, Writable } from 'node:stream';
import { runProgram } from '../bin/cli/program';

const [CHARACTER, LINE, MARGIN] = [7.3, 16, 20];

const MAX_LINES = 60;

/** The colour of a line, by how it begins. */
const COLOURS: readonly (readonly [RegExp, string])[] = [
  [/^ALERT/, '#ffffff'],
  [/^ {2}! /, '#ff8f80'],
  [/^ {2}\+ /, '#8fe388'],
  [/^ {2}\. /, '#9cc4ff'],
];

export async function terminalPicture(): Promise<string> {
  const lines = (await demoOutput()).trimEnd().split('\n');
  const shown = lines.length > MAX_LINES ? [...lines.slice(0, MAX_LINES), '  …'] : lines;
  const width = Math.round(Math.max(...shown.map((line) => line.length)) * CHARACTER + 2 * MARGIN);
  const height = shown.length * LINE + 2 * MARGIN;
  const texts = shown.map((line, n) => {
    const fill = COLOURS.find(([start]) => start.test(line))?.[1] ?? '#d6dbe3';
    return `<text x="${MARGIN}" y="${MARGIN + 12 + n * LINE}" fill="${fill}">${escaped(line)}</text>`;
  });
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" font-family="ui-monospace, Menlo, Consolas, monospace" font-size="12">`,
    '<title>An alert of regionsweep on a terminal</title>',
    `<rect width="${width}" height="${height}" rx="8" fill="#16191f"/>`,
    ...texts,
    '</svg>\n',
  ].join('\n');
}

async function demoOutput(): Promise<string> {
  const chunks: string[] = [];
  const sink = (write: (text: string) => void) =>
    new Writable({
      write(chunk, _, done) {
        write(String(chunk));
        done();
      },
    });
  await runProgram(['demo'], {
    stdin: Readable.from([]),
    stdout: sink((text) => chunks.push(text)),
    stderr: sink(() => undefined),
    env: {},
    interrupted: new AbortController().signal,
    now: () => 0,
    time: () => Date.UTC(2026, 10, 25) / 1000,
  });
  return chunks.join('');
}

// SVG collapses spaces; the non-breaking ones stay in every viewer.
const escaped = (text: string) =>
  text.replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/>/g, '&gt;').replace(/ /g, '\u00a0');
