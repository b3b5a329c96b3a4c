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

/** What an actor called beside the hit, each call once by its eventID. */
export class OtherCalls {
  private readonly seen = new Set<string>();
  private readonly sums = new Map<string, Sum>();
  private readonly signedIn: SignIn[] = [];

  add(call: SeenCall): void {
    if (this.seen.has(call.callId) || this.seen.size >= MOST_CALLS) return;
    this.seen.add(call.callId);
    this.addSum(call);
    if (kindOfCall(call.name) === 'sign-in' && this.signedIn.length < MOST_CALLS) {
      this.signedIn.push(signInOf(call));
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

  /** The last ones, in order of time. */
  signIns(): SignIn[] {
    return this.signedIn
      .sort((a, b) => a.second - b.second || compareText(a.name, b.name) || compareText(a.region, b.region))
      .slice(-MOST_SIGN_INS);
  }
}

function signInOf({ name, second, region, actor, values, error, issuedKey, mfaUsed }: SeenCall): SignIn {
  return {
    name,
    second,
    region,
    by: values.arns ?? nameOf(actor, values),
    address: values.sourceAddresses,
    failed: error !== undefined,
    detail: issuedKey ?? (mfaUsed === undefined ? undefined : `MFA ${mfaUsed}`),
  };
}

/** Principals of other accounts are told without an ARN. */
function nameOf(actor: string | undefined, { accounts, invokedBy }: SeenCall['values']): string {
  if (actor === undefined) return invokedBy ?? 'unknown';
  return accounts === undefined ? actor : `${actor} of account ${accounts}`;
}
