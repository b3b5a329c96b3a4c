/** Exceptions as the stack takes them: checked at synthesis, then stored in the function's environment. */

import { readFileSync } from 'node:fs';
import { Stack, Token } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import { type ReadExceptions, readEntries, readExceptions } from '../lambda/detection/exception-document';
import { type ExceptionEntry, expiryNotice, sortByExpiry } from '../lambda/detection/exceptions';
import { ConfigurationError, reasonOf } from '../lambda/errors';

export interface ExceptionProps {
  /**
   * Entries that change with a deployment. They share the 4 KB of the function's environment.
   * @default none
   */
  readonly entries?: readonly ExceptionEntry[] | undefined;
  /**
   * An SSM parameter with the document `{"exceptions": [ … ]}`, which the function reads every five minutes: entries
   * there change without a deployment.
   * @default none
   */
  readonly parameterName?: string | undefined;
}

/** AWS Lambda developer guide, "Lambda quotas": all environment variables of a function together. */
const ENVIRONMENT_BYTES = 4096;

/** More than the names and ARNs take that are not known before the deployment. */
const UNKNOWN_BYTES = 256;

/**
 * The entries of a file, or those written in `cdk.json`.
 * @throws ConfigurationError
 */
export function exceptionEntries(setting: string | readonly unknown[] | undefined): ExceptionEntry[] {
  if (setting === undefined) return [];
  return typeof setting === 'string'
    ? checked(() => readExceptions(contentOf(setting)), `exceptions ${setting}`)
    : checked(() => readEntries(setting), 'exceptions');
}

/**
 * The document that the function gets in its environment, if any.
 * @throws ConfigurationError that names every fault
 */
export function deployedDocument(entries: readonly ExceptionEntry[] = []): string | undefined {
  const valid = checked(() => readEntries(entries), 'exceptions');
  return valid.length === 0 ? undefined : JSON.stringify({ exceptions: valid });
}

/**
 * A notice for each valid entry that has expired.
 * @param now UTC epoch seconds
 */
export function expiredEntries(entries: readonly ExceptionEntry[] = [], now: number): string[] {
  return sortByExpiry(readEntries(entries).exceptions, now).expired.map(expiryNotice);
}

/** @throws ConfigurationError for more than a function's environment holds */
export function checkEnvironment(environment: Readonly<Record<string, string>>, document = ''): void {
  const sizes = Object.entries(environment).map(
    ([name, value]) => name.length + (Token.isUnresolved(value) ? UNKNOWN_BYTES : Buffer.byteLength(value)),
  );
  const bytes = sizes.reduce((sum, size) => sum + size, 0);
  if (bytes <= ENVIRONMENT_BYTES) return;
  const own = Buffer.byteLength(document);
  throw new ConfigurationError(
    `exceptions: ${own} bytes do not fit into the function's environment, which has ${bytes - own} others and holds ${ENVIRONMENT_BYTES} in all. Put the document into an SSM parameter, and its name into exceptionsParameter`,
  );
}

/** Lets the function read the parameter, if there is one, and no other. */
export function grantReadParameter(name: string | undefined, reader: iam.IRole): void {
  if (name === undefined) return;
  const resourceName = name.replace(/^\//, '');
  reader.addToPrincipalPolicy(
    new iam.PolicyStatement({
      actions: ['ssm:GetParameter'],
      resources: [Stack.of(reader).formatArn({ service: 'ssm', resource: 'parameter', resourceName })],
    }),
  );
}

function contentOf(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (cause) {
    throw new ConfigurationError(`cannot be read: ${reasonOf(cause)}`, { cause });
  }
}

function checked(read: () => ReadExceptions, where: string): ExceptionEntry[] {
  let faults: readonly string[];
  try {
    const outcome = read();
    if (outcome.faults.length === 0) return outcome.exceptions.map(({ entry }) => entry);
    faults = outcome.faults;
  } catch (error) {
    if (!(error instanceof ConfigurationError)) throw error;
    faults = [error.message];
  }
  throw new ConfigurationError(faults.map((fault) => `${where}: ${fault}`).join('\n'));
}
