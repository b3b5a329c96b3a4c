/**
 * Text in which what a record says stays apart from what we say: whoever renders it makes the quoted pieces safe in the
 * way its form needs, and leaves ours as they are.
 */
export type Text = readonly Piece[];
export type Piece = string | Quoted;

export interface Quoted {
  readonly quoted: string;
  /** most characters shown of it */
  readonly longest: number;
}

const LONGEST = 200;

/** What a record says, or anybody but us. */
export function quote(quoted: string, longest: number = LONGEST): Text {
  return [{ quoted, longest }];
}

/** Words of ours that are chosen, not written in place. */
export function ours(text: string): Text {
  return text === '' ? [] : [text];
}

/** Our own words: texts put in are quoted; numbers and texts already made are taken as they are. */
export function say(strings: TemplateStringsArray, ...values: readonly (string | number | Text)[]): Text {
  return strings.flatMap((own, index): Piece[] => {
    const value = values[index];
    const before = own === '' ? [] : [own];
    if (value === undefined) return before;
    if (typeof value === 'number') return [...before, String(value)];
    return [...before, ...(typeof value === 'string' ? quote(value) : value)];
  });
}

/** Texts with something of ours between them. */
export function joined(texts: readonly Text[], between: string): Text {
  return texts.flatMap((text, index) => (index === 0 ? text : [between, ...text]));
}

/** @param safe makes quoted text fit to show, at most so many characters of it */
export function show(text: Text, safe: (quoted: string, longest: number) => string): string {
  return text.map((piece) => (typeof piece === 'string' ? piece : safe(piece.quoted, piece.longest))).join('');
}

/** As it is: for JSON, which quotes it once more. */
export function verbatim(text: Text): string {
  return show(text, (quoted) => quoted);
}

/** `1 region`, `17 regions`. */
export function many(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}
