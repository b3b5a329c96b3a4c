import type { Plan } from './plan';
import { isDisturbed, type ScopeTrial } from './trial';

/** A repeat is held only in the time after an alert, and one summary counts it; where nothing fails, none is published. */
export function judgeSuppression({ suppressMinutes, fleet: { skew } }: Plan, scope: ScopeTrial): string[] {
  const { alerts, suppressed, summaries } = scope;
  const seconds = suppressMinutes * 60;
  const missing = suppressed.filter(({ alertId }) => !summaries.some(({ alertIds }) => alertIds.includes(alertId)));
  const unfounded = suppressed.filter(
    ({ alertId, actor, at }) =>
      !alerts.some((one) => one.actor === actor && one.alertId !== alertId && at - one.at < seconds + 2 * skew),
  );
  const wrong = summaries.filter(({ repeatCount, alertIds }) => repeatCount !== new Set(alertIds).size);
  const early = summaries.filter(({ at, until }) => at < until);
  const unsuppressed = alerts.filter(({ alertId, actor, at, run }) => {
    const first = alerts.find((one) => one.actor === actor);
    if (first === undefined || first.alertId === alertId || isDisturbed(first.run, first.at)) return false;
    return run.startedAt > first.run.endedAt && at < first.at + seconds - 2 * skew && !isDisturbed(run, run.startedAt);
  });
  return [
    ...missing.map(({ alertId }) => `no summary names ${alertId}, which was suppressed`),
    ...unfounded.map(({ alertId, at }) => `${alertId} suppressed at ${at}, though no alert was published before`),
    ...wrong.map(({ from, repeatCount }) => `the summary of ${from} counts ${repeatCount}`),
    ...early.map(({ from, at }) => `the summary of ${from} came at ${at}, before its end`),
    ...unsuppressed.map(({ alertId, at }) => `${alertId} published at ${at}, though its actor was suppressed`),
  ];
}
