import { readFileSync } from 'node:fs';
import { type Exception, expiryNotice, sortByExpiry } from '../../lambda/detection/exceptions';
import { ConfigurationError, reasonOf, UsageError } from '../../lambda/errors';
import { sanitize } from '../../lambda/util/sanitize';
import type { Console } from '../cli/io';

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
  try {
    const { exceptions, faults } = readExceptions(readFileSync(file, 'utf8'));
    for (const fault of faults) stderr.write(`${sanitize(`${file}: ${fault}`, 1000)}\n`);
    if (faults.length > 0) throw new UsageError(`--exceptions ${file}: invalid, see above`);
    const { active, expired } = sortByExpiry(exceptions, time());
    for (const exception of expired) stderr.write(`${sanitize(expiryNotice(exception), 1000)}\n`);
    return active;
  } catch (cause) {
    if (cause instanceof UsageError) throw cause;
    const what = cause instanceof ConfigurationError ? '' : 'cannot be read: ';
    throw new UsageError(`--exceptions ${file}: ${what}${reasonOf(cause)}`, { cause });
  }
}
