import { type Exception, expiryNotice, sortByExpiry } from '../../lambda/detection/exceptions';
import { ConfigurationError } from '../../lambda/errors';
import { sanitize } from '../../lambda/util/sanitize';
import type { Console } from '../cli/io';
import { readFileOf } from '../cli/options';

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
