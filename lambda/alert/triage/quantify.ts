/** How much of a sweep something is true of. */

import { firstCallOf, lastCallOf } from '../../detection/detections';
import { type Counted, valuesOf } from '../evidence/model';
import type { Sweep } from '../model';
import { amount, type Text, text, untrusted } from '../text';

/** Whether every call is known: what holds of a part says nothing of the whole. */
export function isComplete({ evidence, partial }: Sweep): boolean {
  return evidence.gaps.length === 0 && !partial;
}

export function isWhole(sweep: Sweep, calls: number): boolean {
  return calls === sweep.evidence.calls && isComplete(sweep);
}

/** `All 12 calls`, `1 of 12 calls`, `3 of the 9 calls that could be read`. */
export function share(sweep: Sweep, calls: number): Text {
  return isWhole(sweep, calls) && calls > 1 ? text`All ${amount(calls, 'call')}` : portion(sweep, calls);
}

/** A share that is a number, even where it is the whole. */
export function portion(sweep: Sweep, calls: number): Text {
  const all = amount(sweep.evidence.calls, 'call');
  return isComplete(sweep) ? text`${calls} of ${all}` : text`${calls} of the ${all} that could be read`;
}

export function inMiddle([first, ...rest]: Text): Text {
  return first === undefined ? [] : [typeof first === 'string' ? first.replace(/^All/, 'all') : first, ...rest];
}

/** Calls that have one of the values listed. */
export function callsWith(values: readonly Counted[], isWanted: (value: string) => boolean = () => true): number {
  return values.reduce((sum, { value, calls }) => sum + (isWanted(value) ? calls : 0), 0);
}

/** The identity's names in the records: its own, and the ARNs of its sessions. */
export function ownNames({ actor, evidence }: Sweep): ReadonlySet<string> {
  return new Set([actor, ...valuesOf(evidence.arns)]);
}

/** `203.0.113.9 (12 calls)` */
export function addressText({ value, calls }: Counted): Text {
  return text`${untrusted(value, 60)} (${amount(calls, 'call')})`;
}

/** When something was called, by the first and last call of the sweep. */
export function whenOf({ regions }: Sweep, { first, last }: { readonly first: number; readonly last: number }): Text {
  const [start, end] = [firstCallOf(regions), lastCallOf(regions)];
  if (last < start) return [`${duration(start - last)} before the first call`];
  if (first > end) return [`${duration(first - end)} after the last call`];
  const from = first < start ? `from ${duration(start - first)} before` : 'during';
  return [last > end ? `${from} to ${duration(last - end)} after the calls` : `${from} the calls`];
}

/** `40 s`, `12 min`, `2 h`, rounded down. */
export function duration(seconds: number): string {
  if (seconds < 120) return `${seconds} s`;
  return seconds < 7200 ? `${Math.floor(seconds / 60)} min` : `${Math.floor(seconds / 3600)} h`;
}
