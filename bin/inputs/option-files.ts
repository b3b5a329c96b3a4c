/** Files that options name: exceptions, and what alerts say beside ids and addresses. */

import type { AccountNames } from '../../lambda/alert/model';
import { type Exception, expiryNotice, sortByExpiry } from '../../lambda/detection/exceptions';
import { ConfigurationError, UsageError } from '../../lambda/errors';
import type { AddressOwners } from '../../lambda/util/address-owners';
import { sanitize } from '../../lambda/util/sanitize';
import { isObject } from '../../lambda/util/values';
import type { Console } from '../cli/io';
import { readFileOf } from '../cli/options';

/** As the command line has them. */
export interface LabelOptions {
  readonly asn?: readonly string[] | undefined;
  readonly accountNames?: string | undefined;
}

export interface Labels {
  readonly owners?: AddressOwners | undefined;
  readonly accountNames?: AccountNames | undefined;
}

/** All files are opened at once, so that one that cannot be used is reported first. @throws UsageError */
export async function readLabels({ asn, accountNames }: LabelOptions, { stderr }: Console): Promise<Labels> {
  return {
    ...(asn === undefined ? {} : { owners: await ownersBy(asn, stderr) }),
    ...(accountNames === undefined ? {} : { accountNames: await namesIn(accountNames) }),
  };
}

async function ownersBy(paths: readonly string[], stderr: Console['stderr']): Promise<AddressOwners> {
  const { OwnerFiles } = await import('../../lambda/adapters/local/owner-files.js');
  let isOpen = false;
  const owners = new OwnerFiles(paths, (reason) => {
    if (!isOpen) throw new UsageError(`--asn ${reason}`);
    stderr.write(`owners of addresses not read: ${reason}\n`);
  });
  await owners.find([]);
  isOpen = true;
  return owners;
}

/** Of a file with names by account id, or with the settings of a stack. */
async function namesIn(file: string): Promise<AccountNames> {
  // Bring a schema library.
  const { alertSchema } = await import('../../lambda/settings.js');
  const { readGroups } = await import('../../lambda/util/schema.js');
  return readFileOf('--account-names', file, (text) => {
    const content: unknown = JSON.parse(text);
    const accountNames = isObject(content) && 'accountNames' in content ? content.accountNames : content;
    return readGroups({ alerts: { accountNames: alertSchema.accountNames } }, { accountNames }).alerts.accountNames;
  });
}

/**
 * The exceptions of a file that have not expired; expired ones are named on stderr. Unlike in the function, a fault stops
 * the command, since the user can correct it.
 * @throws UsageError, after naming every fault on stderr
 */
export async function readExceptionFile(
  file: string,
  { stderr, time }: Pick<Console, 'stderr' | 'time'>,
): Promise<Exception[]> {
  // Loads a schema library.
  const { readExceptions } = await import('../../lambda/detection/exception-document.js');
  return readFileOf('--exceptions', file, (text) => {
    const { exceptions, faults } = readExceptions(text);
    for (const fault of faults) stderr.write(`${sanitize(`${file}: ${fault}`, 1000)}\n`);
    if (faults.length > 0) throw new ConfigurationError('invalid, see above');
    const { active, expired } = sortByExpiry(exceptions, time());
    for (const exception of expired) stderr.write(`${sanitize(expiryNotice(exception), 1000)}\n`);
    return active;
  });
}
