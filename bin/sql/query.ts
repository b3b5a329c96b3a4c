import type { Exception } from '../../lambda/detection/exceptions';
import { CALL, countsCalls, type RuleParameters } from '../../lambda/detection/rule';
import { type Dialect, exceptionCondition, sqlText } from './dialects';

export interface RuleQuery {
  readonly rule: RuleParameters;
  readonly exceptions: readonly Exception[];
  /** times of calls; UTC epoch seconds, `since` included and `until` excluded */
  readonly since?: number | undefined;
  readonly until?: number | undefined;
  /** further conditions, which let the engine read fewer records */
  readonly only: readonly string[];
}

/**
 * The rule as one query that reads its table once, with a row per window or burst, as `replay` finds them. In sliding
 * windows a steady scan is one row of any length, while `replay` ends an alert after 300 s.
 * @param from a table, or an expression of one
 * @throws UsageError for an exception that the dialect cannot express
 */
export function ruleQuery(from: string, query: RuleQuery, dialect: Dialect): string {
  const { rule } = query;
  return `WITH calls AS (
  SELECT ${dialect.seconds('eventtime')} AS called, awsregion, eventid, ${actorOf(rule)} AS actor
  FROM ${from}
  WHERE ${[
    `eventsource = ${sqlText(CALL.eventSource)}`,
    `eventname = ${sqlText(CALL.eventName)}`,
    ...query.only,
    ...query.exceptions.map((exception) => `NOT ${exceptionCondition(exception, dialect)}`),
  ].join('\n    AND ')}
),
cells AS (
  SELECT actor, awsregion, called, count(DISTINCT eventid) AS calls
  FROM calls
  WHERE ${[
    "actor IS NOT NULL AND called IS NOT NULL AND awsregion <> ''",
    ...(rule.ignoreRegions.length === 0 ? [] : [`awsregion NOT IN (${rule.ignoreRegions.map(sqlText).join(', ')})`]),
    ...(query.since === undefined ? [] : [`called >= ${query.since}`]),
    ...(query.until === undefined ? [] : [`called < ${query.until}`]),
  ].join('\n    AND ')}
  GROUP BY actor, awsregion, called
),
${rule.windowing === 'tumbling' ? tumbling(rule) : sliding(rule, dialect)}
SELECT ${dialect.instant('starts')} AS window_start, ${dialect.instant('ends')} AS window_end, actor,
  count(DISTINCT awsregion) AS region_count, CAST(sum(calls) AS BIGINT) AS call_count,
  array_sort(array_agg(DISTINCT awsregion)) AS regions
FROM windows
GROUP BY starts, ends, actor
HAVING count(DISTINCT awsregion) >= ${rule.minRegions}${countsCalls(rule) ? ` AND sum(calls) >= ${rule.minCalls}` : ''}
ORDER BY starts DESC, actor`;
}

function actorOf({ groupBy }: RuleParameters): string {
  const candidates = ['useridentity.arn', 'useridentity.principalid'];
  if (groupBy === 'issuer') candidates.unshift('useridentity.sessioncontext.sessionissuer.arn');
  return `coalesce(${candidates.map((column) => `nullif(${column}, '')`).join(', ')})`;
}

/** Windows aligned to the epoch. */
function tumbling({ windowSeconds }: RuleParameters): string {
  return `windows AS (
  SELECT *, called - mod(called, ${windowSeconds}) AS starts, called - mod(called, ${windowSeconds}) + ${windowSeconds} AS ends
  FROM cells
)`;
}

/**
 * Each second with a call ends a window; it is dense if it meets the threshold, and dense windows that share a call are one
 * burst.
 */
function sliding(rule: RuleParameters, { distinct }: Dialect): string {
  const reach = rule.windowSeconds - 1;
  const enough = [
    `${distinct('recent_regions')} >= ${rule.minRegions}`,
    ...(countsCalls(rule) ? [`recent_calls >= ${rule.minCalls}`] : []),
  ].join(' AND ');
  return `spans AS (
  SELECT *, min(called) OVER recent AS span_start, array_agg(awsregion) OVER recent AS recent_regions, sum(calls) OVER recent AS recent_calls
  FROM cells
  WINDOW recent AS (PARTITION BY actor ORDER BY called RANGE BETWEEN ${reach} PRECEDING AND CURRENT ROW)
),
covered AS (
  SELECT *, min(CASE WHEN ${enough} THEN span_start END)
    OVER (PARTITION BY actor ORDER BY called RANGE BETWEEN CURRENT ROW AND ${reach} FOLLOWING) AS covered_from
  FROM spans
),
marked AS (
  SELECT *, CASE WHEN covered_from <= lag(called) OVER (PARTITION BY actor ORDER BY called) THEN 0 ELSE 1 END AS begins
  FROM covered
  WHERE covered_from <= called
),
bursts AS (
  SELECT *, sum(begins) OVER (PARTITION BY actor ORDER BY called) AS burst
  FROM marked
),
windows AS (
  SELECT actor, awsregion, calls, min(called) OVER (PARTITION BY actor, burst) AS starts,
    max(called) OVER (PARTITION BY actor, burst) + 1 AS ends
  FROM bursts
)`;
}
