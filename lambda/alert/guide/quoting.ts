/**
 * Values that an attacker may have written, for commands, queries and links that somebody copies. Each function gives
 * `undefined` for what cannot be put in safely: the step is then shown without it.
 */

import { isIp } from '../../detection/ip';
import { defangMarkup } from '../../util/sanitize';

const MAX_LENGTH = 256;

/**
 * A user or role name as IAM takes them (IAM API reference, `UserName`), as one word of a POSIX shell. Dots and at signs
 * have a backslash, which the shell takes away: without it mail clients make links and addresses of `john.doe`.
 */
export function shellWord(name: string): string | undefined {
  // A word that starts with a dash would be read as an option, one with an equals sign is expanded by zsh.
  if (name.length > MAX_LENGTH || !/^[\w+,.@][\w+=,.@-]*$/.test(name)) return undefined;
  return name.replace(/[.@]/g, '\\$&');
}

/** A string of SQL, which has no escape that would keep a dot from becoming a link: printable ASCII that no client turns into one. */
export function sqlText(value: string): string | undefined {
  const isPlain =
    /^[\x20-\x7e]+$/.test(value) && value.length <= MAX_LENGTH && defangMarkup(value, MAX_LENGTH) === value;
  return isPlain ? `'${value.replace(/'/g, "''")}'` : undefined;
}

/** A part of a URL: half of a pair of UTF-16 has no encoding. All is encoded that a mail client might take for its end. */
export function urlPart(value: string): string | undefined {
  if (value === '' || value.length > MAX_LENGTH || /\p{Cs}/u.test(value)) return undefined;
  const encoded = (character: string) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`;
  return encodeURIComponent(value).replace(/[!'()*~]/g, encoded);
}

/**
 * A glob that matches the value, of characters that are safe wherever they are shown: `?` stands for each of the others, and
 * for the colon that would begin a link. `undefined` where hardly anything would be left.
 */
export function globOf(value: string): string | undefined {
  const glob = [...value].map((character) => (/[\w+=,/:-]/.test(character) && character < '\x7f' ? character : '?'));
  const kept = glob.filter((character) => character !== '?').length;
  return value.length <= MAX_LENGTH && kept * 2 > glob.length ? glob.join('').replaceAll('://', '?//') : undefined;
}

export function regionOf(value: string): string | undefined {
  return /^[a-z]{2,}(?:-[a-z]+)+-\d+$/.test(value) && value.length <= 30 ? value : undefined;
}

/** An IP address as exceptions take it: no zone, which means another thing elsewhere. */
export function addressOf(value: string): string | undefined {
  return isIp(value) && !value.includes('%') ? value : undefined;
}
