import { createHash } from 'node:crypto';
import { sanitize } from './sanitize';

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
