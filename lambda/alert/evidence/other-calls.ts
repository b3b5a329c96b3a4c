import { compareText, entry } from '../../collections';
import { kindOfCall } from './call-kinds';
import type { OtherCall, OtherKind, SignIn } from './evidence';
import type { SeenCall } from './seen-call';

/** Bounds of what one alert keeps. */
const MOST_CALLS = 100_000;
const MOST_NAMES = 2_000;
const MOST_NAMES_TOLD = 60;
const MOST_SIGN_INS = 20;

/** The order in which they are told. */
const KINDS: readonly OtherKind[] = ['sensitive', 'sign-in', 'other', 'discovery'];

interface Sum {
  readonly service: string;
  readonly name: string;
  calls: number;
  failed: number;
  readonly regions: Set<string>;
  first: number;
  last: number;
}

/** The credentials a hit's calls came with: what began their session is told by them. */
export interface Credentials {
  readonly keys: ReadonlySet<string>;
  readonly firstCall: number;
}

/** What an actor called beside the hit, each call once by its eventID. */
export class OtherCalls {
  private readonly seen = new Set<string>();
  private readonly sums = new Map<string, Sum>();
  private readonly signedIn: SeenCall[] = [];

  add(call: SeenCall): void {
    if (this.seen.has(call.callId) || this.seen.size >= MOST_CALLS) return;
    this.seen.add(call.callId);
    this.addSum(call);
    if (kindOfCall(call.name) === 'sign-in' && this.signedIn.length < MOST_CALLS) {
      this.signedIn.push(call);
    }
  }

  private addSum({ service, name, error, region, second }: SeenCall): void {
    const key = JSON.stringify([service, name]);
    if (this.sums.size >= MOST_NAMES && !this.sums.has(key)) return;
    const fresh = {
      service,
      name,
      calls: 0,
      failed: 0,
      regions: new Set<string>(),
      first: second,
      last: second,
    };
    const sum = entry(this.sums, key, () => fresh);
    sum.calls += 1;
    sum.failed += error === undefined ? 0 : 1;
    sum.regions.add(region);
    sum.first = Math.min(sum.first, second);
    sum.last = Math.max(sum.last, second);
  }

  /** By kind, the gravest first; within one, the most frequent first. */
  calls(): OtherCall[] {
    return [...this.sums.values()]
      .map((sum) => ({ kind: kindOfCall(sum.name), ...sum, regions: sum.regions.size }))
      .sort(
        (a, b) =>
          KINDS.indexOf(a.kind) - KINDS.indexOf(b.kind) ||
          b.calls - a.calls ||
          compareText(a.service + a.name, b.service + b.name),
      )
      .slice(0, MOST_NAMES_TOLD);
  }

  /** How many differently named calls there are of each kind. */
  distinct(): Record<OtherKind, number> {
    const counts: Record<OtherKind, number> = { sensitive: 0, 'sign-in': 0, other: 0, discovery: 0 };
    for (const { name } of this.sums.values()) counts[kindOfCall(name)] += 1;
    return counts;
  }

  get signInCount(): number {
    return this.signedIn.length;
  }

  /** The last ones, in order of time; those that began the session before any others, or an actor could push them out. */
  signIns(credentials: Credentials): SignIn[] {
    const all = this.signedIn.map((call) => signInOf(call, credentials)).sort(byTime);
    const [began, others] = [true, false].map((wanted) => all.filter((one) => one.began === wanted));
    const kept = began!.slice(-MOST_SIGN_INS);
    const room = MOST_SIGN_INS - kept.length;
    return [...kept, ...(room === 0 ? [] : others!.slice(-room))].sort(byTime);
  }
}

function byTime(a: SignIn, b: SignIn): number {
  return a.second - b.second || compareText(a.name, b.name) || compareText(a.region, b.region);
}

function signInOf(call: SeenCall, credentials: Credentials): SignIn {
  const { name, second, region, actor, values, error, issuedKey, mfaUsed, roleAsked } = call;
  return {
    name,
    second,
    region,
    by: values.arns ?? nameOf(actor, values),
    address: values.sourceAddresses,
    failed: error !== undefined,
    detail: issuedKey ?? (mfaUsed === undefined ? undefined : `MFA ${mfaUsed}`),
    role: roleAsked,
    began: error === undefined && isBeginning(call, credentials),
  };
}

/** What handed out a key of the calls; or a sign-in to the console before them, which long-lived keys do not come from. */
function isBeginning({ name, second, issuedKey }: SeenCall, { keys, firstCall }: Credentials): boolean {
  if (issuedKey !== undefined) return keys.has(issuedKey);
  return name === 'ConsoleLogin' && second <= firstCall && ![...keys].some((key) => key.startsWith('AKIA'));
}

/** Principals of other accounts are told without an ARN. */
function nameOf(actor: string | undefined, { accounts, invokedBy }: SeenCall['values']): string {
  if (actor === undefined) return invokedBy ?? 'unknown';
  return accounts === undefined ? actor : `${actor} of account ${accounts}`;
}
