import { formatInstant, plural } from '../util/values';

/** Text that keeps untrusted pieces apart from our own words, so that each rendering can sanitize them for its form. */
export type Text = readonly Piece[];
/** Of an untrusted piece at most so many characters are shown. */
type Piece = string | { readonly untrusted: string; readonly maxLength: number };

const MAX_LENGTH = 200;

/** A piece from a record, or from anybody but us. */
export function untrusted(value: string, maxLength: number = MAX_LENGTH): Text {
  return [{ untrusted: value, maxLength }];
}

/** Our own words outside a `text` template. */
export function trusted(words: string): Text {
  return words === '' ? [] : [words];
}

/** `1 region`, `17 regions`. */
export function amount(n: number, noun: string): Text {
  return [plural(n, noun)];
}

/** @param second UTC epoch */
export function instant(second: number): Text {
  return [formatInstant(second)];
}

/** A template of our own words: inserted strings are untrusted; numbers and texts are kept as they are. */
export function text(words: TemplateStringsArray, ...values: readonly (string | number | Text)[]): Text {
  return words.flatMap((own, index): Piece[] => {
    const value = values[index];
    const before = own === '' ? [] : [own];
    if (value === undefined) return before;
    if (typeof value === 'number') return [...before, String(value)];
    return [...before, ...(typeof value === 'string' ? untrusted(value) : value)];
  });
}

export function join(texts: readonly Text[], separator: string): Text {
  return texts.flatMap((one, index) => (index === 0 ? one : [separator, ...one]));
}

/** The first texts, separated by commas, and `…` if there are more. @param count of all: the list may be truncated */
export function commaList(texts: readonly Text[], max: number, count: number = texts.length): Text {
  const shown = texts.slice(0, max);
  return join(count > shown.length ? [...shown, ['…']] : shown, ', ');
}

/** @param sanitize makes untrusted text safe to show, at most `maxLength` characters of it */
export function flatten(of: Text, sanitize: (value: string, maxLength: number) => string): string {
  return of.map((piece) => (typeof piece === 'string' ? piece : sanitize(piece.untrusted, piece.maxLength))).join('');
}

/** Unsanitized, for JSON, which quotes it. */
export function verbatim(of: Text): string {
  return flatten(of, (value) => value);
}

/** The text if it is one of our addresses, which must stay complete to be a link. */
export function linkOf([piece, ...rest]: Text): string | undefined {
  return typeof piece === 'string' && rest.length === 0 && piece.startsWith('https://') ? piece : undefined;
}
