/**
 * Quotes values that an attacker may have written, for commands, queries and links that people copy. Each function returns
 * `undefined` for a value that cannot be quoted safely: the step is then shown without it.
 */

import { isIp } from '../../detection/ip';
import { defangMarkup } from '../../util/sanitize';

const MAX_LENGTH = 256;

/**
 * A user or role name (IAM API reference, `UserName`) as one word of a POSIX shell. Dots and at signs get a backslash,
 * which the shell removes: without it mail clients turn `john.doe` into a link.
 */
export function shellWord(name: string): string | undefined {
  // A leading dash would make an option; zsh expands a leading equals sign.
  if (name.length > MAX_LENGTH || !/^[\w+,.@][\w+=,.@-]*$/.test(name)) return undefined;
  return name.replace(/[.@]/g, '\\$&');
}

/** A string of SQL, in which a dot cannot be escaped: printable ASCII that no client turns into a link. */
export function sqlText(value: string): string | undefined {
  const isPlain =
    /^[\x20-\x7e]+$/.test(value) && value.length <= MAX_LENGTH && defangMarkup(value, MAX_LENGTH) === value;
  return isPlain ? `'${value.replace(/'/g, "''")}'` : undefined;
}

/** A part of a URL, with everything encoded that a mail client might take for its end. Lone surrogates have no encoding. */
export function urlPart(value: string): string | undefined {
  if (value === '' || value.length > MAX_LENGTH || /\p{Cs}/u.test(value)) return undefined;
  const encoded = (character: string) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`;
  return encodeURIComponent(value).replace(/[!'()*~]/g, encoded);
}

/**
 * A glob that matches the value, of characters that are safe in every form: `?` replaces the others, and the colon that
 * would begin a link. `undefined` if hardly anything would be left.
 */
export function globOf(value: string): string | undefined {
  const glob = [...value].map((character) => (/[\w+=,/:-]/.test(character) && character < '\x7f' ? character : '?'));
  const kept = glob.filter((character) => character !== '?').length;
  return value.length <= MAX_LENGTH && kept * 2 > glob.length ? glob.join('').replaceAll('://', '?//') : undefined;
}

export function regionOf(value: string): string | undefined {
  return /^[a-z]{2,}(?:-[a-z]+)+-\d+$/.test(value) && value.length <= 30 ? value : undefined;
}

/** An IP address for an exception, which allows no zone. */
export function addressOf(value: string): string | undefined {
  return isIp(value) && !value.includes('%') ? value : undefined;
}
