import { formatInstant } from '../../time';
import type { Alert } from '../alert';
import { unlinked } from '../inert';
import { many } from '../text';
import { labelOf, unreadOf } from '../timeline';
import { html, type Markup } from './markup';

const ROW = 18;
const LABELS = 150;
const WIDTH = 900;
const MOST_ROWS = 60;

/** The burst as a picture: a row a region, a mark a second with calls. */
export function timelineSvg(alert: Alert): Markup {
  const { regions, evidence, start, end } = alert;
  const shown = regions.slice(0, MOST_ROWS);
  const rows = new Map(shown.map(({ name }, index) => [name, index]));
  const seconds = end - start;
  const scale = (WIDTH - LABELS) / seconds;
  const mark = Math.max(3, Math.min(14, scale - 2));
  const height = ROW * (shown.length + 1) + 8;
  const unread = unreadOf(alert).map((one) => ({ ...one, kind: 'unread', what: 'its record was not read' }));
  const read = evidence.timeline.map(({ calls, refused, ...one }) => ({
    ...one,
    kind: refused === 0 ? 'call' : refused === calls ? 'denied' : 'both',
    what: `${many(calls, 'call')}, ${refused} denied`,
  }));
  const cells = [...unread, ...read].flatMap(({ region, second, kind, what }) => {
    const row = rows.get(region);
    if (row === undefined) return [];
    const [x, y] = [LABELS + (second - start) * scale, ROW * (row + 1) + 4];
    const title = `${formatInstant(second)} ${unlinked(region, 30)}: ${what}`;
    return [
      html`<rect class="${kind}" x="${x.toFixed(1)}" y="${y}" width="${mark.toFixed(1)}" height="${ROW - 6}"><title>${title}</title></rect>`,
    ];
  });
  const labels = shown.map(({ name }, index) => {
    const y = ROW * (index + 1);
    return html`<line class="grid" x1="${LABELS}" x2="${WIDTH}" y1="${y + ROW}" y2="${y + ROW}"/><text x="0" y="${y + 14}">${labelOf(name)}</text>`;
  });
  const [from, to] = [start, end - 1].map((second) => formatInstant(second).slice(11, 19));
  return html`<svg viewBox="0 0 ${WIDTH} ${height}" role="img" aria-label="calls by region and second"><text class="soft" x="${LABELS}" y="12">${from!}</text><text class="soft" x="${WIDTH}" y="12" text-anchor="end">${to!}</text>${labels}${cells}</svg>`;
}
