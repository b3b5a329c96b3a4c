import type { MatchedCall } from '../../lambda/detection/classify';
import type { RuleParameters } from '../../lambda/detection/rule';
import { actorsOf, between, callsOf, denseIntervals, type Interval, tumblingDetections } from '../support/oracle';
import type { Plan } from './plan';
import { type PublishedAlert, ruleOf, type ScopeTrial } from './trial';

/** No detection without an alert published or held; no alert without a detection; and each says what is true. */
export function judgeDetections({ rule }: Plan, scope: ScopeTrial): string[] {
  const name = scope.replayId ?? 'live';
  const faults = [false, true].flatMap((isSlow) => {
    const own = <A extends { readonly isSlow: boolean }>(alerts: readonly A[]) =>
      alerts.filter((alert) => alert.isSlow === isSlow);
    const part = { ...scope, alerts: own(scope.alerts), held: own(scope.held), suppressed: own(scope.suppressed) };
    if (isSlow) return rule.slowWindowSeconds === 0 ? part.alerts.map(nameOf) : slowFaults(rule, scope, part);
    return rule.windowing === 'tumbling' ? tumblingFaults(rule, part) : slidingFaults(rule, part);
  });
  return [
    ...faults.map((fault) => `${name}: ${fault}`),
    ...scope.alerts.flatMap((alert) => contentFaults(ruleOf(alert, rule), scope, alert)),
  ];
}

/** The slow window finds what it should of what the first one does not, and repeats nothing that was published. */
function slowFaults(rule: RuleParameters, all: ScopeTrial, slow: ScopeTrial): string[] {
  const found = actorsOf(all.truth.calls).flatMap((actor) => firstFound(callsOf(all.truth.calls, actor), rule));
  const isDue = (interval: Interval) => !found.some((one) => overlaps(one, interval));
  // A repeat of one that was published before, whose mark was lost, is the same alert again.
  const firsts = slow.alerts.filter(({ alertId, at }) =>
    slow.alerts.every((other) => other.alertId !== alertId || other.at >= at),
  );
  const repeated = firsts.filter((alert) =>
    all.alerts.some((one) => !one.isSlow && one.at < alert.run.startedAt && overlaps(one, alert)),
  );
  return [
    ...slidingFaults(ruleOf({ isSlow: true }, rule), slow, isDue).map((fault) => `slow window: ${fault}`),
    ...repeated.map((alert) => `slow window: published before by the first one: ${nameOf(alert)}`),
  ];
}

/** What the first window finds in an actor's calls. */
export function firstFound(calls: readonly MatchedCall[], rule: RuleParameters): Extent[] {
  return rule.windowing === 'tumbling' ? tumblingDetections(calls, rule) : denseIntervals(calls, rule);
}

export function overlaps(one: Extent, other: Extent): boolean {
  return one.actor === other.actor && one.start < other.end && other.start < one.end;
}

type Extent = Pick<PublishedAlert, 'actor' | 'start' | 'end'>;

function nameOf({ actor, start, end }: Extent): string {
  return `${actor} ${start}..${end}`;
}

function tumblingFaults(rule: RuleParameters, { truth, alerts, held, suppressed }: ScopeTrial): string[] {
  const detections = new Set(tumblingDetections(truth.calls, rule).map(nameOf));
  const alerted = new Set([...alerts, ...held, ...suppressed].map(nameOf));
  const missing = [...detections].filter((one) => !alerted.has(one));
  const invented = [...alerted].filter((one) => !detections.has(one));
  return [
    ...missing.map((one) => `detection without an alert: ${one}`),
    ...invented.map((one) => `alert without a detection: ${one}`),
  ];
}

function slidingFaults(
  rule: RuleParameters,
  { truth, alerts, held, suppressed }: ScopeTrial,
  isDue: (interval: Interval) => boolean = () => true,
): string[] {
  return actorsOf(truth.calls).flatMap((actor) => {
    const calls = callsOf(truth.calls, actor);
    const dense = denseIntervals(calls, rule);
    const alerted = [...alerts, ...held, ...suppressed].filter((alert) => alert.actor === actor);
    const missing = dense
      .filter(isDue)
      .filter((interval) => !alerted.some((alert) => reaches(alert, interval, dense, rule)));
    const invented = alerted.filter(({ start, end }) => denseIntervals(between(calls, start, end), rule).length === 0);
    return [
      ...missing.map((interval) => `dense interval without an alert: ${nameOf(interval)}`),
      ...invented.map((alert) => `alert without a dense interval: ${nameOf(alert)}`),
    ];
  });
}

/** The longest time one alert stands for. */
export function longestOf({ windowSeconds }: RuleParameters): number {
  return Math.max(300, windowSeconds);
}

/** Whether an alert may stand for a dense interval: joined with it by others, and not too far away. */
function reaches(alert: Extent, interval: Interval, dense: readonly Interval[], rule: RuleParameters): boolean {
  const longest = longestOf(rule);
  if (interval.start >= alert.start + longest || interval.end <= alert.end - longest) return false;
  const { start, end } = hullOf(alert, dense);
  return interval.start < end && interval.end > start;
}

/** How far an interval reaches when all that overlaps joins it. */
export function hullOf({ start, end }: Omit<Extent, 'actor'>, dense: readonly Interval[]): Omit<Extent, 'actor'> {
  const touching = dense.filter((one) => one.start < end && one.end > start);
  const next = {
    start: Math.min(start, ...touching.map((one) => one.start)),
    end: Math.max(end, ...touching.map((one) => one.end)),
  };
  return next.start === start && next.end === end ? next : hullOf(next, dense);
}

/** An alert shows all that was in the state store before its function started, and nothing that nobody called. */
function contentFaults(rule: RuleParameters, { truth }: ScopeTrial, alert: PublishedAlert): string[] {
  const inside = between(callsOf(truth.calls, alert.actor), alert.start, alert.end);
  const early = inside.filter((call) => truth.stored(call) < alert.run.startedAt);
  const faults: string[] = [];
  const { missing, invented } = compareRegions(alert.regions, early, inside);
  const regions = new Set(alert.regions);
  if (missing.length > 0) faults.push(`misses ${missing}, known before its function started`);
  if (invented.length > 0) faults.push(`names ${invented}, where nobody called`);
  if (regions.size < rule.minRegions) faults.push(`only ${regions.size} regions`);
  if (regions.size !== alert.regions.length) faults.push('names a region twice');
  if (alert.end - alert.start > longestOf(rule)) faults.push('too long');
  if (alert.calls > inside.length) faults.push(`${alert.calls} calls, but there were ${inside.length}`);
  if (!alert.isLowerBound && alert.calls < early.length)
    faults.push(`${alert.calls} calls, but ${early.length} were known`);
  return faults.map((fault) => `alert ${alert.alertId} ${nameOf(alert)}: ${fault}`);
}

/** What a list of regions misses of the calls it must name, and what it names that nobody called. */
export function compareRegions(
  named: readonly string[],
  known: readonly MatchedCall[],
  all: readonly MatchedCall[],
): { missing: string[]; invented: string[] } {
  const called = regionsOf(all);
  return {
    missing: [...regionsOf(known)].filter((region) => !named.includes(region)),
    invented: [...new Set(named)].filter((region) => !called.has(region)),
  };
}

export function regionsOf(calls: readonly MatchedCall[]): Set<string> {
  return new Set(calls.map(({ region }) => region));
}
