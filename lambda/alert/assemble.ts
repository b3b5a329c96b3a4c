import { alertIdOf, type Detection } from '../detection/detections';
import type { RuleParameters } from '../detection/rule';
import { accountOfArn } from '../detection/store-keys';
import { objectName } from '../ports';
import { getOrInsert } from '../util/values';
import type { Evidence } from './evidence/model';
import { containment } from './guide/contain';
import { contextOf } from './guide/context';
import { falsePositive } from './guide/false-positive';
import { investigation, replayStep } from './guide/investigate';
import { type AccountNames, type Alert, type AlertRegion, type Assessment, accountNameOf, type Sweep } from './model';
import type { Recurrence } from './recurrence';
import { headlineOf, triage } from './triage';
import { verdictOf } from './triage/verdict';

export interface AlertParts {
  readonly detection: Detection;
  readonly evidence: Evidence;
  readonly rule: RuleParameters;
  /** the id of the claim: the start of a burst may have moved since */
  readonly alertId?: string;
  readonly recurrence?: Recurrence | undefined;
  readonly accountNames?: AccountNames | undefined;
  /** whether reading was stopped early */
  readonly partial?: boolean;
}

export function buildAlert(parts: AlertParts): Alert {
  const sweep = sweepOf(parts);
  return { ...sweep, assessment: assess(sweep) };
}

export function sweepOf(parts: AlertParts): Sweep {
  const { detection, evidence, rule, recurrence, accountNames, partial = false } = parts;
  const { actor, start, objects } = detection;
  const { alertId = alertIdOf(rule, start, actor) } = parts;
  const account = evidence.accounts[0]?.value ?? accountOfArn(actor);
  return {
    ...detection,
    ...{ alertId, rule, evidence, recurrence, partial },
    account,
    accountName: accountNameOf(accountNames, account),
    regions: regionsOf(detection, evidence),
    objects: objects.map(objectName),
  };
}

function regionsOf({ regions }: Detection, { timeline }: Evidence): AlertRegion[] {
  const sums = new Map<string, { calls: number; failed: number; refused: number }>();
  const sumOf = (region: string) => getOrInsert(sums, region, () => ({ calls: 0, failed: 0, refused: 0 }));
  for (const { region, calls, failed, refused } of timeline) {
    const sum = sumOf(region);
    sum.calls += calls;
    sum.failed += failed;
    sum.refused += refused;
  }
  return regions.map(({ region, first, last }) => ({ name: region, first, last, ...sumOf(region) }));
}

export function assess(sweep: Sweep): Assessment {
  const findings = triage(sweep);
  const context = contextOf(sweep);
  return {
    ...verdictOf(sweep, findings),
    findings,
    headline: headlineOf(findings),
    guide: {
      investigation: investigation(context),
      replay: replayStep(context),
      containment: containment(context),
      falsePositive: falsePositive(context),
    },
  };
}
