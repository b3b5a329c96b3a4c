import { type Alert, buildAlert } from '../alert/alert';
import type { Evidence } from '../alert/evidence/evidence';
import { gatherEvidence } from '../alert/evidence/gather';
import { inert } from '../alert/inert';
import { type JournalEntry, journalPlace } from '../alert/journal';
import type { Telling, TellingStyle } from '../alert/telling';
import { type ToldAlert, withoutClaim } from '../alert/told';
import { renderTopicMessage } from '../alert/topic-message';
import { entry } from '../collections';
import { METRICS } from '../metric-names';
import type { LogFields } from '../ports';
import { writeOwnMessage } from '../trail/own-message';
import { scopePrefix } from '../window/bucket-key';
import { type Hit, hitOf } from '../window/hits';
import { accountOfArn, bucketOf } from '../window/partition';
import { type Claimed, changeClaimed, giveUp } from './claims';
import { ALERT_SECONDS, type Detector, EVIDENCE_LIMITS, EVIDENCE_SECONDS, PUBLISH_SECONDS } from './detector';
import { holdBack, isAdmitted } from './holding-back';
import { beginSuppression, roundsOf, suppress } from './suppressing';

/**
 * Tells what was claimed, or keeps it back where its actor is suppressed or the cap is reached. An alert that cannot be told gives its claim up, so
 * that whoever gets its message again may take it at once.
 * @returns the claims that failed, each with its error
 */
export async function tellClaimed(
  claimed: readonly Claimed[],
  detector: Detector,
): Promise<Map<Claimed, unknown>> {
  const failures = new Map<Claimed, unknown>();
  for (const round of roundsOf(claimed, detector)) await tellRound(round, detector, failures);
  return failures;
}

async function tellRound(
  claimed: readonly Claimed[],
  detector: Detector,
  failures: Map<Claimed, unknown>,
): Promise<void> {
  const attempt = async (claim: Claimed, work: () => Promise<void>) => {
    try {
      await work();
    } catch (error) {
      failures.set(claim, error);
      await giveUp(claim, detector);
    }
  };
  const admitted: { claim: Claimed; hit: Hit }[] = [];
  const held: { claim: Claimed; entry: JournalEntry }[] = [];
  for (const claim of claimed) {
    await attempt(claim, async () => {
      const hit = hitOfClaim(claim);
      // What is not told takes no place under the cap.
      if (await suppress(claim, journalEntryOf('suppressed', claim, hit, detector), detector)) return;
      const entry = journalEntryOf('held', claim, hit, detector);
      if (await isAdmitted(claim, accountOfArn(hit.actor) ?? '-', detector)) admitted.push({ claim, hit });
      else held.push({ claim, entry });
    });
  }
  const evidence = await evidenceByScope(admitted, detector);
  for (const { claim, hit } of admitted) {
    await attempt(claim, () => tell(claim, hit, evidence.get(hit)!, detector));
  }
  // Behind what is told: of these there may be many.
  for (const { claim, entry } of held) await attempt(claim, () => holdBack(claim, entry, detector));
}

/** Apart for each scope: every object opened is searched for all hits, and a replay's objects are not the live state's. */
async function evidenceByScope(
  admitted: readonly { claim: Claimed; hit: Hit }[],
  detector: Detector,
): Promise<Map<Hit, Evidence>> {
  const scopes = new Map<string, Hit[]>();
  for (const { claim, hit } of admitted) entry(scopes, scopePrefix(claim.scope), (): Hit[] => []).push(hit);
  const end = evidenceEnd(detector);
  const evidence = new Map<Hit, Evidence>();
  for (const hits of scopes.values()) {
    for (const [hit, of] of await evidenceOf(hits, detector, end)) evidence.set(hit, of);
  }
  return evidence;
}

/** What the records say, as far as they can be opened again in the time an alert may wait. */
export function evidenceOf(
  hits: readonly Hit[],
  detector: Detector,
  end = evidenceEnd(detector),
): Promise<Map<Hit, Evidence>> {
  const { now, reading, concurrency, after } = detector;
  const expiry = after?.(Math.max(end - now(), 0));
  return gatherEvidence(hits, reading, concurrency, () => now() >= end, EVIDENCE_LIMITS, expiry);
}

/** UTC epoch second at which an alert goes out with the evidence there is. */
function evidenceEnd({ now, deadline }: Detector): number {
  return Math.min(now() + EVIDENCE_SECONDS, deadline - PUBLISH_SECONDS);
}

async function tell(claim: Claimed, hit: Hit, evidence: Evidence, detector: Detector): Promise<void> {
  const { ledger, queue, telemetry, now, followUpSeconds } = detector;
  const { scope } = claim;
  const alert = { ...buildAlert(hit, evidence, detector.reading.rule, false), alertId: claim.alert.alertId };
  const messageId = await publish({ kind: 'alert', alert }, claim, detector);
  const publishedAt = now();
  telemetry.count(METRICS.alerts, 1);
  telemetry.observe(METRICS.detectionLag, publishedAt - hit.decidedAt);
  if (followUpSeconds > 0) await queue.send(writeOwnMessage(followUpFor(claim, detector)), followUpSeconds);
  const entry = { ...journalEntryOf('alert', claim, hit, detector), messageId };
  await ledger.putEntry(journalPlace(entry, scope), JSON.stringify(entry), publishedAt + ALERT_SECONDS);
  await changeClaimed(claim, detector, (told) => ({
    ...withoutClaim(told),
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
function namesOf({ regions }: Alert): Pick<ToldAlert, 'regionNames'> {
  const names = regions.map(({ name }) => name);
  return names.length <= 60 && names.every(({ length }) => length <= 30) ? { regionNames: names } : {};
}

/** @throws SendError */
export async function publish(
  telling: Telling,
  { scope }: Pick<Claimed, 'scope'>,
  detector: Detector,
): Promise<string> {
  const style: TellingStyle = { ...detector.style, replayId: scope.replayId };
  const messageId = await detector.sink.publish(renderTopicMessage(telling, style));
  detector.telemetry.info('published', {
    kind: telling.kind,
    messageId,
    replayId: scope.replayId,
    ...logFieldsOf(telling),
  });
  return messageId;
}

function logFieldsOf(telling: Telling): LogFields {
  switch (telling.kind) {
    case 'alert':
    case 'follow-up':
      return {
        alertId: telling.alert.alertId,
        actor: inert(telling.alert.actor),
        regions: telling.alert.regions.length,
        calls: telling.alert.evidence.calls,
        objects: telling.alert.objects.slice(0, 50).map((name) => inert(name, 400)),
      };
    case 'notice':
      return { heldCount: telling.heldCount };
    case 'summary':
      return { actor: inert(telling.actor), repeats: telling.repeatCount };
  }
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

export function hitOfClaim({ activity, alert }: Claimed): Hit {
  return hitOf(activity, { start: alert.from, end: alert.until, decidedAt: alert.decidedAt });
}

export function journalEntryOf(
  kind: JournalEntry['kind'],
  { alert }: Pick<Claimed, 'alert'>,
  hit: Hit,
  { now }: Detector,
): JournalEntry {
  return {
    kind,
    alertId: alert.alertId,
    at: Math.floor(now()),
    actor: hit.actor,
    account: accountOfArn(hit.actor),
    start: hit.start,
    end: hit.end,
    regions: hit.regions.length,
  };
}
