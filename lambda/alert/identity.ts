import { isIp } from '../detection/ip';
import { accountOfArn } from '../detection/keys';
import { defangMarkup } from '../util/sanitize';
import type { Alert } from './model';

/** Who the actor is to IAM; source: IAM user guide, "IAM identifiers". */
export type Principal =
  | { readonly kind: 'user' | 'role'; readonly name: string; readonly partition: string }
  | { readonly kind: 'root'; readonly partition: string }
  | { readonly kind: 'other'; readonly partition: string };

export function principalOf({ actor, evidence }: Pick<Alert, 'actor' | 'evidence'>): Principal {
  const arn = actor.startsWith('arn:') ? actor : (evidence.arns[0]?.value ?? '');
  const partition = /^arn:(aws(?:-[a-z]+)*):/.exec(arn)?.[1] ?? 'aws';
  const resource = arn.split(':').slice(5).join(':');
  if (resource === 'root') return { kind: 'root', partition };
  const [type, ...path] = resource.split('/');
  // A session's ARN has the role's name without its path; users and roles have it behind theirs.
  const name = type === 'assumed-role' ? path[0] : path.at(-1);
  if (name === undefined || name === '') return { kind: 'other', partition };
  if (type === 'user') return { kind: 'user', name, partition };
  if (type === 'role' || type === 'assumed-role') return { kind: 'role', name, partition };
  return { kind: 'other', partition };
}

/** The name of a role session; it is whatever its owner called it. */
export function sessionNameOf(arn: string): string | undefined {
  return /:assumed-role\/[^/]+\/(.+)$/s.exec(arn)?.[1];
}

/** Where the console of a partition is. */
export function consoleHost(partition: string, region: string): string {
  switch (partition) {
    case 'aws-cn':
      return `${region}.console.amazonaws.cn`;
    case 'aws-us-gov':
      return `${region}.console.amazonaws-us-gov.com`;
    default:
      return `${region}.console.aws.amazon.com`;
  }
}

/** The account whose trail told of it, where that is another one than the identity's. */
export function foreignAccountOf({ actor, account, evidence }: Alert): string | undefined {
  const own = account ?? accountOfArn(actor);
  const recipient = evidence.recipients[0]?.value;
  return recipient !== undefined && own !== undefined && recipient !== own ? recipient : undefined;
}

/**
 * Values that an attacker may have written, for commands, queries and links that somebody copies. Each gives `undefined`
 * for what cannot be put in safely: the step is then shown without it.
 */

const LONGEST = 256;

/** Printable ASCII that no client makes a link, a mention or markup of, and that needs no escape. */
function isPlain(value: string): boolean {
  return (
    value !== '' && value.length <= LONGEST && /^[\x20-\x7e]+$/.test(value) && defangMarkup(value, LONGEST) === value
  );
}

/**
 * A user or role name as IAM takes them (IAM API reference, `UserName`), as one word of a POSIX shell. Dots and at signs
 * have a backslash, which the shell takes away: without it mail clients make links and addresses of `john.doe`.
 */
export function shellWord(name: string): string | undefined {
  // A word that starts with a dash would be read as an option, one with an equals sign is expanded by zsh.
  if (name.length > LONGEST || !/^[\w+,.@][\w+=,.@-]*$/.test(name)) return undefined;
  return name.replace(/[.@]/g, '\\$&');
}

/** A string of SQL; it has no escape that would keep a dot from becoming a link. */
export function sqlText(value: string): string | undefined {
  return isPlain(value) ? `'${value.replace(/'/g, "''")}'` : undefined;
}

/** A part of a URL: half of a pair of UTF-16 has no encoding. All is encoded that a mail client might take for its end. */
export function urlPart(value: string): string | undefined {
  if (value === '' || value.length > LONGEST || /\p{Cs}/u.test(value)) return undefined;
  return encodeURIComponent(value).replace(
    /[!'()*~]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}

/**
 * A glob that matches the value, of characters that are safe wherever they are shown: `?` stands for each of the others.
 * `undefined` where hardly anything would be left.
 */
export function globOf(value: string): string | undefined {
  const glob = [...value].map((character) => (/[\w+=,/:-]/.test(character) && character < '\x7f' ? character : '?'));
  const kept = glob.filter((character) => character !== '?').length;
  return value.length <= LONGEST && kept * 2 > glob.length ? glob.join('') : undefined;
}

/** An access key id as AWS makes them. */
export function keyIdOf(value: string): string | undefined {
  return /^(?:AKIA|ASIA)[A-Z0-9]{4,124}$/.test(value) ? value : undefined;
}

export function regionOf(value: string): string | undefined {
  return /^[a-z]{2,}(?:-[a-z]+)+-\d+$/.test(value) && value.length <= 30 ? value : undefined;
}

/** An IP address as exceptions take it: no zone, which means another thing elsewhere. */
export function addressOf(value: string): string | undefined {
  return isIp(value) && !value.includes('%') ? value : undefined;
}
