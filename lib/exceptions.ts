/** The stack's exceptions: checked at synthesis, then stored in the function's environment. */

import { readFileSync } from 'node:fs';
import { Stack, Token } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import { type ReadExceptions, readEntries, readExceptions } from '../lambda/detection/exception-document';
import { type Exception, type ExceptionEntry, expiryNotice, sortByExpiry } from '../lambda/detection/exceptions';
import { ConfigurationError, reasonOf } from '../lambda/errors';

export interface ExceptionProps {
  /**
   * Entries that a deployment changes. They share the 4 KB of the function's environment.
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

/** An upper bound of the names and ARNs that only the deployment knows. */
const UNKNOWN_BYTES = 256;

/**
 * The entries of a file, or those written in `cdk.json`.
 * @throws ConfigurationError
 */
export function exceptionEntries(setting: string | readonly unknown[] | undefined = []): ExceptionEntry[] {
  const exceptions =
    typeof setting === 'string'
      ? valid(() => readExceptions(contentOf(setting)), `exceptions ${setting}`)
      : valid(() => readEntries(setting), 'exceptions');
  return exceptions.map(({ entry }) => entry);
}

/**
 * The document that the function gets in its environment, if any, and a notice for each entry that has expired.
 * @param now UTC epoch seconds
 * @throws ConfigurationError that names every fault
 */
export function deployedExceptions(entries: readonly ExceptionEntry[], now: number) {
  const exceptions = valid(() => readEntries(entries), 'exceptions');
  return {
    document:
      exceptions.length === 0 ? undefined : JSON.stringify({ exceptions: exceptions.map(({ entry }) => entry) }),
    notices: sortByExpiry(exceptions, now).expired.map(expiryNotice),
  };
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

function valid(read: () => ReadExceptions, where: string): readonly Exception[] {
  let faults: readonly string[];
  try {
    const { exceptions, faults: found } = read();
    if (found.length === 0) return exceptions;
    faults = found;
  } catch (error) {
    if (!(error instanceof ConfigurationError)) throw error;
    faults = [error.message];
  }
  throw new ConfigurationError(faults.map((fault) => `${where}: ${fault}`).join('\n'));
}
