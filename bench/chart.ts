/** The chart of docs/performance.md: whole processes side by side, a panel for each measure. */
import { CONTESTANTS } from './contestants';
import { type Measure, medianIn, type Race } from './race';

const PANELS: readonly { readonly measure: Measure; readonly title: string; readonly digits: number }[] = [
  { measure: 'wall', title: 'seconds', digits: 2 },
  { measure: 'cpu', title: 'processor seconds', digits: 2 },
  { measure: 'peak', title: 'peak memory, MB', digits: 0 },
];

const LABELS = 190;
const PANEL = 250;
const ROOM_FOR_VALUE = 56;
const ROW = 26;
const TOP = 64;

/** Its own two sets of colours, since a page may be light or dark. */
const STYLE = `
  text { font: 12px Helvetica, Arial, sans-serif; fill: #223 }
  .title { font-size: 15px; font-weight: bold }
  .ground { fill: #fff }
  .ours { fill: #1d4e89 }
  .peer { fill: #a9b4c2 }
  @media (prefers-color-scheme: dark) {
    text { fill: #dde3ea }
    .ground { fill: #0d1117 }
    .ours { fill: #6cb0f5 }
    .peer { fill: #59636f }
  }`;

export function chartOf(ran: Race): string {
  const shown = [...ran.laps].filter(([, lap]) => lap.kind === 'measured').map(([name]) => name);
  const width = LABELS + PANELS.length * PANEL;
  const height = TOP + shown.length * ROW + 16;
  const size = `${(ran.corpus.raw / 1e6).toFixed(0)} MB of JSON in ${ran.corpus.files.toLocaleString('en-US')} objects`;
  const parts = [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" role="img">`,
    `<title>Replaying ${size}</title>`,
    `<desc>${shown.map((name) => descriptionOf(ran, name)).join(' ')}</desc>`,
    `<style>${STYLE}\n</style>`,
    `<rect class="ground" width="${width}" height="${height}"/>`,
    `<text class="title" x="12" y="24">Replaying ${size}: less is better</text>`,
  ];
  for (const [row, name] of shown.entries()) {
    parts.push(`<text x="12" y="${TOP + row * ROW + 16}">${escaped(CONTESTANTS[name].title)}</text>`);
  }
  for (const [at, { measure, title, digits }] of PANELS.entries()) {
    const x = LABELS + at * PANEL;
    const values = shown.map((name) => medianIn(ran, measure, name));
    const most = Math.max(...values);
    parts.push(`<text x="${x}" y="${TOP - 10}">${title}</text>`);
    for (const [row, value] of values.entries()) {
      const length = Math.max(1, (value / most) * (PANEL - ROOM_FOR_VALUE - 16));
      const y = TOP + row * ROW + 4;
      const of = shown[row] === 'ours' || shown[row] === 'single' ? 'ours' : 'peer';
      parts.push(
        `<rect class="${of}" x="${x}" y="${y}" width="${length.toFixed(1)}" height="16"/>`,
        `<text x="${(x + length + 6).toFixed(1)}" y="${y + 12}">${value.toFixed(digits)}</text>`,
      );
    }
  }
  return `${[...parts, '</svg>'].join('\n')}\n`;
}

function descriptionOf(ran: Race, name: keyof typeof CONTESTANTS): string {
  const of = (measure: Measure, digits: number) => medianIn(ran, measure, name).toFixed(digits);
  return escaped(
    `${CONTESTANTS[name].title}: ${of('wall', 2)} s, ${of('cpu', 2)} s of the processor, ${of('peak', 0)} MB.`,
  );
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
}
