import { inert } from '../alert/inert';
import { hashShort } from '../hash';
import type { TrailRecord } from '../trail/sighting';
import type { Exception } from './exceptions';

/** The first exception that a record is one of; later ones are not asked. */
export function exceptionFor(
  exceptions: readonly Exception[] | undefined,
  record: TrailRecord,
): Exception | undefined {
  return exceptions?.find(({ matches }) => matches(record));
}

/** Those that have expired by `now` and those that have not, in their order. */
export function sortByExpiry(
  exceptions: readonly Exception[],
  now: number,
): { active: Exception[]; expired: Exception[] } {
  const isActive = ({ expiresAt }: Exception) => expiresAt === undefined || now < expiresAt;
  return {
    active: exceptions.filter(isActive),
    expired: exceptions.filter((exception) => !isActive(exception)),
  };
}

/** `exception 2 (nightly inventory; platform team)`, in one line. */
export function describeException({ name, entry: { reason, owner } }: Exception): string {
  return `${name} (${inert(reason, 120)}; ${inert(owner, 80)})`;
}

export function expiryNotice(exception: Exception): string {
  return `${describeException(exception)} expired with ${exception.entry.expires} and matches no more; renew or remove it`;
}

/** The same for the same entries in the same order: what is read under them is the same. */
export function fingerprintOfExceptions(exceptions: readonly Exception[]): string {
  return hashShort(12, JSON.stringify(exceptions.map(({ entry }) => entry)));
}
