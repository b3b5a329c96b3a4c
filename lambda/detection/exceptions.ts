import { sanitize } from '../util/sanitize';
import { hashShort } from '../util/values';
import type { TrailRecord } from './classify';

/** An exception as a user writes it: known calls that are not counted. A call must match every field. */
export interface ExceptionEntry {
  /** Glob over `userIdentity.arn`: `*` any characters, `?` one. @default any */
  readonly arn?: string | undefined;
  /** Glob over the ARN of the session's issuer. @default any */
  readonly issuer?: string | undefined;
  /** Twelve digits. @default any */
  readonly account?: string | undefined;
  /**
   * An IP address, a range such as 192.0.2.0/24 (a private one with `vpcEndpoint`), or a service such as
   * ec2.amazonaws.com.
   * @default any
   */
  readonly source?: string | undefined;
  /** Glob over the user agent, which the caller chooses. @default any */
  readonly userAgent?: string | undefined;
  /** The access key that signed the call. @default any */
  readonly accessKeyId?: string | undefined;
  /** Whether the call came with the credentials of a console session. @default either */
  readonly consoleCredential?: boolean | undefined;
  /**
   * Whether a page of the console made the call, rather than a program with the console's credentials.
   * @default either
   */
  readonly consolePage?: boolean | undefined;
  /** Id of the VPC endpoint that the call came through. @default any, or none */
  readonly vpcEndpoint?: string | undefined;
  /** why these calls are known */
  readonly reason: string;
  /** who answers for the entry */
  readonly owner: string;
  /**
   * The last day on which the entry matches, as 2026-11-24, or the instant from which it does not, as
   * 2026-11-24T04:01:30Z.
   * @default never
   */
  readonly expires?: string | undefined;
}

export interface Exception {
  /** its position, such as `exception 2`, by which counts and messages name it */
  readonly name: string;
  readonly entry: ExceptionEntry;
  /** UTC epoch second from which it no longer matches */
  readonly expiresAt: number | undefined;
  readonly matches: (record: TrailRecord) => boolean;
}

export function exceptionFor(exceptions: readonly Exception[] | undefined, record: TrailRecord): Exception | undefined {
  return exceptions?.find(({ matches }) => matches(record));
}

/** Splits them into those that have expired by `now` and the others, in order. */
export function sortByExpiry(exceptions: readonly Exception[], now: number) {
  const isActive = ({ expiresAt }: Exception) => expiresAt === undefined || now < expiresAt;
  return { active: exceptions.filter(isActive), expired: exceptions.filter((one) => !isActive(one)) };
}

/** `exception 2 (nightly inventory; platform team)`, in one line. */
export function describeException({ name, entry: { reason, owner } }: Exception): string {
  return `${name} (${sanitize(reason, 120)}; ${sanitize(owner, 80)})`;
}

export function expiryNotice(exception: Exception): string {
  return `${describeException(exception)} expired with ${exception.entry.expires} and matches no more; renew or remove it`;
}

/** Identifies a list of entries: objects read under the same list give the same tallies. */
export function fingerprintOfExceptions(exceptions: readonly Exception[]): string {
  return hashShort(12, JSON.stringify(exceptions.map(({ entry }) => entry)));
}
