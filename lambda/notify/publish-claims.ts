import { type AlertParts, buildAlert } from '../alert/assemble';
import { gatherEvidence } from '../alert/evidence/gather';
import type { Evidence, EvidenceLimits } from '../alert/evidence/model';
import type { Alert } from '../alert/model';
import type { Detection } from '../detection/detections';
import { bucketOf, scopePrefix } from '../detection/store-keys';
import { METRICS } from '../ports';
import { getOrInsert } from '../util/values';
import { type Claim, changeClaimed, historyEntryOf, releaseClaim, type StoredAlert } from './claims';
import { type Detector, EVIDENCE_SECONDS, type Invocation, PUBLISH_SECONDS, secondsLeft, type Uses } from './context';
import { addDue } from './due';
import { clearLease } from './lease';
import { isAdmitted, throttle } from './rate-limit';
import { recall } from './recall';
import { noteHistory, publish } from './send';
import { roundsOf, startSuppression, suppress } from './suppression';

export interface Unpublished {
  /** with their errors; released, so that the next invocation can take them at once */
  readonly failed: Map<Claim, unknown>;
  /** deferred for lack of time; their leases expire */
  readonly late: Claim[];
}

/** Publishes claims, or holds them back if the actor is suppressed or the rate limit reached. */
export async function publishClaims(claims: readonly Claim[], detector: Detector): Promise<Unpublished> {
  const unpublished: Unpublished = { failed: new Map(), late: [] };
  for (const round of roundsOf(claims, detector.alerting)) await publishRound(round, detector, unpublished);
  return unpublished;
}

/** Seconds that must be left of an invocation to start another alert. */
const LAST_SECONDS = 2;

async function publishRound(claims: readonly Claim[], detector: Detector, { failed, late }: Unpublished) {
  const attempt = async (claim: Claim, work: () => Promise<void>) => {
    if (secondsLeft(detector.invocation) < LAST_SECONDS) {
      late.push(claim);
      return;
    }
    try {
      await work();
    } catch (error) {
      failed.set(claim, error);
      await releaseClaim(claim, detector);
    }
  };
  const admitted: Claim[] = [];
  const throttled: Claim[] = [];
  for (const claim of claims) {
    await attempt(claim, async () => {
      // First: suppressed alerts do not count towards the rate limit.
      if (await suppress(claim, detector)) return;
      const list = (await isAdmitted(claim, detector)) ? admitted : throttled;
      list.push(claim);
    });
  }
  const evidence = await evidenceByScope(admitted, detector);
  const recurrences = await recall(admitted, evidence, detector);
  for (const claim of admitted) {
    const found = { evidence: evidence.get(claim.detection)!, recurrence: recurrences.get(claim) };
    await attempt(claim, () => publishAlert(claim, found, detector));
  }
  // After the published ones: there may be many.
  for (const claim of throttled) await attempt(claim, () => throttle(claim, detector));
}

type EvidenceUses = Uses<'reading' | 'concurrency' | 'invocation' | 'owners'>;

/** One search per scope: each opened object is searched for all its detections; replays have objects of their own. */
async function evidenceByScope(claims: readonly Claim[], detector: EvidenceUses): Promise<Map<Detection, Evidence>> {
  const scopes = new Map<string, Detection[]>();
  for (const { scope, detection } of claims)
    getOrInsert(scopes, scopePrefix(scope), (): Detection[] => []).push(detection);
  const end = evidenceEnd(detector.invocation);
  const evidence = new Map<Detection, Evidence>();
  for (const detections of scopes.values()) {
    for (const [detection, of] of await evidenceOf(detections, detector, end)) evidence.set(detection, of);
  }
  return evidence;
}

/** Bounds of the evidence: at 100 MB a second, that many bytes can be parsed in the time. */
const EVIDENCE_LIMITS: EvidenceLimits = { objects: 500, bytes: 512 * 2 ** 20 };

/** Reads the records again, as far as the time allows for which an alert may wait. */
export function evidenceOf(
  detections: readonly Detection[],
  { reading, concurrency, invocation, owners }: EvidenceUses,
  end = evidenceEnd(invocation),
): Promise<Map<Detection, Evidence>> {
  const { now, after } = invocation;
  return gatherEvidence(detections, {
    ...{ reading, concurrency, limits: EVIDENCE_LIMITS, owners },
    isTimeUp: () => now() >= end,
    timeUp: after?.(Math.max(end - now(), 0)),
  });
}

/** UTC epoch second at which alerts are published with the evidence gathered so far. */
function evidenceEnd({ now, deadline }: Invocation): number {
  return Math.min(now() + EVIDENCE_SECONDS, deadline - PUBLISH_SECONDS);
}

async function publishAlert(claim: Claim, found: Pick<AlertParts, 'evidence' | 'recurrence'>, detector: Detector) {
  const { telemetry, alerting, invocation, reading } = detector;
  const { scope, detection, rule } = claim;
  const { alertId, from } = claim.alert;
  const alert = buildAlert({ detection, ...found, rule, alertId, accountNames: alerting.accountNames });
  if (alerting.followUpMinutes > 0) {
    const { partition, start: bucketStart } = bucketOf(detection.actor, from, reading.rule);
    const about = { partition, bucketStart, actor: detection.actor, alertId };
    const message = { kind: 'follow-up', replayId: scope.replayId, ...about } as const;
    await addDue(message, invocation.now() + alerting.followUpMinutes * 60, detector);
  }
  const messageId = await publish({ kind: 'alert', alert }, scope, detector);
  const publishedAt = invocation.now();
  // First of all: no other request that may fail comes between publishing and this.
  await changeClaimed(claim, detector, (stored) => ({
    ...clearLease(stored),
    state: 'sent',
    regions: alert.regions.length,
    ...namesOf(alert),
    calls: found.evidence.calls,
    messageId,
    publishedAt,
  }));
  telemetry.count(METRICS.alerts, 1);
  telemetry.observe(METRICS.detectionLag, publishedAt - detection.decidedAt);
  const { verdict } = alert.assessment;
  await noteHistory({ ...historyEntryOf('alert', claim, invocation), messageId, verdict }, scope, detector);
  await startSuppression(claim, publishedAt, detector);
}

/** The names of an alert's regions, unless they are more or longer than AWS's: an item holds 400 KB. */
function namesOf({ regions }: Alert): Pick<StoredAlert, 'regionNames'> {
  const names = regions.map(({ name }) => name);
  return names.length <= 60 && names.every(({ length }) => length <= 30) ? { regionNames: names } : {};
}
