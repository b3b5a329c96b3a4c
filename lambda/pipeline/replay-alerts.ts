/** The alerts of a replay: detections with their evidence and the earlier alerts of each identity. */

import { type AlertParts, buildAlert } from '../alert/assemble';
import { type EvidenceOptions, gatherEvidence } from '../alert/evidence/gather';
import type { Evidence } from '../alert/evidence/model';
import type { Alert } from '../alert/model';
import { type Recurrence, recurrenceOf, traitsOfAlert } from '../alert/recurrence';
import { alertIdOf, type Detection, ruleOf } from '../detection/detections';
import type { RuleParameters } from '../detection/rule';
import { bucketOf } from '../detection/store-keys';
import { addAlerts, type EarlierAlerts, identityOfActor, NO_EARLIER_ALERTS } from '../state/earlier-alerts';

/**
 * @param detections newest window first, like the alerts
 * @param replayed `since` is the UTC epoch second of the earliest call
 */
export async function alertsFor(
  detections: readonly Detection[],
  replayed: { readonly rule: RuleParameters; readonly isPartial: boolean; readonly since: number },
  options: EvidenceOptions & Pick<AlertParts, 'accountNames'>,
): Promise<Alert[]> {
  const { rule, isPartial, since } = replayed;
  const { accountNames, isTimeUp, turn } = options;
  // In order of time, so that folders listed for one are cached for the next.
  const evidence = await gatherEvidence(detections.toReversed(), options);
  const from = bucketOf('', since, rule).start;
  const recurrences = await recurrencesOf(detections, evidence, { rule, since: from, turn });
  const partial = isPartial || isTimeUp?.() === true;
  const alerts: Alert[] = [];
  for (const detection of detections) {
    const of = { evidence: evidence.get(detection)!, recurrence: recurrences.get(detection) };
    alerts.push(buildAlert({ detection, ...of, rule: ruleOf(detection, rule), accountNames, partial }));
    await turn?.();
  }
  return alerts;
}

/** The memory of earlier alerts that a deployed detector has, within what was read. */
async function recurrencesOf(
  detections: readonly Detection[],
  evidence: ReadonlyMap<Detection, Evidence>,
  { rule, since, turn }: { readonly rule: RuleParameters; readonly since: number } & Pick<EvidenceOptions, 'turn'>,
): Promise<Map<Detection, Recurrence | undefined>> {
  const recurrences = new Map<Detection, Recurrence | undefined>();
  const earlier = new Map<string, EarlierAlerts>();
  for (const detection of [...detections].sort((a, b) => a.start - b.start)) {
    const { name } = identityOfActor(detection.actor);
    const id = alertIdOf(ruleOf(detection, rule), detection.start, detection.actor);
    const traits = traitsOfAlert(id, detection, evidence.get(detection)!);
    const all = addAlerts(earlier.get(name) ?? NO_EARLIER_ALERTS, [traits]);
    earlier.set(name, all);
    recurrences.set(detection, recurrenceOf(traits, all, 'replay', since));
    await turn?.();
  }
  return recurrences;
}
