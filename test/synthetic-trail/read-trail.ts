import type { TrailObject } from '../../bin/synthetic-trail/deliveries';
import type { ExpectedResult } from '../../bin/synthetic-trail/expected';
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

/** A whole trail at once. */
export function drain(
  spec: TrailSpec,
  seed: string | number,
): { readonly objects: TrailObject[]; readonly answer: ExpectedResult } {
  const trail = generateTrail(spec, seed);
  const objects = [...trail.objects];
  return { objects, answer: trail.answer() };
}

/** Every record of every object, by the ordinary JSON parser. */
export function recordsOf(objects: readonly TrailObject[]): ReadRecord[] {
  return objects.flatMap(({ body }) => (JSON.parse(body) as { Records: ReadRecord[] }).Records);
}

/** The value that so many of all values, 0 to 1, are below. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((left, right) => left - right);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))]!;
}
