import type { MatchedCall } from '../../lambda/detection/classify';
import type { RuleParameters } from '../../lambda/detection/rule';
import { actorsOf, between, callsOf, denseIntervals, type Interval, tumblingDetections } from '../support/oracle';
import type { Plan } from './plan';
import type { HeldAlert, Topic, TopicAlert } from './published';
import type { ScopeTruth } from './scopes';

/** No hit without an alert told or held; no alert without a hit; and each says what is true. */
export function judgeHits({ rule }: Plan, truth: ScopeTruth, topic: Topic, allHeld: readonly HeldAlert[]): string[] {
  const alerts = topic.alerts.filter(({ replayId }) => replayId === truth.replayId);
  const held = allHeld.filter(({ replayId }) => replayId === truth.replayId);
  const judged = rule.windowing === 'tumbling' ? tumblingFaults : slidingFaults;
  return [...judged(rule, truth, alerts, held), ...alerts.flatMap((alert) => contentFaults(rule, truth, alert))];
}

type AlertState = Pick<TopicAlert, 'actor' | 'start' | 'end' | 'alertId'>;

function tumblingFaults(
  rule: RuleParameters,
  { calls, replayId }: ScopeTruth,
  alerts: readonly AlertState[],
  held: readonly AlertState[],
): string[] {
  const detections = new Set(tumblingDetections(calls, rule).map(nameOf));
  const told = new Set([...alerts, ...held].map(nameOf));
  return [
    ...[...detections]
      .filter((detection) => !told.has(detection))
      .map((detection) => `${replayId ?? 'live'}: hit without an alert: ${detection}`),
    ...[...told]
      .filter((one) => !detections.has(one))
      .map((one) => `${replayId ?? 'live'}: alert without a hit: ${one}`),
  ];
}

function nameOf({ actor, start, end }: Pick<AlertState, 'actor' | 'start' | 'end'>): string {
  return `${actor} ${start}..${end}`;
}

function slidingFaults(
  rule: RuleParameters,
  { calls, replayId }: ScopeTruth,
  alerts: readonly AlertState[],
  held: readonly AlertState[],
): string[] {
  const scope = replayId ?? 'live';
  return actorsOf(calls).flatMap((actor) => {
    const dense = denseIntervals(callsOf(calls, actor), rule);
    const told = [...alerts, ...held].filter((alert) => alert.actor === actor);
    return [
      ...dense
        .filter((interval) => !told.some((alert) => reaches(alert, interval, dense, rule)))
        .map((interval) => `${scope}: dense interval without an alert: ${nameOf(interval)}`),
      ...told
        .filter(({ start, end }) => denseIntervals(between(callsOf(calls, actor), start, end), rule).length === 0)
        .map((alert) => `${scope}: alert without a dense interval: ${nameOf(alert)}`),
    ];
  });
}

/** The longest time one alert stands for. */
export function longestOf({ windowSeconds }: RuleParameters): number {
  return Math.max(300, windowSeconds);
}

/** Whether an alert may stand for a dense interval: joined with it by others, and not too far away. */
function reaches(alert: AlertState, interval: Interval, dense: readonly Interval[], rule: RuleParameters): boolean {
  const longest = longestOf(rule);
  if (interval.start >= alert.start + longest || interval.end <= alert.end - longest) return false;
  const { start, end } = hullOf(alert, dense);
  return interval.start < end && interval.end > start;
}

/** How far an interval reaches when all that overlaps joins it. */
export function hullOf(
  from: { readonly start: number; readonly end: number },
  dense: readonly Interval[],
): { start: number; end: number } {
  let { start, end } = from;
  for (;;) {
    const touching = dense.filter((one) => one.start < end && one.end > start);
    const next = {
      start: Math.min(start, ...touching.map((one) => one.start)),
      end: Math.max(end, ...touching.map((one) => one.end)),
    };
    if (next.start === start && next.end === end) return next;
    ({ start, end } = next);
  }
}

/** An alert shows all that stood in the ledger before its function began, and nothing that nobody called. */
function contentFaults(rule: RuleParameters, truth: ScopeTruth, alert: TopicAlert): string[] {
  const inside = between(callsOf(truth.calls, alert.actor), alert.start, alert.end);
  const early = inside.filter((call) => truth.stood(call) < alert.run.startedAt);
  const faults: string[] = [];
  const regions = new Set(alert.regions);
  const missing = [...regionsOf(early)].filter((region) => !regions.has(region));
  const invented = [...regions].filter((region) => !regionsOf(inside).has(region));
  const name = `alert ${alert.alertId} ${nameOf(alert)}`;
  if (missing.length > 0) faults.push(`${name}: misses ${missing}, known before its function began`);
  if (invented.length > 0) faults.push(`${name}: tells of ${invented}, where nobody called`);
  if (regions.size < rule.minRegions) faults.push(`${name}: only ${regions.size} regions`);
  if (regions.size !== alert.regions.length) faults.push(`${name}: tells a region twice`);
  if (alert.end - alert.start > longestOf(rule)) faults.push(`${name}: too long`);
  if (alert.calls > inside.length) faults.push(`${name}: ${alert.calls} calls, but there were ${inside.length}`);
  if (!alert.isLowerBound && alert.calls < early.length)
    faults.push(`${name}: ${alert.calls} calls, but ${early.length} were known`);
  return faults;
}

export function regionsOf(calls: readonly MatchedCall[]): Set<string> {
  return new Set(calls.map(({ region }) => region));
}
