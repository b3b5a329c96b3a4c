import type { TrailObject } from '../../bin/synthetic-trail/deliveries';
import { generateTrail, type TrailSpec } from '../../bin/synthetic-trail/trail';

/** The fields of a record that these tests look at. */
export interface ReadRecord {
  readonly eventVersion: string;
  readonly userIdentity: { readonly type?: string; readonly arn?: string; readonly principalId?: string };
  readonly eventTime: string;
  readonly eventSource: string;
  readonly eventName: string;
  readonly awsRegion: string;
  readonly eventID: string;
  readonly recipientAccountId: string;
}

/** All objects of a trail, and its answer. */
export function drain(spec: TrailSpec, seed: string | number) {
  const trail = generateTrail(spec, seed);
  const objects = [...trail.objects];
  return { objects, answer: trail.answer() };
}

/** The records of an object, by the ordinary JSON parser. */
export function recordsOf({ body }: TrailObject): ReadRecord[] {
  return (JSON.parse(body) as { Records: ReadRecord[] }).Records;
}

/** The value that this share of all values, 0 to 1, is below. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((left, right) => left - right);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))]!;
}

export function expectBetween(value: number, min: number, max: number): void {
  expect(value).toBeGreaterThanOrEqual(min);
  expect(value).toBeLessThanOrEqual(max);
}
