import type { MatchedCall } from '../../lambda/detection/classify';
import type { RuleParameters } from '../../lambda/detection/rule';

/**
 * The rule again, by trying every second with all of the calls at hand: slow, plain, and without a line in common with
 * the detector.
 */

export interface Interval {
  readonly actor: string;
  readonly start: number;
  /** exclusive */
  readonly end: number;
  readonly decidedAt: number;
}

export function isEnough(calls: readonly MatchedCall[], rule: RuleParameters): boolean {
  const regions = new Set(calls.map(({ region }) => region)).size;
  const distinct = new Set(calls.map(({ callId }) => callId)).size;
  return regions >= rule.minRegions && (rule.minCalls <= rule.minRegions || distinct >= rule.minCalls);
}

/** Every window aligned to the epoch that holds enough, by actor and time. */
export function tumblingDetections(calls: readonly MatchedCall[], rule: RuleParameters): Interval[] {
  const detections: Interval[] = [];
  for (const actor of actorsOf(calls)) {
    const own = callsOf(calls, actor);
    const starts = new Set(own.map(({ second }) => second - (second % rule.windowSeconds)));
    for (const start of [...starts].sort(ascending)) {
      const end = start + rule.windowSeconds;
      const decidedAt = secondsOf(own).find(
        (second) => second >= start && second < end && isEnough(between(own, start, second + 1), rule),
      );
      if (decidedAt !== undefined) detections.push({ actor, start, end, decidedAt });
    }
  }
  return detections;
}

/** For one actor's calls: each second with a call up to which one window's length holds enough, from its first call on. */
export function denseIntervals(own: readonly MatchedCall[], rule: RuleParameters): Interval[] {
  return secondsOf(own).flatMap((second) => {
    const inside = between(own, second + 1 - rule.windowSeconds, second + 1);
    if (!isEnough(inside, rule)) return [];
    const start = Math.min(...inside.map((call) => call.second));
    return [{ actor: inside[0]!.actor, start, end: second + 1, decidedAt: second }];
  });
}

/** Dense intervals joined where they share a call, however long that goes on. */
export function wholeBursts(own: readonly MatchedCall[], rule: RuleParameters): Interval[] {
  const bursts: Interval[] = [];
  for (const dense of denseIntervals(own, rule)) {
    const last = bursts.at(-1);
    if (last !== undefined && dense.start < last.end) bursts[bursts.length - 1] = { ...last, end: dense.end };
    else bursts.push(dense);
  }
  return bursts;
}

export function actorsOf(calls: readonly MatchedCall[]): string[] {
  return [...new Set(calls.map(({ actor }) => actor))].sort();
}

export function callsOf(calls: readonly MatchedCall[], actor: string): MatchedCall[] {
  return calls.filter((call) => call.actor === actor);
}

export function between(calls: readonly MatchedCall[], from: number, until: number): MatchedCall[] {
  return calls.filter(({ second }) => second >= from && second < until);
}

function secondsOf(calls: readonly MatchedCall[]): number[] {
  return [...new Set(calls.map(({ second }) => second))].sort(ascending);
}

function ascending(a: number, b: number): number {
  return a - b;
}
