import { buildAlert } from '../../lambda/alert/assemble';
import { gatherEvidence } from '../../lambda/alert/evidence/gather';
import type { Alert } from '../../lambda/alert/model';
import { recurrenceOf, traitsOfAlert } from '../../lambda/alert/recurrence';
import { type Detection, detectionOf, ruleOf } from '../../lambda/detection/detections';
import type { RuleParameters } from '../../lambda/detection/rule';
import { bucketOf, type Scope } from '../../lambda/detection/store-keys';
import { type Span, slowSpansOf, spansOf } from '../../lambda/detection/windows';
import { ServiceError } from '../../lambda/errors';
import { readActivities } from '../../lambda/notify/claims';
import { identityOfActor, readEarlierAlerts } from '../../lambda/state/earlier-alerts';
import { type HistoryEntry, readHistory } from '../../lambda/state/history';
import { ALERT_SECONDS, type StateStore, TALLY_SECONDS } from '../../lambda/state/store';
import type { ReadOptions } from '../../lambda/trail/object-reader';
import { formatInstant } from '../../lambda/util/values';
import { interruption, unlessInterrupted } from '../cli/interruption';
import type { Labels } from '../inputs/option-files';

interface AlertState {
  readonly store: StateStore;
  readonly scope: Scope;
  readonly reading: ReadOptions;
}

const DAY_SECONDS = 86_400;

/**
 * The last history entry of an alert, which has its final extent.
 * @param now UTC epoch second
 * @throws ServiceError also if there is none
 */
export async function findEntry(alertId: string, { store, scope }: AlertState, now: number): Promise<HistoryEntry> {
  // The latest day first, since most lookups are of recent alerts.
  for (let day = now - (now % DAY_SECONDS); day > now - ALERT_SECONDS - DAY_SECONDS; day -= DAY_SECONDS) {
    let found: HistoryEntry | undefined;
    for await (const entry of readHistory(store, day, day + DAY_SECONDS, scope)) {
      if (entry.alertId === alertId) found = entry;
    }
    if (found !== undefined) return found;
  }
  throw new ServiceError(
    `no alert ${alertId} in the last 60 days; regionsweep alerts lists them, --replay those of a replay`,
  );
}

interface RebuildOptions extends Labels {
  /** seconds before and after it in which evidence is searched */
  readonly aroundSeconds: number | undefined;
  /** Ctrl-C, which ends that */
  readonly interrupted: AbortSignal;
}

/**
 * Rebuilds an alert from its stored tallies and the objects that they name.
 * @throws ServiceError also if its tallies have expired, AbandonedError at Ctrl-C before they are read
 */
export async function rebuildAlert(
  entry: HistoryEntry,
  state: AlertState,
  { aroundSeconds, interrupted, owners, accountNames }: RebuildOptions,
): Promise<{ readonly alert: Alert; readonly detection: Detection }> {
  const { alertId, actor, start } = entry;
  const { rule } = state.reading;
  const stored = async () => ({
    ...(await readActivities(bucketOf(actor, start, rule), state.scope, state)),
    ...(await readEarlierAlerts(state.store, identityOfActor(actor).name, state.scope, entry.at)),
  });
  const { activities, earlier, since } = await unlessInterrupted(stored, interrupted);
  const activity = activities.find((one) => one.actor === actor);
  const span = activity && spanIn(activity.cells, entry, rule);
  if (activity === undefined || span === undefined) {
    const time = `--since ${formatInstant(start)} --until ${formatInstant(entry.end)}`;
    throw new ServiceError(
      `the calls of alert ${alertId} are no longer stored: that is for ${TALLY_SECONDS / DAY_SECONDS} days, and under the same rule; regionsweep replay with ${time} finds it again`,
    );
  }
  const detection = { ...detectionOf(activity, span), isSlow: span.isSlow, aroundSeconds };
  const gathered = await gatherEvidence([detection], {
    ...{ reading: state.reading, concurrency: OBJECTS_AT_A_TIME },
    isTimeUp: () => interrupted.aborted,
    timeUp: interruption(interrupted),
    owners,
  });
  const evidence = gathered.get(detection)!;
  const traits = traitsOfAlert(alertId, detection, evidence);
  // As in the function: how far back the memory of a replay reaches is unknown.
  const recurrence =
    state.scope.replayId === undefined
      ? recurrenceOf(traits, earlier, 'state', since)
      : recurrenceOf(traits, earlier, 'replay', undefined);
  const own = ruleOf(detection, rule);
  const partial = interrupted.aborted;
  const alert = buildAlert({ detection, evidence, recurrence, rule: own, alertId, accountNames, partial });
  return { detection, alert };
}

const OBJECTS_AT_A_TIME = 16;

/** The interval of the entry, and the second of the deciding call. */
function spanIn(
  cells: Parameters<typeof spansOf>[0],
  { start, end }: HistoryEntry,
  rule: RuleParameters,
): (Span & { readonly isSlow: boolean }) | undefined {
  const isInside = (span: Span) => span.start >= start && span.end <= end;
  const fast = spansOf(cells, rule).find(isInside);
  const span = fast ?? slowSpansOf(cells, rule).find(isInside);
  return span && { start, end, decidedAt: span.decidedAt, isSlow: fast === undefined };
}
