/** The bytes JSON is made of, and tables over all 256 of them, so that a loop needs one load a byte. */

export const QUOTE = 0x22;
export const COMMA = 0x2c;
export const COLON = 0x3a;
export const OPEN_ARRAY = 0x5b;
export const BACKSLASH = 0x5c;
export const CLOSE_ARRAY = 0x5d;
export const OPEN_OBJECT = 0x7b;
export const CLOSE_OBJECT = 0x7d;

/** 1 for each byte of `characters` (all ASCII). */
function tableOf(characters: string): Uint8Array {
  const table = new Uint8Array(256);
  for (const character of characters) table[character.charCodeAt(0)] = 1;
  return table;
}

/** 1 for the four bytes JSON takes for white space. */
export const IS_SPACE = tableOf(' \t\n\r');

/** 1 for what may stand in a number or in `true`, `false`, `null`, and for other letters, so that a misspelt one is one token. */
export const IS_SCALAR = tableOf('+-.0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ');

/** 1 for the first byte of a number or of `true`, `false`, `null`. */
export const STARTS_SCALAR = tableOf('-0123456789tfn');

/** 1 for what may follow a backslash in a string. */
export const IS_ESCAPE = tableOf('"\\/bfnrtu');

/** 1 where a run inside a string stops: its end, an escape, or a control character, which JSON forbids there. */
export const STOPS_STRING = tableOf('"\\');
STOPS_STRING.fill(1, 0, 0x20);

/** What a byte means between strings: 0 is passed over, the others are named below. */
export const BETWEEN = new Uint8Array(256).fill(4);
export const OPENS_STRING = 1;
export const OPENS = 2;
export const CLOSES = 3;
for (const character of ' \t\n\r,:+-.0123456789eEtrufalsn') BETWEEN[character.charCodeAt(0)] = 0;
BETWEEN[QUOTE] = OPENS_STRING;
BETWEEN[OPEN_ARRAY] = BETWEEN[OPEN_OBJECT] = OPENS;
BETWEEN[CLOSE_ARRAY] = BETWEEN[CLOSE_OBJECT] = CLOSES;

/** How a message names the kind of value that begins with this byte. */
export function kindOf(first: number): string {
  switch (first) {
    case QUOTE:
      return 'a string';
    case OPEN_OBJECT:
      return 'an object';
    case OPEN_ARRAY:
      return 'an array';
    case 0x6e:
      return 'null';
    case 0x74:
    case 0x66:
      return 'a boolean';
    default:
      return 'a number';
  }
}

/** How a message shows a byte: as a printable character, else in hexadecimal. */
export function showByte(byte: number): string {
  return byte > 0x20 && byte < 0x7f
    ? `'${String.fromCharCode(byte)}'`
    : `0x${byte.toString(16).padStart(2, '0')}`;
}

/** How a message shows text of unknown origin: short, quoted, printable ASCII only. */
export function showText(text: string): string {
  const short = text.length > 40 ? `${text.slice(0, 40)}...` : text;
  return `"${short.replace(/[^\x20-\x7e]/g, '?')}"`;
}
