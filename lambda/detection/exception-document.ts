/** One entry of the exceptions as a user writes it. */

import type { core } from 'zod';
import { ConfigurationError, reasonOf } from '../errors';
import { sanitize } from '../util/sanitize';
import { isObject, parseInstant } from '../util/values';
import * as z from '../util/zod';
import type { TrailRecord } from './classify';
import type { Exception } from './exceptions';
import { isEverywhere, sourceMatcher } from './ip';

/**
 * Matches a whole text: `*` stands for any number of characters, `?` for one, everything else for itself, brackets and
 * braces too. It takes at most as many steps as the pattern's length times the text's: no pattern is slow in another way.
 */
export function matchesGlob(pattern: string, text: string): boolean {
  let at = 0;
  let inPattern = 0;
  // Where the last star stands, and the end of what it stands for so far. An earlier star need never be tried again: it
  // already leaves the most text to the later ones.
  let star = -1;
  let covered = 0;
  while (at < text.length) {
    const wanted = pattern[inPattern];
    if (wanted === '*') {
      star = inPattern;
      covered = at;
      inPattern += 1;
    } else if (wanted !== undefined && (wanted === '?' || wanted === text[at])) {
      inPattern += 1;
      at += 1;
    } else if (star >= 0) {
      covered += 1;
      at = covered;
      inPattern = star + 1;
    } else {
      return false;
    }
  }
  while (pattern[inPattern] === '*') inPattern += 1;
  return inPattern === pattern.length;
}

/** Whether a pattern holds more than wildcards: without it, it says nothing. */
export function saysSomething(pattern: string): boolean {
  return /[^*?]/.test(pattern);
}

const LONGEST_PATTERN = 500;

const LONGEST_TEXT = 500;

const text = (longest: number) => z.string().check(z.maxLength(longest));

const glob = text(LONGEST_PATTERN).check(
  z.minLength(1),
  z.refine(saysSomething, { error: 'matches everything; leave it out, or say more than * and ?' }),
);

const note = text(LONGEST_TEXT).check(z.refine((words) => words.trim() !== '', { error: 'must not be empty' }));

/** What a call must have, each field for itself. */
const conditions = {
  arn: glob,
  issuer: glob,
  account: z.string().check(z.regex(/^\d{12}$/, { error: 'must be twelve digits, as a text' })),
  source: text(LONGEST_PATTERN).check(
    z.refine((source) => sourceMatcher(source) !== undefined, {
      error: 'must be an IP address, a range such as 192.0.2.0/24, or a service such as ec2.amazonaws.com',
    }),
    z.refine((source) => !isEverywhere(source), { error: 'matches every address; leave it out' }),
  ),
  userAgent: glob,
  // IAM API reference, AccessKey: the form of an AccessKeyId.
  accessKeyId: z.string().check(z.regex(/^\w{16,128}$/, { error: 'must be an access key id such as AKIA…' })),
  consoleCredential: z.boolean(),
};

export const CONDITIONS = Object.keys(conditions) as (keyof typeof conditions)[];

/** The second at which an expiry is reached: that of an instant, or the end of a day. */
export function expirySecond(text: string): number | undefined {
  if (!/^\d{4}-\d\d-\d\d$/.test(text)) return parseInstant(text);
  const start = parseInstant(`${text}T00:00:00Z`);
  return start === undefined ? undefined : start + 86_400;
}

export const exceptionEntry = z
  .strictObject({
    ...z.partial(z.object(conditions)).shape,
    reason: note,
    owner: note,
    expires: z.optional(
      z.string().check(
        z.refine((expiry) => expirySecond(expiry) !== undefined, {
          error: 'must be a day or a time, as 2026-11-24 or 2026-11-24T04:01:30Z',
        }),
      ),
    ),
  })
  .check(
    z.superRefine((entry, faults) => {
      if (CONDITIONS.some((field) => entry[field] !== undefined)) return;
      faults.addIssue({ code: 'custom', message: `needs at least one of ${CONDITIONS.join(', ')}` });
    }),
  );

/** All that is given must hold of a call for it to be passed over. */
export type ExceptionEntry = z.output<typeof exceptionEntry>;

/**
 * Calls that are known and not counted. What is written for people is read here into tests of a record; an entry with a
 * fault is named and left out, so that it hides nothing and stops nothing.
 */

export interface ReadExceptions {
  readonly exceptions: readonly Exception[];
  /** what is wrong with the others, each in one line that names its entry */
  readonly faults: readonly string[];
}

/**
 * Reads the text of a document, `{"exceptions": [ … ]}`.
 * @param label what its entries are called, before their number
 * @throws ConfigurationError when it is no such document, so that no entry can be made out at all
 */
export function readExceptions(text: string, label = 'exception'): ReadExceptions {
  const document = parsed(text);
  if (!isObject(document) || !Array.isArray(document.exceptions)) {
    throw new ConfigurationError('not {"exceptions": [ … ]} with a list of entries');
  }
  const unknown = Object.keys(document).filter((key) => key !== 'exceptions');
  const entries = readEntries(document.exceptions, label);
  const faults = unknown.map((key) => `${quoted(key)} is not known beside "exceptions"`);
  return { exceptions: entries.exceptions, faults: [...faults, ...entries.faults] };
}

function parsed(text: string): unknown {
  try {
    // Some editors put a byte order mark in front.
    return JSON.parse(text.replace(/^\ufeff/, ''));
  } catch (cause) {
    throw new ConfigurationError(`not JSON: ${sanitize(reasonOf(cause))}`, { cause });
  }
}

/** Reads the entries of a document. */
export function readEntries(values: readonly unknown[], label = 'exception'): ReadExceptions {
  const exceptions: Exception[] = [];
  const faults: string[] = [];
  for (const [index, value] of values.entries()) {
    const name = `${label} ${index + 1}`;
    const result = exceptionEntry.safeParse(value);
    if (result.success) exceptions.push(exceptionOf(name, result.data));
    else faults.push(`${name}: ${faultsOf(result.error.issues, value)}`);
  }
  return { exceptions, faults };
}

function faultsOf(issues: readonly core.$ZodIssue[], entry: unknown): string {
  const texts = issues.map((issue) => {
    if (issue.code === 'unrecognized_keys') {
      const known = [...CONDITIONS, 'reason', 'owner', 'expires'].join(', ');
      return `${issue.keys.map(quoted).join(', ')} is not known; known are ${known}`;
    }
    const [field] = issue.path;
    if (field === undefined) return issue.message;
    const value = isObject(entry) ? entry[String(field)] : undefined;
    return value === undefined
      ? `${String(field)} is missing`
      : `${String(field)} is ${quoted(value)}; it ${issue.message}`;
  });
  return texts.join('; ');
}

function quoted(value: unknown): string {
  return sanitize(JSON.stringify(value), 120);
}

/** @param entry one without a fault */
export function exceptionOf(name: string, entry: ExceptionEntry): Exception {
  const tests = CONDITIONS.flatMap((field) => (entry[field] === undefined ? [] : [testOf(field, entry)]));
  return {
    name,
    entry,
    expiresAt: entry.expires === undefined ? undefined : expirySecond(entry.expires),
    matches: (record) => tests.every((test) => test(record)),
  };
}

/** A field that the record does not have matches nothing. */
function testOf(field: (typeof CONDITIONS)[number], entry: ExceptionEntry): (record: TrailRecord) => boolean {
  switch (field) {
    case 'arn':
      return onText(({ userIdentity }) => part(userIdentity, 'arn'), globOf(entry.arn!));
    case 'issuer':
      return onText(
        ({ userIdentity }) => part(part(part(userIdentity, 'sessionContext'), 'sessionIssuer'), 'arn'),
        globOf(entry.issuer!),
      );
    case 'account':
      return onText(accountOf, (account) => account === entry.account);
    case 'source':
      return onText(({ sourceIPAddress }) => sourceIPAddress, sourceMatcher(entry.source!)!);
    case 'userAgent':
      return onText(({ userAgent }) => userAgent, globOf(entry.userAgent!));
    case 'accessKeyId':
      return onText(
        ({ userIdentity }) => part(userIdentity, 'accessKeyId'),
        (id) => id === entry.accessKeyId,
      );
    case 'consoleCredential':
      return ({ sessionCredentialFromConsole: said }) => (said === 'true') === entry.consoleCredential;
  }
}

function globOf(pattern: string): (text: string) => boolean {
  return (text) => matchesGlob(pattern, text);
}

function onText(
  fieldOf: (record: TrailRecord) => unknown,
  test: (text: string) => boolean,
): (record: TrailRecord) => boolean {
  return (record) => {
    const value = fieldOf(record);
    return typeof value === 'string' && test(value);
  };
}

function part(value: unknown, name: string): unknown {
  return isObject(value) ? value[name] : undefined;
}

/** The identity's account, as alerts name it; an identity without one is of the account that the record is for. */
function accountOf({ userIdentity, recipientAccountId }: TrailRecord): unknown {
  const own = part(userIdentity, 'accountId');
  return own === undefined || own === null || own === '' ? recipientAccountId : own;
}
