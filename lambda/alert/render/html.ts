import { createHash } from 'node:crypto';
import { RULE } from '../../detection/rule';
import { defang, sanitize } from '../../util/sanitize';
import { formatInstant, formatTime, plural, present } from '../../util/values';
import type { Alert, Finding, Notification, NotificationStyle, Row, Step } from '../model';
import { linkOf, type Text } from '../text';
import { renderHeadline } from './headline';
import { type Block, reportOf } from './report';
import { labelOf, MAX_ROWS, marksOf } from './timeline';

export interface Markup {
  readonly html: string;
}

const ESCAPES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

type Part = string | number | Markup | readonly Markup[];

/** A template tag: escapes and sanitizes texts, and inserts markup and lists of it unchanged. */
export function html(strings: TemplateStringsArray, ...parts: readonly Part[]): Markup {
  return { html: strings.map((own, index) => own + (index < parts.length ? htmlOf(parts[index]!) : '')).join('') };
}

function htmlOf(part: Part): string {
  if (typeof part === 'object') return 'html' in part ? part.html : part.map((one) => one.html).join('');
  const safe = sanitize(String(part), Number.MAX_SAFE_INTEGER);
  return safe.replace(/[&<>"']/g, (character) => ESCAPES[character]!);
}

/** The start of a self-contained page, whose policy loads nothing but its own style, whatever its content. */
export function pageStart(title: string, style: string): string {
  const hash = createHash('sha256').update(style).digest('base64');
  const policy = `default-src 'none'; style-src 'sha256-${hash}'; base-uri 'none'; form-action 'none'`;
  return `<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="referrer" content="no-referrer">
<title>regionsweep</title>
<style>${style}</style>
</head>
<body>
<h1>${html`${title}`.html}</h1>
`;
}

/** Notifications as one page that loads and runs nothing; in pieces, so that a long one is never held in memory. */
export function* renderHtml(
  notifications: Iterable<Notification>,
  style: NotificationStyle,
  empty: readonly string[] = ['No alerts.'],
): Iterable<string> {
  yield pageStart(RULE.name, STYLE);
  const all = [...notifications];
  if (all.length === 0) yield* empty.map((line) => `${html`<p>${line}</p>`.html}\n`);
  if (all.length > 1) yield* indexOf(all, style);
  for (const [index, notification] of all.entries()) yield `${articleOf(notification, style, index).html}\n`;
  yield '</body>\n</html>\n';
}

/** The only style of a page. No font, picture or script is loaded from anywhere. */
export const STYLE = `
:root{--ink:#1b1f24;--soft:#57606a;--line:#d8dee4;--paper:#fff;--shade:#f6f8fa;--bad:#b42318;--good:#1a7f37;--call:#0969da}
@media (prefers-color-scheme:dark){:root{--ink:#e6edf3;--soft:#9aa4af;--line:#30363d;--paper:#0d1117;--shade:#161b22;--bad:#ff7b72;--good:#56d364;--call:#58a6ff}}
*{box-sizing:border-box}
body{margin:0 auto;max-width:64rem;padding:1rem;background:var(--paper);color:var(--ink);font:16px/1.5 system-ui,sans-serif}
article{border:1px solid var(--line);border-radius:8px;padding:1rem 1.25rem;margin:0 0 2rem}
h1{font-size:1.4rem;margin:.5rem 0 1rem}h2{font-size:1.15rem;margin:0 0 .5rem;overflow-wrap:anywhere}
h3{font-size:1rem;margin:1.5rem 0 .4rem;border-bottom:1px solid var(--line)}
p{margin:.3rem 0;overflow-wrap:anywhere}
q{quotes:none;font-family:ui-monospace,monospace;font-size:.92em;overflow-wrap:anywhere}
dl{display:grid;grid-template-columns:9rem 1fr;gap:.15rem .75rem;margin:0}
dt{color:var(--soft)}dd{margin:0;overflow-wrap:anywhere}
ul,ol{margin:.3rem 0;padding-left:1.4rem}li{margin:.35rem 0;overflow-wrap:anywhere}
ul.findings{list-style:none;padding:0}ul.findings li{border-left:4px solid var(--line);padding:.1rem .75rem}
section.suspicious h3{color:var(--bad)}section.suspicious li{border-color:var(--bad)}
section.likely-benign h3{color:var(--good)}section.likely-benign li{border-color:var(--good)}
.why,.known{display:block;color:var(--soft);font-size:.88rem}
pre{background:var(--shade);border:1px solid var(--line);border-radius:6px;padding:.6rem .75rem;margin:.4rem 0;overflow-x:auto;font:13px/1.45 ui-monospace,monospace}
a{color:var(--call);overflow-wrap:anywhere}
svg{display:block;width:100%;height:auto;font:14px ui-monospace,monospace}
svg text{fill:var(--ink)}svg .soft{fill:var(--soft)}svg .grid{stroke:var(--line)}
svg .call{fill:var(--call)}svg .denied{fill:none;stroke:var(--bad);stroke-width:2}svg .both{fill:var(--call);stroke:var(--bad);stroke-width:3}
svg .unread{fill:none;stroke:var(--soft);stroke-dasharray:2 2}
.partial{color:var(--bad);font-weight:600}
@media (max-width:36rem){dl{grid-template-columns:6rem 1fr}article{padding:.75rem}svg{font-size:21px}}
@media print{article{border:0;padding:0;break-before:page}h1+article{break-before:auto}h2,h3{break-after:avoid}li,dd,svg{break-inside:avoid}pre{font-size:10px;white-space:pre-wrap;overflow-wrap:anywhere}}
`;

function* indexOf(notifications: readonly Notification[], style: NotificationStyle): Iterable<string> {
  yield `<nav><h2>${plural(notifications.length, 'notification')}</h2><ol>`;
  for (const [index, notification] of notifications.entries()) {
    yield html`<li><a href="#n${index}">${textMarkup(renderHeadline(notification, style))}</a></li>`.html;
  }
  yield '</ol></nav>\n';
}

function articleOf(notification: Notification, style: NotificationStyle, index: number): Markup {
  const { headline, lead, sections } = reportOf(notification, style);
  const isPartial = 'alert' in notification && notification.alert.partial;
  const partial = isPartial ? [html`<p class="partial">Reading was stopped early: calls may be missing.</p>`] : [];
  const parts = sections.map(
    ({ key, title, blocks }) => html`<section class="${key}"><h3>${title}</h3>${blocks.map(blockMarkup)}</section>`,
  );
  return html`<article id="n${index}"><h2>${textMarkup(headline)}</h2>${lead.map((text) => html`<p>${textMarkup(text)}</p>`)}${partial}${parts}</article>`;
}

function blockMarkup(block: Block): Markup {
  switch (block.kind) {
    case 'rows':
      return html`<dl>${block.rows.map(rowMarkup)}</dl>`;
    case 'findings':
      return html`<ul class="findings">${block.findings.map(findingMarkup)}</ul>`;
    case 'items':
      return html`<ul>${block.items.map((item) => html`<li>${textMarkup(item)}</li>`)}</ul>`;
    case 'steps':
      return html`<ol>${block.steps.map(stepMarkup)}</ol>`;
    case 'timeline':
      return html`${timelineSvg(block.alert)}<p class="why">Filled: call. Outlined: denied. Both: both in one second. Dashed: record not read.</p>`;
  }
}

function rowMarkup({ label, values }: Row): Markup {
  const divs = values.map((value) => {
    const link = linkOf(value);
    return html`<div>${link === undefined ? textMarkup(value) : linkMarkup(link)}</div>`;
  });
  return html`<dt>${label}</dt><dd>${divs}</dd>`;
}

function findingMarkup({ text, why, field }: Finding): Markup {
  return html`<li>${textMarkup(text)}<span class="why">${why} (${field})</span></li>`;
}

function stepMarkup({ text, known, command, link }: Step): Markup {
  const parts = present([
    known && html`<span class="known">${textMarkup(known)}</span>`,
    command && codeMarkup(command),
    link !== undefined && html`<p>${linkMarkup(link)}</p>`,
  ]);
  return html`<li>${textMarkup(text)}${parts}</li>`;
}

/** Line by line, since a line feed is no text that a line may hold. */
function codeMarkup(command: readonly string[]): Markup {
  const lines = command.map((line) => html`${line}`.html);
  return html`<pre><code>${{ html: lines.join('\n') }}</code></pre>`;
}

/** A link to one of our addresses, with the address as text. */
function linkMarkup(address: string): Markup {
  return html`<a href="${address}" rel="noreferrer noopener">${address}</a>`;
}

/** Text with untrusted pieces marked, so that they do not look like our words. */
function textMarkup(text: Text): Markup[] {
  return text.map((piece) =>
    typeof piece === 'string' ? html`${piece}` : html`<q>${defang(piece.untrusted, piece.maxLength)}</q>`,
  );
}

const ROW = 24;
const WIDTH = 900;

/** Width of a region's name in a phone's font. */
const LABELS = 200;

function timelineSvg(alert: Alert): Markup {
  const { regions, start, end } = alert;
  const shown = regions.slice(0, MAX_ROWS);
  const rows = new Map(shown.map(({ name }, index) => [name, index]));
  const scale = (WIDTH - LABELS) / (end - start);
  const width = Math.max(3, Math.min(14, scale - 2)).toFixed(1);
  const marks = marksOf(alert).flatMap(({ region, second, kind, calls, refused }) => {
    const row = rows.get(region);
    if (row === undefined) return [];
    const what = kind === 'unread' ? 'record not read' : `${plural(calls, 'call')}, ${refused} denied`;
    const x = (LABELS + (second - start) * scale).toFixed(1);
    const title = `${formatInstant(second)} ${defang(region, 30)}: ${what}`;
    return html`<rect class="${kind}" x="${x}" y="${ROW * (row + 1) + 4}" width="${width}" height="${ROW - 6}"><title>${title}</title></rect>`;
  });
  const labels = shown.map(({ name }, index) => {
    const y = ROW * (index + 1);
    return html`<line class="grid" x1="${LABELS}" x2="${WIDTH}" y1="${y + ROW}" y2="${y + ROW}"/><text x="0" y="${y + 18}">${labelOf(name)}</text>`;
  });
  const height = ROW * (shown.length + 1) + 8;
  return html`<svg viewBox="0 0 ${WIDTH} ${height}" role="img" aria-label="calls by region and second"><text class="soft" x="${LABELS}" y="16">${formatTime(start)}</text><text class="soft" x="${WIDTH}" y="16" text-anchor="end">${formatTime(end - 1)}</text>${labels}${marks}</svg>`;
}
