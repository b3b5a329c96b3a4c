import { compareText, getOrInsert } from '../../lambda/util/values';
import type { TrailRecord } from './records';

/** One identity in at least as many regions as the rule asks for, within one window. */
export interface ExpectedDetection {
  /** UTC epoch second */
  readonly windowStart: number;
  readonly actor: string;
  /** sorted */
  readonly regions: readonly string[];
  /** distinct calls, without repeated deliveries */
  readonly calls: number;
}

/** What a detector must find in a trail, derived from the plan. */
export interface ExpectedResult {
  /** by window, then by actor */
  readonly detections: readonly ExpectedDetection[];
  readonly totals: {
    readonly objects: number;
    /** records in the objects, repeated ones included */
    readonly records: number;
    /** calls of EC2's DescribeInstances among them */
    readonly matchedCalls: number;
    readonly distinctRecords: number;
    readonly distinctMatchedCalls: number;
    /** distinct matched calls that belong to no actor */
    readonly unattributed: number;
  };
}

/** The default rule. Not imported: expectations must not depend on the detector's code. */
const WINDOW_SECONDS = 30;

const MIN_REGIONS = 10;

/** The detections in tumbling windows of distinct planned records. */
export function tumblingDetections(records: Iterable<TrailRecord>): ExpectedDetection[] {
  const groups = new Map<string, { windowStart: number; actor: string; regions: Set<string>; calls: number }>();
  for (const { second, actor, region, matchedCall } of records) {
    if (!matchedCall || actor === undefined) continue;
    const windowStart = second - (second % WINDOW_SECONDS);
    const group = getOrInsert(groups, `${windowStart} ${actor}`, () => ({
      windowStart,
      actor,
      regions: new Set(),
      calls: 0,
    }));
    group.regions.add(region);
    group.calls++;
  }
  return [...groups.values()]
    .filter(({ regions }) => regions.size >= MIN_REGIONS)
    .map((group) => ({ ...group, regions: [...group.regions].sort() }))
    .sort((a, b) => a.windowStart - b.windowStart || compareText(a.actor, b.actor));
}
