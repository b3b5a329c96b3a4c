/**
 * Calls that are known and not counted. What is written for people is read here into tests of a record; an entry with a
 * fault is named and left out, so that it hides nothing and stops nothing.
 */
import type { z } from 'zod';
import { inert } from '../alert/inert';
import { ConfigurationError, reasonOf } from '../errors';
import { isObject, type TrailRecord } from '../trail/sighting';
import { CONDITIONS, type ExceptionEntry, exceptionEntry, expirySecond } from './exception-entry';
import { matchesGlob } from './glob';
import { sourceMatcher } from './source-range';

/** An entry that has no fault. */
export interface Exception {
  /** where it stands, as `exception 2`: how counts and messages name it */
  readonly name: string;
  readonly entry: ExceptionEntry;
  /** UTC epoch second from which it matches no more */
  readonly expiresAt: number | undefined;
  readonly matches: (record: TrailRecord) => boolean;
}

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
    throw new ConfigurationError(`not JSON: ${inert(reasonOf(cause))}`, { cause });
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

function faultsOf(issues: readonly z.core.$ZodIssue[], entry: unknown): string {
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
  return inert(JSON.stringify(value), 120);
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
