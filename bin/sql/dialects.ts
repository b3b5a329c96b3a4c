/** The differences between Athena (Trino) and DuckDB, and exceptions as SQL conditions for both: true, false or unknown. */

import { PAGE_AGENT, PROGRAM_AGENT } from '../../lambda/detection/caller';
import type { Exception, ExceptionEntry } from '../../lambda/detection/exceptions';
import { isIp, type Range, rangeOf } from '../../lambda/detection/ip';
import { UsageError } from '../../lambda/errors';

/** The expressions that differ; the rest of the query is the same text for both. */
export interface Dialect {
  /** epoch seconds of a column with an ISO time, unknown without one */
  readonly seconds: (column: string) => string;
  /** ISO time of epoch seconds */
  readonly instant: (seconds: string) => string;
  readonly matches: (text: string, regularExpression: string) => string;
  /** number of distinct elements of an array */
  readonly distinct: (array: string) => string;
  /** whether a text is an IPv6 address of a network; absent if the engine has no addresses */
  readonly inNetwork?: (text: string, network: string) => string;
}

/** Athena engine version 3, which is Trino. Source: Trino documentation, "Functions and operators". */
const athena: Dialect = {
  seconds: (column) => `CAST(floor(to_unixtime(TRY(from_iso8601_timestamp(${column})))) AS BIGINT)`,
  instant: (seconds) => `date_format(from_unixtime(${seconds}), '%Y-%m-%dT%H:%i:%sZ')`,
  matches: (text, expression) => `regexp_like(${text}, '${expression}')`,
  distinct: (array) => `cardinality(array_distinct(${array}))`,
  inNetwork: (text, network) => `contains('${network}', TRY_CAST(${text} AS IPADDRESS))`,
};

/** Source: DuckDB documentation, "Functions". */
const duckdb: Dialect = {
  seconds: (column) => `CAST(floor(epoch(TRY_CAST(${column} AS TIMESTAMPTZ))) AS BIGINT)`,
  instant: (seconds) => `strftime(make_timestamp(${seconds} * 1000000), '%Y-%m-%dT%H:%M:%SZ')`,
  matches: (text, expression) => `regexp_matches(${text}, '${expression}')`,
  distinct: (array) => `len(array_distinct(${array}))`,
};

export const DIALECTS = { athena, duckdb } as const;

/** A text as an expression. Unprintable characters appear by number, so that a terminal shows what a query does. */
export function sqlText(text: string): string {
  const pieces = text.match(/[\p{C}\p{Zl}\p{Zp}]|[^\p{C}\p{Zl}\p{Zp}]+/gu) ?? [''];
  const terms = pieces.map((piece) =>
    /^[\p{C}\p{Zl}\p{Zp}]$/u.test(piece) ? `chr(${piece.codePointAt(0)})` : `'${piece.replace(/'/g, "''")}'`,
  );
  return terms.length === 1 ? terms[0]! : `(${terms.join(' || ')})`;
}

/**
 * Whether a call matches an exception.
 * @throws UsageError if the dialect cannot express it
 */
export function exceptionCondition({ name, entry }: Exception, dialect: Dialect): string {
  const conditions = Object.entries(CONDITIONS).flatMap(([field, condition]) =>
    entry[field as keyof typeof CONDITIONS] === undefined ? [] : [condition(entry, dialect, name)],
  );
  return `coalesce(${conditions.join(' AND ')}, FALSE)`;
}

type Condition = (entry: ExceptionEntry, dialect: Dialect, name: string) => string;

const ISSUER = 'useridentity.sessioncontext.sessionissuer.arn';

const CONDITIONS: Readonly<Record<Exclude<keyof ExceptionEntry, 'reason' | 'owner' | 'expires'>, Condition>> = {
  arn: ({ arn }) => like('useridentity.arn', arn!),
  issuer: ({ issuer }) => like(ISSUER, issuer!),
  account: ({ account }) => `coalesce(nullif(useridentity.accountid, ''), recipientaccountid) = ${sqlText(account!)}`,
  source: sourceCondition,
  userAgent: ({ userAgent }) => like('useragent', userAgent!),
  accessKeyId: ({ accessKeyId }) => `useridentity.accesskeyid = ${sqlText(accessKeyId!)}`,
  consoleCredential: ({ consoleCredential }) =>
    `coalesce(sessioncredentialfromconsole, '') ${consoleCredential === true ? '=' : '<>'} 'true'`,
  consolePage: ({ consolePage }, dialect) => `${consolePage === true ? '' : 'NOT '}${pageCondition(dialect)}`,
  vpcEndpoint: ({ vpcEndpoint }) => `vpcendpointid = ${sqlText(vpcEndpoint!)}`,
};

/** A glob of an exception as a pattern of LIKE; only `*` and `?` are special. */
function like(field: string, glob: string): string {
  const pattern = glob
    .replace(/[\\%_]/g, '\\$&')
    .replace(/\*/g, '%')
    .replace(/\?/g, '_');
  return `${field} LIKE ${sqlText(pattern)} ESCAPE '\\'`;
}

/** The same as `consoleUseOf`. */
function pageCondition({ matches }: Dialect): string {
  const isConsole = `coalesce(sessioncredentialfromconsole, '') = 'true' OR coalesce(useridentity.invokedby, '') = 'signin.amazonaws.com'`;
  const agent = "coalesce(useragent, '')";
  const isPage = `${matches(agent, PAGE_AGENT.source)} AND NOT ${matches(agent, `(?i)${PROGRAM_AGENT.source}`)}`;
  return `((${isConsole}) AND tlsdetails IS NULL AND ${isPage})`;
}

/** Behind a VPC endpoint an address counts only together with the endpoint. */
function sourceCondition({ source, vpcEndpoint }: ExceptionEntry, dialect: Dialect, name: string): string {
  const range = rangeOf(source!);
  if (range === undefined || !isIp(range.network.toString())) return `sourceipaddress = ${sqlText(source!)}`;
  const isInRange = range.network.kind() === 'ipv4' ? inIpv4(range, dialect) : inIpv6(range, dialect, name);
  return vpcEndpoint === undefined ? `${isInRange} AND vpcendpointid IS NULL` : isInRange;
}

/** By arithmetic, which every engine has. Includes IPv4 written as IPv6. */
function inIpv4({ network, bits }: Range, { matches }: Dialect): string {
  const address = "regexp_replace(sourceipaddress, '^::[fF]{4}:', '')";
  const part = (index: number) => `CAST(split_part(${address}, '.', ${index}) AS BIGINT)`;
  const number = `((${part(1)} * 256 + ${part(2)}) * 256 + ${part(3)}) * 256 + ${part(4)}`;
  const [first, size] = [network.toByteArray().reduce((sum, byte) => sum * 256 + byte, 0), 2 ** (32 - bits)];
  const start = first - (first % size);
  const isAddress = matches(address, '^\\d{1,3}\\.\\d{1,3}\\.\\d{1,3}\\.\\d{1,3}$');
  return `CASE WHEN ${isAddress} THEN ${number} BETWEEN ${start} AND ${start + size - 1} END`;
}

function inIpv6({ network, bits }: Range, { inNetwork }: Dialect, name: string): string {
  if (inNetwork !== undefined) return inNetwork('sourceipaddress', `${network.toString()}/${bits}`);
  throw new UsageError(`${name}: IPv6 ranges cannot be tested in DuckDB without an extension; use --dialect athena`);
}
