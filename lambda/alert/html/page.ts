import { RULE } from '../../rule/rule';
import type { Alert } from '../alert';
import type { Step } from '../guide/guide';
import { type Block, type Report, reportOf } from '../report';
import type { Telling, TellingStyle } from '../telling';
import type { TriageFact } from '../triage/fact';
import { html, linkMarkup, type Markup, textMarkup } from './markup';
import { CONTENT_SECURITY_POLICY, STYLE } from './style';
import { timelineSvg } from './timeline-svg';

/**
 * Tellings as one page that stands for itself: nothing is loaded, nothing runs. In pieces, so that a page of very many
 * is never held as a whole.
 */
export function* renderHtml(tellings: Iterable<Telling>, style: TellingStyle): Iterable<string> {
  yield `<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${CONTENT_SECURITY_POLICY}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="referrer" content="no-referrer">
<title>regionsweep</title>
<style>${STYLE}</style>
</head>
<body>
<h1>${html`${RULE.name}`.html}</h1>
`;
  let isEmpty = true;
  for (const telling of tellings) {
    isEmpty = false;
    yield `${articleOf(telling, style).html}\n`;
  }
  if (isEmpty) yield '<p>Nothing to tell.</p>\n';
  yield '</body>\n</html>\n';
}

function articleOf(telling: Telling, style: TellingStyle): Markup {
  const { headline, lead, sections }: Report = reportOf(telling, style);
  const partial = 'alert' in telling ? partialMarkup(telling.alert) : [];
  const parts = sections.map(
    ({ key, title, blocks }) =>
      html`<section class="${key}"><h3>${title}</h3>${blocks.map(blockMarkup)}</section>`,
  );
  return html`<article><h2>${textMarkup(headline)}</h2>${lead.map((text) => html`<p>${textMarkup(text)}</p>`)}${partial}${parts}</article>`;
}

function partialMarkup({ partial }: Alert): Markup[] {
  return partial ? [html`<p class="partial">Reading was broken off: more may be to tell.</p>`] : [];
}

function blockMarkup(block: Block): Markup {
  switch (block.kind) {
    case 'line':
      return html`<p>${textMarkup(block.text)}</p>`;
    case 'rows':
      return html`<dl>${block.rows.map(
        ({ label, values }) =>
          html`<dt>${label}</dt><dd>${values.map((value) => html`<div>${valueMarkup(value)}</div>`)}</dd>`,
      )}</dl>`;
    case 'facts':
      return html`<ul class="facts">${block.facts.map(factMarkup)}</ul>`;
    case 'items':
      return html`<ul>${block.items.map((item) => html`<li>${textMarkup(item)}</li>`)}</ul>`;
    case 'steps':
      return html`<ol>${block.steps.map(stepMarkup)}</ol>`;
    case 'code':
      return codeMarkup(block.text);
    case 'timeline':
      return html`<div class="picture">${timelineSvg(block.alert)}</div>`;
  }
}

function valueMarkup(value: Parameters<typeof textMarkup>[0]): Markup[] {
  const only = value.length === 1 ? value[0] : undefined;
  return typeof only === 'string' && only.startsWith('https://') ? [linkMarkup(only)] : textMarkup(value);
}

const TAGS: Readonly<Record<TriageFact['leans'], string>> = {
  suspicious: 'speaks against it',
  ordinary: 'speaks for everyday use',
  neither: 'to know',
};

function factMarkup({ leans, text, why, field }: TriageFact): Markup {
  return html`<li class="${leans}"><span class="tag">${TAGS[leans]}</span> ${textMarkup(text)}<span class="why">${why} (${field})</span></li>`;
}

function stepMarkup({ text, known, command, link }: Step): Markup {
  const parts = [
    ...(known === undefined ? [] : [html`<span class="known">${textMarkup(known)}</span>`]),
    ...(command === undefined ? [] : [codeMarkup(command.join('\n'))]),
    ...(link === undefined ? [] : [html`<p>${linkMarkup(link)}</p>`]),
  ];
  return html`<li>${textMarkup(text)}${parts}</li>`;
}

/** Line by line, since a line feed is no text that a line may hold. */
function codeMarkup(text: string): Markup {
  const lines = text
    .split('\n')
    .map((line, index) => (index === 0 ? html`${line}` : { html: `\n${html`${line}`.html}` }));
  return html`<pre><code>${lines}</code></pre>`;
}
