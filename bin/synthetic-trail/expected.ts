import type { TrailRecord } from './records';

/** One identity in at least as many regions as the rule asks for, within one window. */
export interface ExpectedDetection {
  /** Epoch second. */
  readonly windowStart: number;
  readonly actor: string;
  /** Sorted. */
  readonly regions: readonly string[];
  /** Distinct calls, however often they were delivered. */
  readonly calls: number;
}

/** What is in a trail. */
export interface TrailTotals {
  objects: number;
  /** Records in the objects, repeated ones included. */
  records: number;
  /** Calls of EC2's DescribeInstances among them. */
  matchedCalls: number;
  distinctRecords: number;
  distinctMatchedCalls: number;
  /** Distinct sightings that belong to no actor. */
  unattributed: number;
}

/** What a detector must find in a trail, known from how it was planned. */
export interface ExpectedResult {
  /** By window, then by actor. */
  readonly detections: readonly ExpectedDetection[];
  readonly totals: Readonly<TrailTotals>;
}

/** The rule the answer is for: tumbling windows of so many seconds, hits from so many regions on. */
const WINDOW_SECONDS = 30;

const MIN_REGIONS = 10;

/** The tumbling hits of planned records, each given once: per window and actor, ten distinct regions or more. */
export function tumblingDetections(records: Iterable<TrailRecord>): ExpectedDetection[] {
  const groups = new Map<string, { windowStart: number; actor: string; regions: Set<string>; calls: number }>();
  for (const { second, actor, region, matchedCall } of records) {
    if (!matchedCall || actor === undefined) continue;
    const windowStart = Math.floor(second / WINDOW_SECONDS) * WINDOW_SECONDS;
    const key = `${windowStart} ${actor}`;
    const group = groups.get(key) ?? { windowStart, actor, regions: new Set<string>(), calls: 0 };
    groups.set(key, group);
    group.regions.add(region);
    group.calls++;
  }
  return [...groups.values()]
    .filter((group) => group.regions.size >= MIN_REGIONS)
    .map((group) => ({ ...group, regions: [...group.regions].sort() }))
    .sort((left, right) => left.windowStart - right.windowStart || (left.actor < right.actor ? -1 : 1));
}
