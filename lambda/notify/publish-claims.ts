import { buildAlert } from '../alert/assemble';
import { gatherEvidence } from '../alert/evidence/gather';
import type { Evidence } from '../alert/evidence/model';
import type { Alert } from '../alert/model';
import { type Detection, detectionOf } from '../detection/detections';
import { accountOfArn, bucketOf, scopePrefix } from '../detection/keys';
import { writeControlMessage } from '../messages/control-message';
import { METRICS } from '../ports';
import { historyKey, type JournalEntry } from '../state/history';
import { getOrInsert } from '../util/values';
import { type Claimed, changeClaimed, clearClaim, releaseClaim, type StoredAlert } from './claims';
import { ALERT_SECONDS, type Detector, EVIDENCE_LIMITS, EVIDENCE_SECONDS, PUBLISH_SECONDS } from './context';
import { isAdmitted, throttle } from './rate-limit';
import { publish } from './send';
import { beginSuppression, roundsOf, suppress } from './suppression';

/**
 * Tells what was claimed, or keeps it back where its actor is suppressed or the cap is reached. An alert that cannot be told gives its claim up, so
 * that whoever gets its message again may take it at once.
 * @returns the claims that failed, each with its error
 */
export async function publishClaims(claimed: readonly Claimed[], detector: Detector): Promise<Map<Claimed, unknown>> {
  const failures = new Map<Claimed, unknown>();
  for (const round of roundsOf(claimed, detector)) await publishRound(round, detector, failures);
  return failures;
}

async function publishRound(
  claimed: readonly Claimed[],
  detector: Detector,
  failures: Map<Claimed, unknown>,
): Promise<void> {
  const attempt = async (claim: Claimed, work: () => Promise<void>) => {
    try {
      await work();
    } catch (error) {
      failures.set(claim, error);
      await releaseClaim(claim, detector);
    }
  };
  const admitted: { claim: Claimed; detection: Detection }[] = [];
  const held: { claim: Claimed; entry: JournalEntry }[] = [];
  for (const claim of claimed) {
    await attempt(claim, async () => {
      const detection = detectionOfClaim(claim);
      // What is not told takes no place under the cap.
      if (await suppress(claim, journalEntryOf('suppressed', claim, detection, detector), detector)) return;
      const entry = journalEntryOf('held', claim, detection, detector);
      if (await isAdmitted(claim, accountOfArn(detection.actor) ?? '-', detector)) admitted.push({ claim, detection });
      else held.push({ claim, entry });
    });
  }
  const evidence = await evidenceByScope(admitted, detector);
  for (const { claim, detection } of admitted) {
    await attempt(claim, () => tell(claim, detection, evidence.get(detection)!, detector));
  }
  // Behind what is told: of these there may be many.
  for (const { claim, entry } of held) await attempt(claim, () => throttle(claim, entry, detector));
}

/** Apart for each scope: every object opened is searched for all hits, and a replay's objects are not the live state's. */
async function evidenceByScope(
  admitted: readonly { claim: Claimed; detection: Detection }[],
  detector: Detector,
): Promise<Map<Detection, Evidence>> {
  const scopes = new Map<string, Detection[]>();
  for (const { claim, detection } of admitted)
    getOrInsert(scopes, scopePrefix(claim.scope), (): Detection[] => []).push(detection);
  const end = evidenceEnd(detector);
  const evidence = new Map<Detection, Evidence>();
  for (const detections of scopes.values()) {
    for (const [detection, of] of await evidenceOf(detections, detector, end)) evidence.set(detection, of);
  }
  return evidence;
}

/** What the records say, as far as they can be opened again in the time an alert may wait. */
export function evidenceOf(
  detections: readonly Detection[],
  detector: Detector,
  end = evidenceEnd(detector),
): Promise<Map<Detection, Evidence>> {
  const { now, reading, concurrency, after } = detector;
  const expiry = after?.(Math.max(end - now(), 0));
  return gatherEvidence(detections, reading, concurrency, () => now() >= end, EVIDENCE_LIMITS, expiry);
}

/** UTC epoch second at which an alert goes out with the evidence there is. */
function evidenceEnd({ now, deadline }: Detector): number {
  return Math.min(now() + EVIDENCE_SECONDS, deadline - PUBLISH_SECONDS);
}

async function tell(claim: Claimed, detection: Detection, evidence: Evidence, detector: Detector): Promise<void> {
  const { store, queue, telemetry, now, followUpSeconds } = detector;
  const { scope } = claim;
  const alert = {
    ...buildAlert(detection, evidence, detector.reading.rule, false),
    alertId: claim.alert.alertId,
  };
  const messageId = await publish({ kind: 'alert', alert }, claim, detector);
  const publishedAt = now();
  telemetry.count(METRICS.alerts, 1);
  telemetry.observe(METRICS.detectionLag, publishedAt - detection.decidedAt);
  if (followUpSeconds > 0) await queue.send(writeControlMessage(followUpFor(claim, detector)), followUpSeconds);
  const entry = { ...journalEntryOf('alert', claim, detection, detector), messageId };
  await store.putEntry(historyKey(entry, scope), JSON.stringify(entry), publishedAt + ALERT_SECONDS);
  await changeClaimed(claim, detector, (told) => ({
    ...clearClaim(told),
    state: 'sent',
    regions: alert.regions.length,
    ...namesOf(alert),
    calls: evidence.calls,
    messageId,
    publishedAt,
  }));
  await beginSuppression(claim, detector);
}

/** The names of an alert's regions, unless they are more or longer than those of AWS: they stand in the ledger. */
function namesOf({ regions }: Alert): Pick<StoredAlert, 'regionNames'> {
  const names = regions.map(({ name }) => name);
  return names.length <= 60 && names.every(({ length }) => length <= 30) ? { regionNames: names } : {};
}

function followUpFor({ alert, activity, scope }: Claimed, { reading }: Detector) {
  const bucket = bucketOf(activity.actor, alert.from, reading.rule);
  return {
    kind: 'follow-up',
    ...(scope.replayId === undefined ? {} : { replayId: scope.replayId }),
    partition: bucket.partition,
    bucketStart: bucket.start,
    actor: activity.actor,
    alertId: alert.alertId,
  } as const;
}

export function detectionOfClaim({ activity, alert }: Claimed): Detection {
  return detectionOf(activity, { start: alert.from, end: alert.until, decidedAt: alert.decidedAt });
}

export function journalEntryOf(
  kind: JournalEntry['kind'],
  { alert }: Pick<Claimed, 'alert'>,
  detection: Detection,
  { now }: Detector,
): JournalEntry {
  return {
    kind,
    alertId: alert.alertId,
    at: Math.floor(now()),
    actor: detection.actor,
    account: accountOfArn(detection.actor),
    start: detection.start,
    end: detection.end,
    regions: detection.regions.length,
  };
}
