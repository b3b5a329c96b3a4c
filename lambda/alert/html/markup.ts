import { inert, unlinked } from '../inert';
import type { Text } from '../text';

/** Markup that is safe as it stands. Only the functions of this file make it. */
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

function escaped(text: string): string {
  return text.replace(/[&<>"']/g, (character) => ESCAPES[character]!);
}

/** Markup of ours: texts put in are escaped and made inert, markup and lists of it are taken as they are. */
export function html(
  strings: TemplateStringsArray,
  ...values: readonly (string | number | Markup | readonly Markup[])[]
): Markup {
  const parts = strings.map((own, index) => {
    const value = values[index];
    return own + (value === undefined ? '' : markupOf(value));
  });
  return { html: parts.join('') };
}

function markupOf(value: string | number | Markup | readonly Markup[]): string {
  if (typeof value === 'object') return 'html' in value ? value.html : value.map((one) => one.html).join('');
  return escaped(inert(String(value), Number.MAX_SAFE_INTEGER));
}

/** Text with what a record says set apart, so that nobody takes it for our words. */
export function textMarkup(text: Text): Markup[] {
  return text.map((piece) =>
    typeof piece === 'string' ? html`${piece}` : html`<q>${unlinked(piece.quoted, piece.longest)}</q>`,
  );
}

/** A link to an address of ours, which says where it leads. */
export function linkMarkup(address: string): Markup {
  return html`<a href="${address}" rel="noreferrer noopener">${address}</a>`;
}
