/**
 * Turns exceptions as people write them into predicates over records. An entry with a fault is reported and left out,
 * so that it neither hides calls nor stops the detector. Loaded only if there are exceptions: the schema loads slowly.
 */
import type { core } from 'zod';
import { ConfigurationError, reasonOf } from '../errors';
import { sanitize } from '../util/sanitize';
import { isObject, parseInstant, valueAt } from '../util/values';
import * as z from '../util/zod';
import { consoleUseOf } from './caller';
import type { TrailRecord } from './classify';
import type { Exception, ExceptionEntry } from './exceptions';
import { coversPrivate, isIp, rangeOf, sourceMatcher } from './ip';

export interface ReadExceptions {
  readonly exceptions: readonly Exception[];
  /** one line for each faulty entry, which names it */
  readonly faults: readonly string[];
}

/** Reads `{"exceptions": [ … ]}`; messages call an entry by label and number. @throws ConfigurationError */
export function readExceptions(text: string, label = 'exception'): ReadExceptions {
  const document = parse(text);
  const values = valueAt(document, 'exceptions');
  if (!isObject(document) || !Array.isArray(values)) {
    throw new ConfigurationError('not {"exceptions": [ … ]} with a list of entries');
  }
  const unknown = Object.keys(document).filter((key) => key !== 'exceptions');
  const { exceptions, faults } = readEntries(values, label);
  return {
    exceptions,
    faults: [...unknown.map((key) => `${quoted(key)} is not known beside "exceptions"`), ...faults],
  };
}

function parse(text: string): unknown {
  try {
    // Some editors write a byte order mark.
    return JSON.parse(text.replace(/^\ufeff/, ''));
  } catch (cause) {
    throw new ConfigurationError(`not JSON: ${sanitize(reasonOf(cause))}`, { cause });
  }
}

export function readEntries(values: readonly unknown[], label = 'exception'): ReadExceptions {
  const exceptions: Exception[] = [];
  const faults: string[] = [];
  for (const [index, value] of values.entries()) {
    const name = `${label} ${index + 1}`;
    const result = exceptionEntry.safeParse(value);
    if (result.success) exceptions.push(exceptionOf(name, result.data));
    else faults.push(`${name}: ${describeFaults(result.error.issues, value)}`);
  }
  return { exceptions, faults };
}

function describeFaults(issues: readonly core.$ZodIssue[], entry: unknown): string {
  const texts = issues.map((issue) => {
    if (issue.code === 'unrecognized_keys') {
      const known = [...CONDITIONS, 'reason', 'owner', 'expires'].join(', ');
      return `${issue.keys.map(quoted).join(', ')} is not known; known are ${known}`;
    }
    if (issue.path.length === 0) return issue.code === 'invalid_type' ? 'must be an object' : issue.message;
    const field = String(issue.path[0]);
    const value = valueAt(entry, field);
    return value === undefined ? `${field} is missing` : `${field} is ${quoted(value)}; it ${issue.message}`;
  });
  return texts.join('; ');
}

const quoted = (value: unknown) => sanitize(JSON.stringify(value), 120);

const MAX_PATTERN_LENGTH = 500;
const MAX_NOTE_LENGTH = 500;

const text = z.string({ error: 'must be a text' });
const truth = z.boolean({ error: 'must be true or false' });
const atMost = (length: number) => z.maxLength(length, { error: `must have at most ${length} characters` });

const glob = text.check(
  atMost(MAX_PATTERN_LENGTH),
  z.refine((pattern) => /[^*?]/.test(pattern), { error: 'matches everything; leave it out, or say more than * and ?' }),
);

const note = text.check(
  atMost(MAX_NOTE_LENGTH),
  z.refine((words) => words.trim() !== '', { error: 'must not be empty' }),
);

const conditions = {
  arn: glob,
  issuer: glob,
  account: text.check(z.regex(/^\d{12}$/, { error: 'must be twelve digits, as a text' })),
  source: text.check(
    atMost(MAX_PATTERN_LENGTH),
    z.refine((source) => sourceMatcher(source) !== undefined, {
      error: 'must be an IP address, a range such as 192.0.2.0/24, or a service such as ec2.amazonaws.com',
    }),
    z.refine((source) => rangeOf(source)?.bits !== 0, { error: 'matches every address; leave it out' }),
  ),
  userAgent: glob,
  // IAM API reference, AccessKey: the form of an AccessKeyId.
  accessKeyId: text.check(z.regex(/^\w{16,128}$/, { error: 'must be an access key id such as AKIA…' })),
  consoleCredential: truth,
  consolePage: truth,
  vpcEndpoint: text.check(
    z.regex(/^vpce-[0-9a-f]{8,17}$/, { error: 'must be the id of a VPC endpoint such as vpce-0123456789abcdef0' }),
  ),
};

type Condition = keyof typeof conditions;

export const CONDITIONS = Object.keys(conditions) as Condition[];

export const exceptionEntry = z
  .strictObject({
    ...z.partial(z.object(conditions)).shape,
    reason: note,
    owner: note,
    expires: z.optional(
      text.check(
        z.refine((expiry) => expirySecond(expiry) !== undefined, {
          error: 'must be a day or a time, as 2026-11-24 or 2026-11-24T04:01:30Z',
        }),
      ),
    ),
  })
  .check(
    z.superRefine((entry, faults) => {
      if (CONDITIONS.every((field) => entry[field] === undefined)) {
        faults.addIssue({ code: 'custom', message: `needs at least one of ${CONDITIONS.join(', ')}` });
      }
      const { source = '', vpcEndpoint } = entry;
      if (vpcEndpoint === undefined && coversPrivate(source)) {
        const message = 'covers private addresses, which every network has: name the vpcEndpoint as well';
        faults.addIssue({ code: 'custom', path: ['source'], message });
      }
    }),
  );

/** UTC epoch second of an expiry: the instant, or the end of the day. */
function expirySecond(text: string): number | undefined {
  if (!/^\d{4}-\d\d-\d\d$/.test(text)) return parseInstant(text);
  const start = parseInstant(`${text}T00:00:00Z`);
  return start === undefined ? undefined : start + 86_400;
}

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
function testOf(field: Condition, entry: ExceptionEntry): Exception['matches'] {
  const onIdentity = (test: (text: string) => boolean, ...path: string[]) =>
    onText((record) => valueAt(record, 'userIdentity', ...path), test);
  switch (field) {
    case 'arn':
      return onIdentity(globTest(entry.arn!), 'arn');
    case 'issuer':
      return onIdentity(globTest(entry.issuer!), 'sessionContext', 'sessionIssuer', 'arn');
    case 'account':
      return onText(accountOf, (account) => account === entry.account);
    case 'source':
      return sourceTest(entry);
    case 'userAgent':
      return onText(({ userAgent }) => userAgent, globTest(entry.userAgent!));
    case 'accessKeyId':
      return onIdentity((id) => id === entry.accessKeyId, 'accessKeyId');
    case 'consoleCredential':
      return ({ sessionCredentialFromConsole: value }) =>
        (value === 'true' || value === true) === entry.consoleCredential;
    case 'consolePage':
      return (record) => (consoleUseOf(record) === 'page') === entry.consolePage;
    case 'vpcEndpoint':
      return ({ vpcEndpointId }) => vpcEndpointId === entry.vpcEndpoint;
  }
}

/**
 * Behind a VPC endpoint the caller's network chooses the address, even a public one, so an address counts only together
 * with the endpoint. Names of services come from AWS.
 */
function sourceTest({ source, vpcEndpoint }: ExceptionEntry): Exception['matches'] {
  const matchesSource = sourceMatcher(source!)!;
  return ({ sourceIPAddress: from, vpcEndpointId }) => {
    if (typeof from !== 'string' || !matchesSource(from)) return false;
    // Tables write null for it.
    return vpcEndpoint !== undefined || (vpcEndpointId ?? '') === '' || !isIp(from);
  };
}

function onText(fieldOf: (record: TrailRecord) => unknown, test: (text: string) => boolean): Exception['matches'] {
  return (record) => {
    const value = fieldOf(record);
    return typeof value === 'string' && test(value);
  };
}

/** The identity's account, as in alerts; without one, the account that the record is for. */
function accountOf(record: TrailRecord): unknown {
  const own = valueAt(record, 'userIdentity', 'accountId');
  return own === undefined || own === null || own === '' ? record.recipientAccountId : own;
}

const globTest = (pattern: string) => (text: string) => matchesGlob(pattern, text);

/**
 * Matches a complete text: `*` stands for any number of characters, `?` for one, everything else for itself, brackets
 * and braces too. Takes at most pattern length times text length steps, whatever the pattern.
 */
export function matchesGlob(pattern: string, text: string): boolean {
  let at = 0;
  let inPattern = 0;
  // The last star, and the end of its match so far. Earlier stars are never retried: they already leave the most text
  // to later ones.
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
