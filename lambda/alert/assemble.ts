import { alertIdOf, type Detection } from '../detection/detections';
import { accountOfArn } from '../detection/keys';
import type { RuleParameters } from '../detection/rule';
import { type ObjectRef, objectName } from '../ports';
import { getOrInsert } from '../util/values';
import type { Evidence } from './evidence/model';
import { guideOf } from './guide';
import type { Alert, Assessment, Step } from './model';
import type { Text } from './text';
import { triageOf } from './triage';

export function buildAlert(detection: Detection, evidence: Evidence, rule: RuleParameters, partial: boolean): Alert {
  const calls = new Map<string, { calls: number; failed: number; refused: number }>();
  for (const cell of evidence.timeline) {
    const region = getOrInsert(calls, cell.region, () => ({ calls: 0, failed: 0, refused: 0 }));
    region.calls += cell.calls;
    region.failed += cell.failed;
    region.refused += cell.refused;
  }
  return {
    alertId: alertIdOf(rule, detection.start, detection.actor),
    rule,
    actor: detection.actor,
    account: evidence.accounts[0]?.value ?? accountOfArn(detection.actor),
    start: detection.start,
    end: detection.end,
    decidedAt: detection.decidedAt,
    regions: detection.regions.map(({ region, first, last }) => ({
      name: region,
      first,
      last,
      ...(calls.get(region) ?? { calls: 0, failed: 0, refused: 0 }),
    })),
    evidence,
    objects: detection.objects.map((object: ObjectRef) => objectName(object)),
    partial,
  };
}

/** As they were drawn before the alert was cut; from the alert itself where it is whole. */
export function assess(alert: Alert): Assessment {
  return alert.assessment ?? { findings: triageOf(alert), guide: guideOf(alert) };
}

/** With so many characters of each quoted text. Commands stay whole, or they would do something else. */
export function shortenedAssessment({ findings, guide }: Assessment, characters: number): Assessment {
  const text = (whole: Text): Text =>
    whole.map((piece) => (typeof piece === 'string' ? piece : { ...piece, quoted: piece.quoted.slice(0, characters) }));
  const step = (whole: Step): Step => ({
    ...whole,
    text: text(whole.text),
    known: whole.known === undefined ? undefined : text(whole.known),
  });
  return {
    findings: findings.map((finding) => ({ ...finding, text: text(finding.text) })),
    guide: { ...guide, questions: guide.questions.map(step), ifBad: guide.ifBad.map(step) },
  };
}
