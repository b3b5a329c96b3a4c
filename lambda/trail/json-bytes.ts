/** The bytes JSON is made of, and tables over all 256 of them, so that a loop needs one load a byte. */

/**
 * Files that touch every byte take these into constants of their own: in CommonJS an imported name is a property
 * looked up at every use, which costs a loop over bytes nine tenths of its speed.
 */
export const BYTE = {
  QUOTE: 0x22,
  COMMA: 0x2c,
  COLON: 0x3a,
  OPEN_ARRAY: 0x5b,
  BACKSLASH: 0x5c,
  CLOSE_ARRAY: 0x5d,
  OPEN_OBJECT: 0x7b,
  CLOSE_OBJECT: 0x7d,
} as const;

/** 1 for each byte of `characters` (all ASCII). */
export function tableOf(characters: string): Uint8Array {
  const table = new Uint8Array(256);
  for (const character of characters) table[character.charCodeAt(0)] = 1;
  return table;
}

export const TABLE = {
  /** 1 for the four bytes JSON takes for white space. */
  SPACE: tableOf(' \t\n\r'),
  /** 1 for what may stand in a number or literal, and for other letters, so that a misspelt one is one token. */
  SCALAR: tableOf('+-.0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ'),
  /** 1 for the first byte of a number or of `true`, `false`, `null`. */
  SCALAR_START: tableOf('-0123456789tfn'),
  /** 1 for what may follow a backslash in a string. */
  ESCAPE: tableOf('"\\/bfnrtu'),
} as const;

/** How a message names the kind of value that begins with this byte. */
export function kindOf(first: number): string {
  switch (first) {
    case BYTE.QUOTE:
      return 'a string';
    case BYTE.OPEN_OBJECT:
      return 'an object';
    case BYTE.OPEN_ARRAY:
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

/** No bytes: one for all, since making it costs as much as scanning a hundred. */
export const EMPTY: Buffer = Buffer.alloc(0);
