import { isOfOneProtocol } from '../../detection/ip';
import { addTo, compareText, getOrInsert, minOf } from '../../util/values';
import type { NotedCall, RecordedCall } from './call';
import { claimedTool } from './known-tools';
import type { Counted, OtherCall, OtherKind, SignIn } from './model';

/** Bounds of one alert. */
const MAX_CALLS = 100_000;
const MAX_NAMES = 2_000;
const MAX_LISTED_NAMES = 60;
const MAX_SIGN_INS = 20;
const MAX_PLACES = 1_000;
const MAX_LISTED_PLACES = 20;

/** The order of the list. */
const KINDS: readonly OtherKind[] = ['sensitive', 'sign-in', 'other', 'discovery'];

/** Sums up similar calls. */
export class CallSum {
  calls = 0;
  failed = 0;
  readonly regions = new Set<string>();
  first = Number.POSITIVE_INFINITY;
  last = Number.NEGATIVE_INFINITY;

  /** @param maxRegions regions after which further ones are not recorded */
  add({ error, region, second }: NotedCall, maxRegions = Number.POSITIVE_INFINITY): void {
    this.calls += 1;
    this.failed += error === undefined ? 0 : 1;
    if (this.regions.size < maxRegions) this.regions.add(region);
    this.first = Math.min(this.first, second);
    this.last = Math.max(this.last, second);
  }
}

export function mostFrequent(counts: ReadonlyMap<string, number>, max: number): Counted[] {
  return [...counts]
    .map(([value, calls]) => ({ value, calls }))
    .sort((a, b) => b.calls - a.calls || compareText(a.value, b.value))
    .slice(0, max);
}

/** Keys and places of a detection's calls, to recognise the sign-in that issued a key or opened the console session. */
export interface Credentials {
  readonly keys: ReadonlySet<string>;
  readonly places: ReadonlySet<string>;
  /** of the seconds of sign-ins to the console those that opened sessions of the calls */
  readonly openingOf: (signIns: readonly number[]) => ReadonlySet<number>;
}

/** An actor's other calls around the detection, distinct by eventID. */
export class OtherCalls {
  private readonly seen = new Set<string>();
  private readonly sums = new Map<string, Pick<OtherCall, 'kind' | 'service' | 'name'> & { sum: CallSum }>();
  private readonly signedIn: RecordedCall[] = [];
  private readonly places = new Map<string, { key: string; address: string; calls: number }>();

  /** @returns whether the call is new */
  add(call: RecordedCall): boolean {
    if (this.seen.has(call.callId) || this.seen.size >= MAX_CALLS) return false;
    this.seen.add(call.callId);
    const { kind, service, name } = call;
    if (kind === 'sign-in') this.signedIn.push(call);
    this.addPlace(call);
    const key = JSON.stringify([kind, service, name]);
    if (this.sums.size < MAX_NAMES || this.sums.has(key)) {
      getOrInsert(this.sums, key, () => ({ kind, service, name, sum: new CallSum() })).sum.add(call);
    }
    return true;
  }

  private addPlace({ values }: RecordedCall): void {
    const { accessKeyIds: key, publicAddresses: address } = values;
    if (key === undefined || address === undefined) return;
    const name = `${key} ${address}`;
    if (this.places.size >= MAX_PLACES && !this.places.has(name)) return;
    getOrInsert(this.places, name, () => ({ key, address, calls: 0 })).calls += 1;
  }

  /**
   * Other addresses that used the detection's keys. An address of the other IP version may belong to the same host.
   * @param addresses public addresses of the detection
   */
  elsewhere(keys: ReadonlySet<string>, addresses: ReadonlySet<string>): Counted[] {
    const isComparable = (address: string) => [...addresses].some((one) => isOfOneProtocol(one, address));
    const calls = new Map<string, number>();
    for (const place of this.places.values()) {
      if (!keys.has(place.key) || addresses.has(place.address) || !isComparable(place.address)) continue;
      addTo(calls, place.address, place.calls);
    }
    return mostFrequent(calls, MAX_LISTED_PLACES);
  }

  /** By kind, the most serious first, then by descending frequency. */
  calls(): OtherCall[] {
    return [...this.sums.values()]
      .map(({ kind, service, name, sum: { calls, failed, regions, first, last } }) => {
        return { kind, service, name, calls, failed, regions: regions.size, first, last };
      })
      .sort(
        (a, b) =>
          KINDS.indexOf(a.kind) - KINDS.indexOf(b.kind) ||
          b.calls - a.calls ||
          compareText(a.service + a.name, b.service + b.name),
      )
      .slice(0, MAX_LISTED_NAMES);
  }

  /** The number of distinct names of each kind. */
  distinct(): Record<OtherKind, number> {
    const counts: Record<OtherKind, number> = { sensitive: 0, 'sign-in': 0, other: 0, discovery: 0 };
    for (const { kind } of this.sums.values()) counts[kind] += 1;
    return counts;
  }

  /** Results of calls other than sign-ins, which need no permission, and the time of the first call of all. */
  extent(): { readonly succeeded: number; readonly first: number } {
    const sums = [...this.sums.values()];
    const others = sums.filter(({ kind }) => kind !== 'sign-in');
    return {
      succeeded: others.reduce((total, { sum }) => total + sum.calls - sum.failed, 0),
      first: minOf(sums.map(({ sum }) => sum.first)),
    };
  }

  get signInCount(): number {
    return this.signedIn.length;
  }

  /** The identities that opened sessions of the calls, named as in neighbours. */
  openers({ keys }: Pick<Credentials, 'keys'>): string[] {
    return this.signedIn.flatMap(({ issuedKey = '', actor, values: { arns } }) =>
      keys.has(issuedKey) ? (arns ?? actor ?? []) : [],
    );
  }

  /** The last ones, by time. Those that began the session are always kept, or an actor could push them out. */
  signIns(credentials: Credentials): SignIn[] {
    const logins = this.signedIn.filter(({ name, error }) => name === 'ConsoleLogin' && error === undefined);
    const opening = credentials.openingOf(logins.map(({ second }) => second));
    const all = this.signedIn.map((call) => signInOf(call, credentials, opening)).sort(byTime);
    const beginnings = all.filter(({ began }) => began).slice(-MAX_SIGN_INS);
    const room = MAX_SIGN_INS - beginnings.length;
    const others = room === 0 ? [] : all.filter(({ began }) => !began).slice(-room);
    return [...beginnings, ...others].sort(byTime);
  }
}

function byTime(a: SignIn, b: SignIn): number {
  return a.second - b.second || compareText(a.name, b.name) || compareText(a.region, b.region);
}

function signInOf(call: RecordedCall, { keys, places }: Credentials, opening: ReadonlySet<number>): SignIn {
  const { name, second, region, values, error, place = '', issuedKey, mfaUsed, requestedRole } = call;
  const began = issuedKey === undefined ? name === 'ConsoleLogin' && opening.has(second) : keys.has(issuedKey);
  return {
    ...{ name, second, region },
    by: callerOf(call),
    address: values.sourceAddresses,
    failed: error !== undefined,
    detail: issuedKey ?? (mfaUsed === undefined ? undefined : `MFA ${mfaUsed}`),
    role: requestedRole,
    began: error === undefined && began,
    isOwn: keys.has(values.accessKeyIds ?? '') && places.has(place),
    claim: claimedTool(values.userAgents ?? ''),
  };
}

/** Records have no ARN for principals of other accounts, and of identity providers, which are of no account. */
function callerOf({ actor, values: { arns, accounts, invokedBy, identityTypes = '' } }: RecordedCall): string {
  if (arns !== undefined) return arns;
  if (actor === undefined) return invokedBy ?? 'unknown';
  const isOutside = accounts === undefined || /^(?:WebIdentity|SAML)User$/.test(identityTypes);
  return isOutside ? actor : `${actor} of account ${accounts}`;
}
