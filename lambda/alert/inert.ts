/**
 * Text that an attacker may have written, made safe to show in a line: no control, format, bidirectional, private or
 * unassigned character and no line break is left; each shows as `\u{1b}`.
 * @param longest most characters; the rest is cut with `…`
 */
export function inert(text: string, longest = 200): string {
  // Cut before escaping too, so that a huge text costs little.
  const escaped = text
    .slice(0, longest * 2)
    .replace(/[\p{C}\p{Zl}\p{Zp}]/gu, (character) => `\\u{${character.codePointAt(0)!.toString(16)}}`);
  const characters = [...escaped];
  const cut = characters.length > longest || text.length > longest * 2;
  return cut ? `${characters.slice(0, longest - 1).join('')}…` : escaped;
}

/** JSON in one line in which even what JSON allows verbatim, as C1 controls and bidirectional marks, is escaped. */
export function inertJson(value: unknown, indent?: number): string {
  return JSON.stringify(value, null, indent).replace(/[\p{C}\p{Zl}\p{Zp}]/gu, (character) =>
    // Line feeds and blanks stand only between the tokens here; inside a text JSON.stringify has escaped them.
    character === '\n' ? character : utf16Escapes(character),
  );
}

function utf16Escapes(character: string): string {
  return Array.from(
    { length: character.length },
    (_, unit) => `\\u${character.charCodeAt(unit).toString(16).padStart(4, '0')}`,
  ).join('');
}
