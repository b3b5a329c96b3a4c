import { formatInstant } from '../../lambda/time';
import { classifyKey } from '../../lambda/trail/object-key';

/** What of a trail is asked for, as far as keys tell it. */
export interface Narrowing {
  readonly accounts?: readonly string[] | undefined;
  readonly regions?: readonly string[] | undefined;
  /** of the calls; UTC epoch seconds, `since` included and `until` not */
  readonly since?: number | undefined;
  readonly until?: number | undefined;
}

/** The days of keys, `YYYY/MM/DD`, both included; `undefined` where there is no bound. */
export interface Days {
  readonly first: string | undefined;
  readonly last: string | undefined;
}

/** A key names the time of delivery: 10 minutes after the call at most, as far as was seen, and an hour to be safe. */
const LONGEST_DELIVERY_SECONDS = 3600;

export function isNarrow({ accounts, regions, since, until }: Narrowing): boolean {
  return [accounts, regions, since, until].some((bound) => bound !== undefined);
}

export function daysOf({ since, until }: Narrowing): Days {
  return {
    first: since === undefined ? undefined : dayOf(since),
    last: until === undefined ? undefined : dayOf(until + LONGEST_DELIVERY_SECONDS),
  };
}

/** `2026/11/24` */
export function dayOf(second: number): string {
  return formatInstant(second).slice(0, 10).replaceAll('-', '/');
}

/** Whether a key of the usual layout lies within what is asked for. Of any other name nothing can be told. */
export function isAskedFor(key: string, narrowing: Narrowing): boolean {
  const named = classifyKey(key);
  if (named.kind !== 'log') return true;
  const { accounts, regions } = narrowing;
  const { first, last } = daysOf(narrowing);
  return (
    (accounts?.includes(named.account) ?? true) &&
    (regions?.includes(named.region) ?? true) &&
    named.day >= (first ?? named.day) &&
    named.day <= (last ?? named.day)
  );
}
