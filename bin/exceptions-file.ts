import { readFileSync } from 'node:fs';
import { inert } from '../lambda/alert/inert';
import { ConfigurationError, reasonOf, UsageError } from '../lambda/errors';
import { expiryNotice, sortByExpiry } from '../lambda/rule/exception-list';
import { type Exception, readExceptions } from '../lambda/rule/exceptions';
import type { Console } from './console';

/**
 * The exceptions of a file that have not expired; those that have are named on stderr. A fault in one of them stops the
 * command, unlike the function: here somebody is there to mend it.
 * @throws UsageError, after every fault was named on stderr
 */
export function exceptionsOf(file: string | undefined, { stderr, time }: Console): Exception[] {
  if (file === undefined) return [];
  const { exceptions, faults } = readFile(file);
  for (const fault of faults) stderr.write(`${inert(`${file}: ${fault}`, 1000)}\n`);
  if (faults.length > 0) throw new UsageError(`--exceptions ${file}: has faults, each named above`);
  const { active, expired } = sortByExpiry(exceptions, time());
  for (const exception of expired) stderr.write(`${inert(expiryNotice(exception), 1000)}\n`);
  return active;
}

function readFile(file: string): ReturnType<typeof readExceptions> {
  try {
    return readExceptions(readFileSync(file, 'utf8'));
  } catch (cause) {
    const what = cause instanceof ConfigurationError ? '' : 'cannot be read: ';
    throw new UsageError(`--exceptions ${file}: ${what}${reasonOf(cause)}`, { cause });
  }
}
