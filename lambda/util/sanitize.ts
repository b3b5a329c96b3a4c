/**
 * Makes text that an attacker may have written safe to show in a line: control, format, bidirectional, invisible, private
 * and unassigned characters and line breaks become `\u{1b}`.
 * @param longest maximum number of characters; a longer text ends in `…`
 */
export function sanitize(text: string, longest = 200): string {
  // Cut before escaping too, so that a huge text costs little.
  const escaped = replaceUnprintable(
    text.slice(0, longest * 2),
    (character) => `\\u{${character.codePointAt(0)!.toString(16)}}`,
  );
  // Nearly all texts: to count their characters would take ten times as long as to look through them.
  if (escaped.length <= longest) return escaped;
  const characters = [...escaped];
  const cut = characters.length > longest || text.length > longest * 2;
  return cut ? `${characters.slice(0, longest - 1).join('')}…` : escaped;
}

/** JSON in one line that also escapes what JSON allows verbatim, such as C1 controls and bidirectional marks. */
export function sanitizeJson(value: unknown, indent?: number): string {
  return replaceUnprintable(JSON.stringify(value, null, indent), (character) =>
    // Line feeds are only between tokens: JSON.stringify has escaped those in texts.
    character === '\n' ? character : utf16Escapes(character),
  );
}

/** JSON in ASCII characters alone. */
export const asciiJson = (value: unknown) => JSON.stringify(value).replace(/[^\x20-\x7e]/g, utf16Escapes);

/** Only characters beyond printable ASCII are tested for Unicode classes, which takes ten times as long. */
function replaceUnprintable(text: string, replacement: (character: string) => string): string {
  return text.replace(/[^\x20-\x7e]+/g, (run) => run.replace(/[\p{C}\p{Zl}\p{Zp}\p{DI}]/gu, replacement));
}

function utf16Escapes(character: string): string {
  return Array.from(
    { length: character.length },
    (_, unit) => `\\u${character.charCodeAt(unit).toString(16).padStart(4, '0')}`,
  ).join('');
}

/**
 * As `sanitize`, and so that no terminal or browser makes an address a link: `https[:]//`, `www[.]`, `name(at)host`.
 * ARNs and names with dots stay as they are, so that they can be copied.
 */
export function defang(text: string, longest = 200): string {
  return sanitize(text, longest)
    .replace(/:\/\//g, '[:]//')
    .replace(/\b(www|ftp)\./gi, '$1[.]')
    .replace(/\\(?=\\)/g, '\\ ')
    .replace(/@/g, '(at)');
}

/**
 * As `sanitize`, and so that no mail or chat client turns it into a link, a mention or markup: `evil[.]com`, `[:]//`,
 * `(at)`, `\ \` for the start of a network path, and look-alikes for brackets, backticks and asterisks.
 */
export function defangMarkup(text: string, longest = 200): string {
  return sanitize(text, longest)
    .replace(/[<>[\]`*|~]/g, (character) => LOOK_ALIKES[character] ?? character)
    .replace(/\\(?=\\)/g, '\\ ')
    .replace(/:\/\//g, '[:]//')
    .replace(/(?<=\S)\.(?=\p{L})/gu, '[.]')
    .replace(/@/g, '(at)');
}

const LOOK_ALIKES: Readonly<Record<string, string>> = {
  '<': '(',
  '>': ')',
  '[': '(',
  ']': ')',
  '`': "'",
  '*': '\u2217',
  '|': '/',
  '~': '-',
};

/** One line of printable ASCII characters, which is all that SNS takes in a Subject. */
export function asciiLine(text: string): string {
  return sanitize(text, 400)
    .replace(/…/g, '...')
    .replace(/[^\x20-\x7e]/g, '?');
}
